"""The register of government information systems (Article 3): list, page, registration, amendment."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.funding.models import CoverageDecision
from yunheng.domain.optimization.calendar.facts import calendars
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Coverage
from yunheng.domain.services.release.operations import of_system
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.operations import amend_system, note_hosting, register_system
from yunheng.domain.systems.queries import system_of
from yunheng.domain.systems.queries import systems as visible_systems
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.errors import NotYours, Refusal
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.queries import cases
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.parts import Crumb, Tab
from yunheng.interfaces.web.forms.registers import SystemForm
from yunheng.interfaces.web.procedures.busy_calendar import busy_rows, declare_href
from yunheng.interfaces.web.views import trials
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.law.ch1_general.art03_scope import HOSTING, PHASES, Place, hosted_in_principle
from yunheng.law.ch2_use.art09_machine import CHANGE
from yunheng.law.ch3_funding.art13_machine import COVERAGE
from yunheng.law.ch3_funding.art14_agreement_machine import AGREEMENT
from yunheng.law.kernel.citation import art

SHOWN = 20


def ledger_tabs(current: str) -> list[Tab]:
    """The views of the ledger: services, the systems that they serve, what runs at the providers, what was there before."""
    return [
        Tab("服务", reverse("services"), current == "services"),
        Tab("政务信息系统", reverse("systems"), current == "systems"),
        Tab("清单核对", reverse("reconciliation"), current == "reconciliation"),
        Tab("存量登记", reverse("registrations"), current == "registrations"),
        Tab("监测优化", reverse("optimization")),  # an entry of the top bar that the bar of a phone has no room for
    ]


@page
def systems(request: Asked) -> HttpResponse:
    """The systems that the reader may see."""
    found = visible_systems(actor=request.actor)
    words = request.GET.get("q", "").strip()
    if words:
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(unit__short_name__icontains=words))
    today = timezone.localdate()
    running = Q(services__opened_on__lte=today) & (Q(services__closed_on=None) | Q(services__closed_on__gt=today))
    found = found.annotate(running=Count("services", filter=running, distinct=True))
    shown = Paginator(found.order_by("unit__short_name", "code"), 50).get_page(request.GET.get("page"))
    values = {
        "rows": [(system, dict(PHASES)[system.phase_on(today)]) for system in shown.object_list],
        "total": shown.paginator.count,
        "pages": pages_of(request.GET.copy(), shown),
        "filter": request.GET,
        "tabs": ledger_tabs("systems"),
        "may_register": _keeps(request),
    }
    return render(request, "pages/systems.html", values)


def _keeps(request: Asked) -> bool:
    return request.actor.kind == "user_unit" and (request.actor.has("handler") or request.actor.has("head"))


def _system(request: Asked, code: str) -> InformationSystem:
    return system_of(code, actor=request.actor, cite=art(3, 2))


@page
def system(request: Asked, code: str) -> HttpResponse:
    """One system: what it is, where it runs, who pays, what runs for it."""
    held = _system(request, code)
    if request.method == "POST":
        note_hosting(held, note=request.POST.get("note", ""), actor=request.actor, at=timezone.now())
        messages.success(request, "已备注")
        return redirect("system", code=code)
    today = timezone.localdate()
    running = ledger.services(actor=request.actor).filter(system=held)
    noted = held.hosting_noted_at is not None
    place = Place(held.name, held.hosting, held.hosting_ground, held.hosting_plan, noted=noted)
    values = {
        "system": held,
        "crumbs": [Crumb("资源台账", reverse("services")), Crumb("政务信息系统", reverse("systems")), Crumb(held.code)],
        "facts": _facts(held, today),
        "hosting": hosted_in_principle(place, parameters_on(today, held.jurisdiction_id)),
        "services": trials.rows(running.order_by("-number")[:SHOWN], today),
        "trials": trials.of_system(running.filter(trial=True).order_by("number"), today),
        "may_extend": doors.may_open(AGREEMENT, request.actor),
        "services_total": running.count(),
        "busy": busy_rows(calendars(actor=request.actor).filter(system=held), request.actor, today),
        "declare_busy": declare_href(request.actor, system=held.code),
        "cases": cases(actor=request.actor).filter(system=held)[:SHOWN],
        "coverage": _decisions(held),
        "covers": request.actor.kind,
        "may_cover": doors.may_open(COVERAGE, request.actor) and ledger.running_on(running, today).exists(),
        "release": of_system(held),
        "may_prepare": _keeps(request),
        "may_amend": _keeps(request),
        "may_change": doors.may_open(CHANGE, request.actor) and ledger.running_on(running, today).exists(),
        "may_exit": _keeps(request) and bool(ledger.running_of(held, today)),
        "may_note": request.actor.kind == "bureau" and held.hosting == "plan" and not noted,
    }
    return render(request, "pages/system.html", values)


def _decisions(held: InformationSystem) -> list[tuple[CoverageDecision, int]]:
    """What was decided of who pays, newest first, with how many services where it is not all of them."""
    rows = held.coverage.select_related("case").order_by("-from_on", "-decided_at")
    parts = Coverage.objects.filter(system=held, whole=False).annotate(n=Count("resources"))
    some = dict(parts.values_list("pk", "n"))
    return [(row, some.get(row.case_id or 0, 0)) for row in rows]


def _facts(held: InformationSystem, today: date) -> list[tuple[str, object]]:
    using = held.using_unit.name if held.using_unit else "—"
    return [
        ("用户单位", held.unit.name),
        ("使用单位", using),
        ("类别", held.get_category_display()),
        ("等保级别", f"{'零一二三四五'[held.mlps_level]}级"),
        ("网络区域", held.get_network_zone_display()),
        ("建设方式", held.get_built_by_display()),
        ("资产归属", held.get_asset_owner_display()),
        ("所处阶段", dict(PHASES)[held.phase_on(today)]),
        ("实施开始", held.started_on or "—"),
        ("技术验收", held.accepted_on or "—"),
        ("转入运维", held.operated_from or "—"),
        ("实施费用中的云服务费", "—" if held.cloud_money is None else f"{yuan(held.cloud_money)} 元"),
        ("部署", dict(HOSTING)[held.hosting]),
        ("功能简介", held.purpose or "—"),
    ]


@page
def register(request: Asked) -> HttpResponse:
    """Enter a system of one's own unit."""
    if not _keeps(request):
        raise NotYours("系统由所属用户单位的经办人或负责人登记", cite=art(3, 2), todo="交该单位经办人办理")
    owner = Organisation.objects.get(pk=request.actor.organisation_id)
    return _form(request, owner, None)


@page
def amend(request: Asked, code: str) -> HttpResponse:
    """Change what the register says of a system."""
    held = _system(request, code)
    if not _keeps(request):
        raise NotYours("登记由所属用户单位修改", cite=art(3, 2), todo="交该单位经办人办理")
    return _form(request, held.unit, held)


def _form(request: Asked, owner: Organisation, held: InformationSystem | None) -> HttpResponse:
    initial = SystemForm.initial_of(held) if held else {"mlps_level": "2", "category": "business"}
    form = SystemForm(request.POST or None, owner=owner, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            act: dict[str, Any] = {"particulars": form.particulars, "actor": request.actor, "at": timezone.now()}
            done = amend_system(held, **act) if held else register_system(**act)
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, f"已登记，编号 {done.code}")
            return redirect("system", code=done.code)
    title = f"修改登记　{held.name}" if held else "登记政务信息系统"
    values = {
        "form": form,
        "title": title,
        "cite": "3.2",
        "button": "保存登记" if held else "登记",
        "crumbs": [Crumb("政务信息系统", reverse("systems")), Crumb(held.code if held else "登记")],
    }
    return render(request, "pages/form.html", values, status=422 if form.errors else 200)
