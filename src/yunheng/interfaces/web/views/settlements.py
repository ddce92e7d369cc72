"""The yearly settlements: the list, what is still to be billed, and the statement that a provider hands in (16)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing import use_missing
from yunheng.domain.billing.models import Settlement
from yunheng.domain.billing.settlement import queries, statements, workbook
from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import contracts
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem, Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.settlement import Progress
from yunheng.interfaces.web.views.contracts import money_tabs
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.period import Period

MOST_PAYMENTS = 500


@page
def settlements(request: Asked) -> HttpResponse:
    """The settlements that the reader has a part in, and the years that the reader is to bill."""
    found = list(queries.settlements(actor=request.actor).order_by("-period_from", "number"))
    rows = [(case, case.procedure.state(case.state), _sums(case, request.actor)) for case in found]
    values = {"rows": rows, "due": unbilled(request.actor, timezone.localdate()), "tabs": money_tabs("settlements")}
    return render(request, "pages/settlements.html", values)


def _sums(case: Settlement, actor: Actor) -> tuple[Any, Any]:
    """What the fund and the units bear, of what the reader may see."""
    parts = list(queries.parts_for(case, actor=actor))
    return sum(part.fund for part in parts), sum(part.own for part in parts)


def unbilled(actor: Actor, today: date) -> list[tuple[Contract, Period]]:
    """The years of a provider's contracts that are over and have no statement."""
    if actor.kind != "provider" or not actor.has("finance"):
        return []
    known = set(Settlement.objects.filter(provider_id=actor.organisation_id).values_list("contract_id", "period_from"))
    mine = contracts(actor=actor).filter(provider_id=actor.organisation_id, lane="covered", services__isnull=False)
    years = [
        (contract, year) for contract in mine.distinct().order_by("number") for year in statements.years_of(contract)
    ]
    return [(c, year) for c, year in years if year.end <= today and (c.pk, year.start) not in known]


def _asked(request: Asked) -> tuple[Contract, Period]:
    """The contract and the year that a form or a link names. Raises NotFound."""
    given = request.POST if request.method == "POST" else request.GET
    contract = contracts(actor=request.actor).filter(number=given.get("contract", "")).first()
    years = statements.years_of(contract) if contract else []
    year = next((y for y in years if f"{y.start}" == given.get("from", "")), None)
    if contract is None or year is None or contract.provider_id != request.actor.organisation_id:
        raise NotFound("没有这份合同的这个年度，或你无权出账", cite=art(16), todo="在年度结算中选择待出账的年度")
    return contract, year


@page
def issue_statement(request: Asked) -> HttpResponse:
    """Hand in the statement of a year; a file with a wrong row is refused as a whole."""
    contract, year = _asked(request)
    problems: tuple[Problem, ...] = ()
    refusal = None
    if request.method == "POST":
        try:
            case = _issued(request, contract, year)
        except BadInput as error:
            problems = error.problems
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"已出具账单{case.number}，共{case.lines.count():,}行，已逐行复算")
            return redirect("settlement", number=case.number)
    values = {
        "contract": contract,
        "year": year,
        "unrecorded": use_missing.words(
            use_missing.missing(contracts=[contract], period=year, today=timezone.localdate())
        ),
        "problems": problems,
        "refusal": refusal,
        "crumbs": [Crumb("资金结算", reverse("bill")), Crumb("年度结算", reverse("settlements")), Crumb("出具账单")],
    }
    return render(request, "pages/settlement_new.html", values, status=422 if problems or refusal else 200)


def _issued(request: Asked, contract: Contract, year: Period) -> Settlement:
    file = request.FILES.get("file")
    if file is None:
        raise BadInput([Problem("文件", "选择账单文件")], cite=art(16))
    lines = statements.read_statement(file.read(), file.name or "")
    return statements.issue(contract=contract, start=year.start, lines=lines, actor=request.actor, at=timezone.now())


@page
def template(request: Asked) -> HttpResponse:
    """A statement to begin with: the months as the platform accrued them."""
    contract, year = _asked(request)
    return download(workbook.statement_template(contract, year), f"{contract.number}-{year.start}-账单.xlsx", XLSX)


@page
def payments(request: Asked) -> HttpResponse:
    """What was paid; the bureau's finance records progress payments here."""
    actor = request.actor
    may = actor.kind == "bureau" and actor.has("finance")
    form = Progress(request.POST or None, jurisdiction_id=actor.jurisdiction_id) if may else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            made = form.act(actor=actor, at=timezone.now())
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, f"已登记进度款 {yuan(made.amount)} 元，结算时从应付金额中扣除")
            return redirect("payments")
    values = {
        "payments": list(queries.payments(actor=actor)[:MOST_PAYMENTS]),
        "form": form,
        "crumbs": [Crumb("资金结算", reverse("bill")), Crumb("年度结算", reverse("settlements")), Crumb("付款登记")],
    }
    return render(request, "pages/payments.html", values, status=422 if form is not None and form.errors else 200)
