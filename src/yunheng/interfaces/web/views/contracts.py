"""Contracts and their dated price tables (Article 14): list, page, registration, supplements, workbooks."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.operations import GONE, PriceInput, register_contract, supplement_prices
from yunheng.domain.funding.queries import contracts as visible_contracts
from yunheng.domain.funding.sheets import read_prices, write_prices
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.parts import Crumb, Tab
from yunheng.interfaces.web.forms.registers import ContractForm, PriceForm
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.law.ch3_funding.art14_contract import PERS
from yunheng.law.kernel.citation import art


def money_tabs(current: str) -> list[Tab]:
    """The views of the money: what is charged, and by which contracts."""
    return [
        Tab("账单", reverse("bill"), current == "bill"),
        Tab("年度结算", reverse("settlements"), current == "settlements"),
        Tab("合同与价目", reverse("contracts"), current == "contracts"),
    ]


def buys(actor: Actor) -> bool:
    """Whether somebody may enter contracts: the bureau for the covered lane, a unit's head for its own (14)."""
    if actor.kind == "bureau":
        return actor.has("approver") or actor.has("finance")
    return actor.kind == "user_unit" and actor.has("head")


@page
def contracts(request: Asked) -> HttpResponse:
    """The contracts that the reader may see."""
    today = timezone.localdate()
    found = visible_contracts(actor=request.actor).annotate(skus=Count("prices__sku", distinct=True))
    rows = [(contract, _standing(contract, today)) for contract in found.order_by("-starts_on", "number")]
    values = {"rows": rows, "tabs": money_tabs("contracts"), "may_register": buys(request.actor)}
    return render(request, "pages/contracts.html", values)


def _standing(contract: Contract, today: date) -> tuple[str, str]:
    """A word for where the contract stands today, and how it looks."""
    if today < contract.starts_on:
        return "未生效", "grey"
    if today >= contract.ends_on:
        return "已到期", "grey"
    return "履行中", "ok"


def _contract(request: Asked, number: str) -> Contract:
    found = visible_contracts(actor=request.actor).filter(number=number).first()
    if found is None:
        raise NotFound(GONE, cite=art(14))
    return found


@page
def contract(request: Asked, number: str) -> HttpResponse:
    """One contract with its price table; its buyer may add prices, one by one or as a workbook."""
    held, today = _contract(request, number), timezone.localdate()
    mine = held.buyer_id == request.actor.organisation_id and buys(request.actor)
    form = PriceForm(request.POST if request.POST.get("part") == "price" else None)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            if (added := _supplement(request, held, form)) is not None:
                messages.success(request, f"已增补 {added} 条价格" if added else "价目与原有的一致，没有变动")
                return redirect("contract", number=number)
        except BadInput as refusal:
            problems = refusal.problems
            if form.is_bound:
                form.take(refusal)
    values = {
        "contract": held,
        "crumbs": [Crumb("资金结算", reverse("bill")), Crumb("合同与价目", reverse("contracts")), Crumb(held.number)],
        "standing": _standing(held, today),
        "facts": _facts(held),
        "prices": _prices(held, today),
        "mine": mine,
        "form": form,
        "problems": () if form.is_bound else problems,
    }
    return render(request, "pages/contract.html", values, status=422 if problems or form.errors else 200)


def _supplement(request: Asked, held: Contract, form: PriceForm) -> int | None:
    """Take in what was posted; None where the form itself is not filled in rightly."""
    at = timezone.now()
    if form.is_bound:
        if not form.is_valid():
            return None
        given = form.cleaned_data
        price = PriceInput("", given["sku"].strip(), given["per"], given["unit_price"], given["valid_from"])
        return supplement_prices(held, prices=[price], actor=request.actor, at=at)
    file = request.FILES.get("file")
    if file is None:
        raise BadInput([Problem("文件", "选择要导入的 xlsx 文件")], cite=art(14))
    return supplement_prices(held, prices=read_prices(file.read()), actor=request.actor, at=at)


def _facts(held: Contract) -> list[tuple[str, object]]:
    return [
        ("采购单位", held.buyer.name),
        ("云服务商", held.provider.name),
        ("服务期自", held.starts_on),
        ("服务期至（不含）", held.ends_on),
        ("折算方式", held.get_proration_display()),
        ("暂停期间", "计费" if held.charge_suspended else "不计费"),
        ("合同金额", "—" if held.amount is None else f"{yuan(held.amount)} 元"),
    ]


def _prices(held: Contract, today: date) -> list[dict[str, object]]:
    names = dict(Item.objects.filter(jurisdiction_id=held.jurisdiction_id).values_list("code", "name"))
    rows = []
    for price in held.prices.order_by("sku", "valid_from"):
        future = price.valid_from > today
        past = price.valid_to is not None and price.valid_to <= today
        state = ("未执行", "grey") if future else ("已停用", "grey") if past else ("执行中", "ok")
        rows.append({"price": price, "name": names.get(price.sku, ""), "per": dict(PERS)[price.per], "state": state})
    return rows


@page
def prices_export(request: Asked, number: str) -> HttpResponse:
    """The price table as a workbook that can be imported again."""
    held = _contract(request, number)
    return download(write_prices(held), f"{held.number}-价目.xlsx", XLSX)


@page
def register(request: Asked) -> HttpResponse:
    """Enter a signed contract."""
    if not buys(request.actor):
        raise NotYours(
            "纳入统筹的合同由市大数据局登记，单位自行采购的合同由单位负责人登记",
            cite=art(14),
            todo="交有权登记的人办理",
        )
    form = ContractForm(request.POST or None, jurisdiction_id=request.actor.jurisdiction_id)
    if request.method == "POST" and form.is_valid():
        try:
            made = register_contract(terms=form.terms, actor=request.actor, at=timezone.now())
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, "已登记。下一步：导入价目")
            return redirect("contract", number=made.number)
    crumbs = [Crumb("合同与价目", reverse("contracts")), Crumb("登记")]
    values = {"form": form, "title": "登记合同", "cite": "14", "button": "登记", "crumbs": crumbs}
    return render(request, "pages/form.html", values, status=422 if form.errors else 200)
