"""The week's digest (工作周报): what an organisation owes and waits for, to each of its people with an address, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.timezone import localdate

from yunheng.domain.parties.models import Organisation, Person
from yunheng.domain.parties.queries import actor_for
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.calendars.words import day_with_weekday, long_day
from yunheng.foundation.notices.operations import tell_person
from yunheng.foundation.workflow import ledger
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.queries import SOONEST, owed_in

MOST = 20  # of each part; the rest is counted
SIX_DAYS = timedelta(days=6)


@dataclass(frozen=True)
class Digest:
    """What one would get: the week from its Monday on, subject and text; ``empty`` when there is nothing to say."""

    week: date
    subject: str
    text: str
    empty: bool


def digest_for(*, actor: Actor, organisation: Organisation, on: date) -> Digest:
    """The digest of an organisation as it would go out on a day."""
    monday = on - timedelta(days=on.weekday())
    sunday = monday + SIX_DAYS
    own = ledger.once(ledger.duties(actor=actor, whole=False).filter(closed_at=None))
    others = ledger.once(owed_in(actor=actor).exclude(holder_id=actor.organisation_id))
    parts = (
        ("已超期", own.filter(due_on__lt=on)),
        ("本周到期", own.filter(due_on__range=(on, sunday))),
        ("下周及以后到期", own.filter(due_on__gt=sunday)),
        ("轮到本单位，无法定时限", own.filter(due_on=None)),
        ("等待其他单位办理", others),
    )
    found = [(head, part.count(), part) for head, part in parts]
    span = f"{long_day(monday)}至{long_day(sunday)}"
    shown = [_part(n, head, many, part, on) for n, (head, many, part) in enumerate(found, 1)]
    foot = "不需要周报的，登录云衡，在义务台账的“工作周报”中关闭。"
    text = "\n\n".join([f"{organisation.name}　{span}", *shown, foot])
    late, due = found[0][1], found[1][1]
    subject = f"工作周报：已超期 {late} 件，本周到期 {due} 件"
    return Digest(monday, subject, text, not any(many for _, many, _ in found))


def _part(number: int, head: str, many: int, part: QuerySet[Obligation], on: date) -> str:
    rows = [f"{n}. {_line(owed, on)}" for n, owed in enumerate(part.order_by(*SOONEST)[:MOST], 1)]
    more = [f"另有 {many - MOST} 件，见义务台账"] if many > MOST else []
    return "\n".join([f"{'一二三四五'[number - 1]}、{head}（{many} 件）", *rows, *more])


def _line(owed: Obligation, on: date) -> str:
    """云服务商 报告已开通：教师研修平台（SQ-2026-0001），10月13日（周二）24:00 前。第七条第一款."""
    if owed.due_on is None:
        until = f"{day_with_weekday(owed.received_on, today=on)}收到"
    elif owed.due_on < on:
        left = ledger.days_left(owed, on=on) or 0
        over = f"已超期 {-left} 个工作日" if left else "已超期，不满 1 个工作日"
        until = f"应于{day_with_weekday(owed.due_on, today=on)}办结，{over}"
    else:
        until = f"{day_with_weekday(owed.due_on, today=on)}24:00 前" + ("（暂定）" if owed.provisional else "")
    case = owed.case
    return f"{owed.holder.short_name} {owed.row.duty}：{case.title}（{case.number}），{until}。{owed.article.zh}"


def send_digests(*, at: datetime) -> int:
    """Put the digest of this week in the outbox for everybody who has none yet, from its first working day on.

    Somebody of an organisation without anything to do or to wait for gets no mail that week. Returns how many got one.
    """
    today = localdate(at)
    monday = today - timedelta(days=today.weekday())
    people = Person.objects.filter(is_active=True, weekly_digest=True).exclude(email="")
    people = people.exclude(digests__week=monday).select_related("organisation__parent")
    made: dict[int, Digest] = {}
    sent = 0
    for person in _in_a_working_week(people, monday, today):
        own = person.organisation
        if own.pk not in made:
            made[own.pk] = digest_for(actor=actor_for(person=person, at=at), organisation=own, on=today)
        digest = made[own.pk]
        sent += tell_person(
            person_id=person.pk, organisation_id=own.pk, address="" if digest.empty else person.email, week=digest.week,
            subject=digest.subject, text=digest.text, at=at,
        )  # fmt: skip
    return sent


def _in_a_working_week(people: Iterable[Person], monday: date, today: date) -> list[Person]:
    """Those whose jurisdiction works today or has worked this week."""
    days = [monday + timedelta(days=n) for n in range((today - monday).days + 1)]
    return [
        person for person in people if any(map(calendar_for(person.organisation.jurisdiction_id).is_working_day, days))
    ]
