"""What every case page shows, whatever its procedure: the step bar, the record, the letters, what the reader can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils import timezone

from yunheng.domain.parties.queries import holding
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.documents.letters import readable
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import Refused
from yunheng.foundation.workflow.models import Case, Obligation, parameters_on
from yunheng.foundation.workflow.operations import judge
from yunheng.interfaces.web.components.dates import day_with_weekday, short_day
from yunheng.interfaces.web.components.money import file_size
from yunheng.interfaces.web.components.parts import ActionBar, Button, DocumentItem, RecordItem
from yunheng.interfaces.web.components.steps import StepBar, StepItem, step_bar
from yunheng.interfaces.web.views.turns import step_of, turn_words, who_can
from yunheng.law.kernel.machine import BACK, Step
from yunheng.law.kernel.terms import due_on


def bar(
    case: Case, events: list[Any], owed: list[Any], way: tuple[tuple[str, ...], tuple[str, ...]] | None = None
) -> StepBar:
    """The straight way of the procedure, or another ``way`` of it: states, and the words of what leads to each."""
    done = arrivals(events)
    path, stages = way or (case.procedure.path, case.procedure.stages)
    at = path.index(case.state) + 1 if case.state in path else sum(state in done for state in path)
    if case.state in (case.procedure.initial, "returned", "contested"):
        at = 0  # a returned case stands where it was returned to, a contested one where it is decided again
    items = []
    for n, (name, label) in enumerate(zip(path, stages, strict=True)):
        event = done.get(name)
        if n < at and event:
            when = timezone.localdate(event.at)
            items.append(StepItem(label, f"{event.actor_organisation} {short_day(when)}"))
        elif n == at and owed:
            turn = next((o for o in owed if step_of(o).target == name), owed[0])
            items.append(StepItem(label, f"轮到{turn.holder.short_name}"))
        else:
            items.append(StepItem(label))
    return step_bar(items, current=at)


def arrivals(events: list[Any]) -> dict[str, Any]:
    """By state what led to it last; somebody else who only sent the case back there is not who did that stage."""
    found: dict[str, Any] = {}
    for event in reversed([event for event in events if event.from_state != event.to_state]):
        if event.organisation_id == found.get(event.to_state, event).organisation_id:
            found[event.to_state] = event
    return found


def once(owed: list[Any]) -> list[Any]:
    """The duties of a party that either of two roles may do, as one."""
    return list({(o.holder_id, o.step): o for o in reversed(owed)}.values())[::-1]


def record(events: list[Any], owed: list[Any]) -> list[RecordItem]:
    waiting = [RecordItem(f"等待：{turn_words(o)}", waiting=True, cite=o.article) for o in once(owed)]
    return [*waiting, *(_told(run) for run in _runs(events))]


SEVERAL = 4  # so many parties that do the same one after the other are told in one line


def _runs(events: list[Any]) -> Iterator[list[Any]]:
    """Events one by one; those by many parties who did the same without a word together."""
    for _, group in groupby(events, key=lambda e: e.step if not e.opinion else e.sequence):
        run = list(group)
        if len({e.actor_organisation for e in run}) >= SEVERAL:
            yield run
        else:
            yield from ([e] for e in run)


def _told(run: list[Any]) -> RecordItem:
    e = run[0]
    if len(run) > 1:
        return RecordItem(e.label, f"{e.actor_organisation}等 {len(run)} 家", "", e.at, e.article)
    return RecordItem(e.label, f"{e.actor_organisation} {e.actor_name}", e.opinion or e.waiver, e.at, e.article)


def papers_of(case: Case, names: Mapping[str, str]) -> list[DocumentItem]:
    """The papers of a case: a file to download, or why it does not apply."""
    items = []
    for paper in case.papers.select_related("attachment"):  # type: ignore[attr-defined]
        name = names.get(paper.kind, paper.kind)
        if paper.attachment:
            href = reverse("attachment", args=[case.number, paper.pk])
            items.append(DocumentItem(name, href, paper.attachment.filename, file_size(paper.attachment.size)))
        else:
            items.append(DocumentItem(name, remark=paper.not_applicable, right="不适用"))
    return items


def letters_of(case: Case, actor: Actor) -> list[DocumentItem]:
    items = []
    for letter in readable(case, actor):
        pdf = reverse("letter", args=[case.number, letter.pk, "pdf"])
        docx = reverse("letter", args=[case.number, letter.pk, "docx"])
        items += [
            DocumentItem(letter.kind, pdf, letter.number, "PDF"),
            DocumentItem(letter.kind, docx, "可编辑", "DOCX"),
        ]
    return items


def actions(case: Case, actor: Actor, owed: list[Obligation], steps: list[Step], words: str = "") -> ActionBar:
    """The primary step of the reader, with what it brings about and what is still missing; or whose turn it is."""
    if not steps:
        return ActionBar(waiting=_whose(case, actor, owed))
    first = steps[0]
    if not first.awaited:  # nothing is the reader's turn: what may be done all the same stays quiet
        aside = Button(first.label, href=reverse("step", args=[case.number, first.name]))
        return ActionBar(waiting=_whose(case, actor, owed), quiet=aside)
    gap, rules = _gap(case, first, actor)
    return ActionBar(
        label=first.duty,
        cite=first.under,
        consequence=words or consequence(case, first, timezone.localdate()),
        blocked=gap,
        blocked_href=_mend(case, rules) if gap else "",
        primary=Button(
            first.label, href=reverse("step", args=[case.number, first.name]), look="primary", disabled=bool(gap)
        ),
        quiet=_quiet(case, steps),
    )


def _mend(case: Case, rules: set[str]) -> str:
    """Where a gap is filled: the part that says so of the rule, else the first one."""
    if case.kind == "application":
        return reverse("draft", args=[case.number])
    first = next((name for name, act in case.edits.items() if rules & set(act.mends)), next(iter(case.edits), ""))
    return reverse("edit", args=[case.number, first]) if first else ""


def _whose(case: Case, actor: Actor, owed: list[Obligation]) -> str:
    """In whose hands the case is; a colleague is told who of the own organisation can go on."""
    here = next((o for o in owed if o.holder_id == actor.organisation_id), None)
    if here:
        step = step_of(here)
        who = holding(organisation_id=actor.organisation_id, role=here.role, on=timezone.localdate())
        by = "、".join(person.name for person in who)
        return f"只有{who_can(step)}可以{step.label}" + (f"，由{by}办理" if by else "")
    if owed:
        return f"现在轮到{'、'.join(dict.fromkeys(o.holder.short_name for o in owed))}，你可以查看"
    if case.procedure.state(case.state).final:
        return "本件已经办结，你可以查看"
    by_itself = _next_by_clock(case)
    return f"等待{by_itself.label}，条件具备后自动办理" if by_itself else "现在没有应办的事项，你可以查看"


def _next_by_clock(case: Case) -> Step | None:
    """The step of the platform that leads on along the straight way."""
    path = case.procedure.path
    ahead = path[path.index(case.state) + 1 :] if case.state in path else ()
    found = (step for step in case.procedure.leaving(case.state) if CLOCK_KIND in {by.kind for by in step.by})
    return next((step for step in found if step.target in ahead), None)


def due_words(case: Case) -> str:
    """Who must act until when now: 示例云服务有限公司须在 12月1日（周二）24:00 前办理."""
    owed = case.obligations.filter(closed_at=None).exclude(due_on=None).select_related("holder").first()
    return f"{owed.holder.name}须在 {day_with_weekday(owed.due_on)}24:00 前办理" if owed and owed.due_on else ""


def consequence(case: Case, step: Step, today: date) -> str:
    """What follows, with the day worked out where the step starts a term."""
    for follow in _following(case, step):
        kinds = {by.kind for by in follow.by}
        if follow.term and (
            step.restarts or follow.name not in {o.step for o in case.obligations.filter(closed_at=None)}
        ):
            due = due_on(
                today, parameters_on(today, case.jurisdiction_id)[follow.term], calendar_for(case.jurisdiction_id)
            )
            who = case.provider.name if case.provider and kinds == {"provider"} else who_can(follow)
            return f"{step.follows}。今天办理，{who}须在 {day_with_weekday(due)}24:00 前{follow.label.removeprefix('报告已')}"
    return step.follows


def _following(case: Case, step: Step) -> list[Step]:
    """The steps awaited where a step leads, through what the platform does by itself on the way."""
    if not step.target or step.target == BACK:
        return []
    found: list[Step] = []
    for follow in case.procedure.leaving(step.target):
        if follow.awaited:
            found.append(follow)
        elif CLOCK_KIND in {by.kind for by in follow.by} and follow.target and follow.target != step.target:
            found += [f for f in case.procedure.leaving(follow.target) if f.awaited]
    return found


CLOCK_KIND = "clock"
CHECKED_AHEAD = ("submit", "resubmit", "request", "confirm_list")  # nothing that the step carries decides on them


def _gap(case: Case, step: Step, actor: Actor) -> tuple[str, set[str]]:
    """What is missing now for the step, in a sentence, by which rules; nothing where it can be taken or depends on what it carries."""
    if step.name not in CHECKED_AHEAD:
        return "", set()
    at = timezone.now()
    try:
        judge(case, step, at=at, parameters=parameters_on(timezone.localdate(), case.jurisdiction_id), data={})
    except Refused as refusal:
        return refusal.message, {verdict.rule for verdict in refusal.verdicts if not verdict.holds}
    return "", set()


def _quiet(case: Case, steps: list[Step]) -> Button | None:
    if len(steps) < 2:
        return None
    return Button(steps[1].label, href=reverse("step", args=[case.number, steps[1].name]))


def others(case: Case, steps: list[Step]) -> list[tuple[str, str]]:
    """What else the reader may do, beyond the buttons of the action bar."""
    shown = 2 if steps and steps[0].awaited else 1
    return [(step.label, reverse("step", args=[case.number, step.name])) for step in steps[shown:]]


def edits_of(case: Case, actor: Actor, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The parts that the reader may fill in now: their names and pages."""
    if not case.editable_by(actor):
        return []
    return [(case.edits[name].label, reverse("edit", args=[case.number, name])) for name in names]


def latest_verdicts(events: list[Any]) -> list[Any]:
    """The last verdict of each rule."""
    seen: dict[str, Any] = {}
    for event in events:
        for verdict in event.found:
            seen.setdefault(verdict.rule, verdict)
    return list(seen.values())
