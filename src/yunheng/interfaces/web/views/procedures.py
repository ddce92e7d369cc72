"""Pages that serve every procedure drawn from its table: the case, a step, a part to fill in, a new case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing.models import Settlement
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Field
from yunheng.foundation.workflow.errors import Conflict, NotFound, NotYours, Refusal
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import GONE, begin, may_take
from yunheng.foundation.workflow.queries import SOONEST, history, kinds
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.badges import badge
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.acts import FieldsForm
from yunheng.interfaces.web.procedures import page_for
from yunheng.interfaces.web.views import casework, settlement_steps
from yunheng.interfaces.web.views.turns import clock_of, steps_for, turn_words, who_can
from yunheng.law.kernel.citation import Cite
from yunheng.law.kernel.machine import Step


def crumbs(case: Case, *more: str) -> list[Crumb]:
    """办件 / 服务变更 / BG-2026-0231."""
    here = reverse("case", args=[case.number])
    last = [Crumb(case.number, here), *(Crumb(word) for word in more)] if more else [Crumb(case.number)]
    return [Crumb("办件", reverse("cases")), Crumb(case.procedure.zh), *last]


def show(request: Asked, case: Case) -> HttpResponse:
    """The page of a case: where it stands, the facts, the verdicts, the record, and what the reader can do."""
    today, actor, look = timezone.localdate(), request.actor, page_for(case)
    events, steps = list(history(case=case)), steps_for(case, actor)
    owed = list(case.obligations.filter(closed_at=None).select_related("holder", "case").order_by(*SOONEST))
    state = case.procedure.state(case.state)
    mine = any(o.holder_id == actor.organisation_id and actor.has(o.role, case.kind) for o in owed)
    words = look.consequence(case, steps[0], today) if look.consequence and steps else ""
    values = {
        "case": case,
        "crumbs": crumbs(case),
        "badge": badge(state.zh, look=state.look, mine=mine),
        "steps": casework.bar(case, events, owed),
        "facts": look.facts(case, today),
        "verdicts": [(verdict, None) for verdict in casework.latest_verdicts(events)],
        "record": casework.record(events, owed),
        "papers": casework.papers_of(case, look.papers or {}),
        "letters": casework.letters_of(case, actor),
        "clocks": [(turn_words(o), clock_of(o, today), o.article) for o in casework.once(owed)],
        "edits": casework.edits_of(case, actor, tuple(case.edits)),
        "action_bar": casework.actions(case, actor, owed, steps, words),
        "other_steps": casework.others(case, steps),
    }
    more = look.values(case, actor, today) | look.asked(case, request.GET.dict())
    return render(request, look.template, values | more)


@page
def step(request: Asked, number: str, name: str) -> HttpResponse:
    """Show the form of a step, or take it."""
    case = find_case(actor=request.actor, number=number)
    if isinstance(case, Settlement):
        return settlement_steps.show(request, case, name)
    row = case.procedure.find(case.state, name)
    if row is None and not case.procedure.named(name):
        raise NotFound(GONE)
    if row is None:
        messages.warning(request, _why_not(case, name, request.actor))
        return redirect("case", number=case.number)
    if not may_take(case, row, request.actor):
        raise NotYours(f"只有{who_can(row)}可以{row.label}", cite=row.under, todo=f"交{who_can(row)}办理")
    form = _form(request, doors.fields_of(case, row), case=case)
    if request.method == "POST":
        seen, at = request.POST.get("version", ""), timezone.now()
        version = int(seen) if seen.isdecimal() else None
        try:
            doors.take(case, name, sent=form.sent(at=at), actor=request.actor, at=at, version=version)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
            return redirect("case", number=case.number)
        except Refusal as refusal:
            case.refresh_from_db()
            form.take(refusal)
        else:
            messages.success(request, f"已{row.label}。{casework.due_words(case) or row.follows}")
            return redirect("case", number=case.number)
    look, act = page_for(case), case.acts.get(name)
    follows = look.consequence(case, row, timezone.localdate()) if look.consequence else ""
    values = {
        "case": case, "step": row, "form": form, "label": row.label, "button": row.label, "lead": case.title,
        "cite": row.under, "crumbs": crumbs(case, row.label),
        "consequence": follows or casework.consequence(case, row, timezone.localdate()),
        "back": reverse("case", args=[case.number]), "note": act.note if act else "",
    }  # fmt: skip
    return render(request, look.step_template, values, status=422 if form.errors else 200)


def _why_not(case: Case, name: str, actor: Actor) -> str:
    """Why a step is not open: somebody was first, or the case is not there yet."""
    try:
        with transaction.atomic():
            begin(case, name, actor=actor)
    except Refusal as refusal:
        return refusal.message
    return "页面已更新，再看一遍后办理"


def _form(request: Asked, fields: Sequence[Field], *, case: Case | None, given: Any = None) -> FieldsForm:
    posted = request.method == "POST"
    shown = [field for field in fields if field.only in ("", request.actor.kind)]
    return FieldsForm(
        shown, case=case, actor=request.actor, today=timezone.localdate(), data=request.POST if posted else None,
        files=request.FILES if posted else None, given=given,
    )  # fmt: skip


@page
def edit(request: Asked, number: str, name: str) -> HttpResponse:
    """Fill in a part of a case."""
    case = find_case(actor=request.actor, number=number)
    act = case.edits.get(name)
    if act is None or not case.editable_by(request.actor):
        raise NotFound(GONE)
    form = _form(request, act.fields, case=case)
    if request.method == "POST":
        at = timezone.now()
        try:
            doors.edit(case, name, sent=form.sent(at=at), actor=request.actor, at=at)
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, f"已保存：{act.label}")
            return redirect("case", number=case.number)
    values = {
        "case": case, "form": form, "label": act.label, "button": "保存", "lead": case.title, "note": act.note,
        "cite": case.procedure.cite, "crumbs": crumbs(case, act.label), "back": reverse("case", args=[case.number]),
    }  # fmt: skip
    return render(request, "pages/act.html", values, status=422 if form.errors else 200)


@page
def begin_one(request: Asked, kind: str) -> HttpResponse:
    """Begin a case of a kind; what the address says of it is filled in already."""
    model = kinds().get(kind)
    if model is None or model.opening is None:
        raise NotFound("没有这一种办件")
    machine, act = model.machine, model.opening
    if not doors.may_open(machine, request.actor):
        who = who_can(Step("", (), "", machine.opened_by, machine.cite, ""))
        raise NotYours(f"{machine.zh}由{who}提出", cite=machine.cite, todo=f"交{who}办理")
    form = _form(request, act.fields, case=None, given=request.GET)
    if request.method == "POST":
        at = timezone.now()
        try:
            made = doors.begin_case(model, sent=form.sent(at=at), actor=request.actor, at=at)
        except Refusal as refusal:
            form.take(refusal)
        else:
            return redirect("case", number=made.number)
    values = {
        "form": form, "label": f"新建{machine.zh}", "button": act.label or "开始填写", "lead": "", "note": act.note,
        "cite": machine.cite, "back": reverse("new"),
        "crumbs": [Crumb("办件", reverse("cases")), Crumb(f"新建{machine.zh}")],
    }  # fmt: skip
    return render(request, "pages/act.html", values, status=422 if form.errors else 200)


def openings(request: Asked) -> list[tuple[str, str, Cite]]:
    """What else the reader may begin: name, address, article."""
    return [
        (model.machine.zh, reverse("begin", args=[kind]), model.machine.cite)
        for kind, model in kinds().items()
        if model.opening is not None and doors.may_open(model.machine, request.actor)
    ]
