"""What is owed, as people read it: the task of a desk, the clock, the button. Shared by desk, list and case."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.timezone import localdate

from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case, Obligation
from yunheng.foundation.workflow.operations import party_zh
from yunheng.interfaces.web.components.badges import badge
from yunheng.interfaces.web.components.clock import ClockView, clock_view
from yunheng.interfaces.web.components.parts import Button, TaskItem
from yunheng.law.kernel.machine import By, Step


def step_of(owed: Obligation) -> Step:
    """The row of the procedure that an obligation comes from."""
    return owed.row


def clock_of(owed: Obligation, today: date) -> ClockView:
    """The working-day clock of an obligation."""
    return clock_view(
        received_on=owed.received_on,
        due_on=owed.due_on,
        term_days=owed.term_days,
        unit=owed.term_unit or "working",
        today=today,
        calendar=calendar_for(owed.case.jurisdiction_id),
        done_on=localdate(owed.closed_at) if owed.closed_at and owed.outcome == "done" else None,
    )


def task_of(owed: Obligation, *, today: date, primary: bool) -> TaskItem:
    """An obligation as a task of the desk."""
    step, case = step_of(owed), owed.case
    state = case.procedure.state(case.state)
    return TaskItem(
        title=f"{step.duty}：{case.title}",
        href=reverse("case", args=[case.number]),
        cites=(step.under,),
        number=case.number,
        meta=(case.unit.short_name, case.procedure.zh),
        badge=badge(state.zh, look=state.look),
        lane=case.lane,
        clock=clock_of(owed, today),
        late_after=step.lapse if owed.due_on else "",
        then="" if step.asks else step.follows,
        action=Button("去办理", href=href_of(case, step), look="primary" if primary else "quiet"),
    )


def href_of(case: Case, step: Step) -> str:
    """The page on which a step is taken; where one of several has to be chosen, the case."""
    if step.asks or step.name in ("pass_to_head", "submit", "resubmit"):
        return reverse("case", args=[case.number])
    return reverse("step", args=[case.number, step.name])


def turn_words(owed: Obligation) -> str:
    """云服务商 · 报告已开通."""
    return f"{owed.holder.short_name} · {step_of(owed).duty}"


def steps_for(case: Case, actor: Actor) -> list[Step]:
    """The steps that the reader may take now, the awaited one first."""
    from yunheng.foundation.workflow.operations import may_take

    leaving = case.procedure.leaving(case.state)
    found = [step for step in leaving if may_take(case, step, actor) and case.offers(step)]
    owed = {o.step for o in case.obligations.filter(closed_at=None, holder_id=actor.organisation_id)}
    return sorted(found, key=lambda step: (step.name not in owed, not step.awaited))


def who_can(step: Step) -> str:
    """用户单位负责人、云服务商交付."""
    return "、".join(dict.fromkeys(party_zh(by) for by in step.by if by != By("clock")))
