"""What the clock tells of an obligation: that its end is near, that it waits long, that it is late. Each thing once.

What was told is a row; a job that runs twice, late, or after a week of silence finds it and says nothing again. A day
that an imported calendar moves is another day, and told again (R-010). The clock tells and never decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.calendars.words import day_with_weekday, short_day, weekday
from yunheng.foundation.notices import operations as notices
from yunheng.foundation.workflow.models import Obligation, Reminder, parameters_on
from yunheng.foundation.workflow.queries import HIDDEN_FROM_OTHERS, concrete
from yunheng.law.kernel.machine import MACHINES, By, Kind, Watch
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import ONE_DAY, Calendar, CalendarDays, WorkingDays, due_on

SOON = "soon_display"
LAPSE = "逾期未办的，可列为整改问题，由市大数据局决定"  # (24.1), where the procedure names nothing else
Figures = Callable[[date, int], Parameters]


@dataclass(frozen=True)
class _Word:
    """Something to tell of an obligation: the names under which it is kept, to whom, and the sentence."""

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]  # parties beside or instead of the holder
    holder: bool
    subject: str
    text: str


def tell_late(*, at: datetime) -> int:
    """Tell holder and centre of every open duty past its last day, on the first day late or whenever the job comes."""
    today = localdate(at)
    late = [_late(owed) for owed in _open(Q(due_on__lt=today))]
    return sum(_tell(owed, word, at) for owed, word in late)


def remind(*, at: datetime) -> int:
    """Tell what is near its end or waits as long as its procedure watches. Returns how many things were told."""
    today = localdate(at)
    figures = cache(parameters_on)
    watched = {step.name for machine in MACHINES.values() for step in machine.steps if step.watch}
    found = _open(Q(due_on__gte=today) | Q(step__in=watched))
    return sum(_tell(owed, word, at) for owed in found for word in _words(owed, today, figures))


def _open(which: Q) -> list[Obligation]:
    found = Obligation.objects.filter(which, closed_at=None).select_related("case", "holder")
    return list(found.prefetch_related("reminders").order_by("pk"))


def _late(owed: Obligation) -> tuple[Obligation, _Word]:
    step = owed.row
    assert owed.due_on is not None
    lapse = step.lapse or (LAPSE if owed.holder.kind in ("user_unit", "provider") else "")
    text = (
        f"{owed.case.number} {owed.case.title}：{owed.holder.name}应于{day_with_weekday(owed.due_on)}办结“{step.duty}”，"
        f"到期未办，已超期。依据：{owed.article.zh}。{_sentence(lapse)}"
    )
    word = _Word((f"late {owed.due_on}",), ("centre",), True, f"已超期：{step.duty}，{owed.case.title}", text)
    return owed, word


def _words(owed: Obligation, today: date, figures: Figures) -> Iterator[_Word]:
    place = owed.case.jurisdiction_id
    calendar, then = calendar_for(place), figures(owed.received_on, place)
    known = {told.name for told in owed.reminders.all()}
    if owed.due_on and owed.received_on < today <= owed.due_on:
        near = [
            w for w in _near(owed, owed.due_on, today, calendar, then) if f"{w.parameter} {owed.due_on}" not in known
        ]
        if near:
            yield _before(owed, owed.due_on, near, today, calendar)
    for watch in owed.row.watch:
        if not watch.before and watch.parameter not in known:
            term = then[watch.parameter]
            if today >= due_on(owed.received_on, term, calendar):
                yield _waiting(owed, watch, term)


def _near(owed: Obligation, due: date, today: date, calendar: Calendar, p: Parameters) -> Iterator[Watch]:
    """The watches before the end whose day has come; the product's own one is for every duty with a term."""
    if calendar.working_days_left(owed.received_on, due, today) <= p[SOON].n:
        yield Watch(SOON, before=True)
    for watch in owed.row.watch:
        if watch.before:
            term = p[watch.parameter]
            days = (due - today).days if isinstance(term, CalendarDays) else calendar.working_days_between(today, due)
            if days <= term.n:
                yield watch


def _before(owed: Obligation, due: date, near: Sequence[Watch], today: date, calendar: Calendar) -> _Word:
    """One sentence, however many days were missed: 明天（11月25日周三）24:00 前报告已开通."""
    step = owed.row
    close = {today: "今天", today + ONE_DAY: "明天"}.get(due)
    when = f"{close}（{short_day(due)}{weekday(due)}）" if close else day_with_weekday(due)
    text = (
        f"{owed.case.number} {owed.case.title}：{owed.holder.name}应于{when}24:00 前办结“{step.duty}”，"
        f"{_left(owed, due, today, calendar)}。依据：{owed.article.zh}。{_sentence(step.lapse)}"
    )
    return _Word(
        tuple(f"{watch.parameter} {due}" for watch in near),
        tuple(kind for watch in near for kind in watch.tells),
        any(not watch.tells for watch in near),
        f"{when}24:00 前{step.duty}：{owed.case.title}",
        text,
    )


def _left(owed: Obligation, due: date, today: date, calendar: Calendar) -> str:
    if today == due:
        return "今天是最后一日"
    if owed.term_unit != "working":
        return f"还剩 {(due - today).days} 天（自然日）"
    counts = "含" if calendar.is_working_day(today) else "不含"
    return f"还剩 {calendar.working_days_left(owed.received_on, due, today)} 个工作日（{counts}今天）"


def _waiting(owed: Obligation, watch: Watch, term: WorkingDays | CalendarDays) -> _Word:
    step, unit = owed.row, "个工作日" if isinstance(term, WorkingDays) else "天（自然日）"
    text = (
        f"{owed.case.number} {owed.case.title}：“{step.duty}”自{day_with_weekday(owed.received_on)}起轮到{owed.holder.name}，"
        f"已满 {term.n} {unit}，尚未办理。依据：{owed.article.zh}。{_sentence(step.lapse)}"
    )
    subject = f"已等待 {term.n} {unit}：{step.duty}，{owed.case.title}"
    return _Word((watch.parameter,), watch.tells, not watch.tells, subject, text)


def _sentence(text: str) -> str:
    return f"{text}。" if text else ""


@transaction.atomic
def _tell(owed: Obligation, word: _Word, at: datetime) -> bool:
    """Keep what is told and tell it, unless it is known or the duty was done meanwhile."""
    if {told.name for told in owed.reminders.all()} >= set(word.names):
        return False
    if not Obligation.objects.select_for_update().filter(pk=owed.pk, closed_at=None).exists():
        return False
    kept = [Reminder.objects.get_or_create(obligation=owed, name=name, defaults={"told_at": at}) for name in word.names]
    if not any(new for _, new in kept):
        return False
    told = [owed.holder_id] if word.holder else []
    if owed.case.state not in HIDDEN_FROM_OTHERS:
        case = concrete(owed.case)
        told += [holder for kind in word.kinds for holder in case.holders(By(kind))]
    notices.tell(
        organisation_ids=told, subject=word.subject, text=word.text, at=at, case_id=owed.case_id, cite=owed.cite
    )
    return True
