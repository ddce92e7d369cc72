"""What the city's machines measure comes in: months at once when it is built, then day by day and minute by minute.

    the past ─▶ the store's inbox (in bulk)       yesterday ─▶ the providers' tables       now ─▶ plug-ins with a token

So no demonstration grows old: after a week of sleep all that was missed comes in with the first run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F, Max, Q
from django.utils.timezone import localdate

from yunheng.demo.calendar import LOCAL, ONE_DAY
from yunheng.demo.use import Level, Turns, Use, figures, kept, levels, levels_at, measured, uses
from yunheng.domain.metering import given, tables
from yunheng.domain.metering import operations as metering
from yunheng.domain.metering.handing import hand_in
from yunheng.domain.metering.models import Sender, UsageTable
from yunheng.domain.metering.samples import Batch, Key, ms_of
from yunheng.domain.parties.models import Organisation, Person
from yunheng.domain.parties.queries import actor_for
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.law.kernel.terms import Calendar

SAMPLES = 4  # behind an hour of a table
TABLED = ("cpu.utilization", "memory.used", "network.bytes", "disk.write", "filesystem.used")
NAMED, HOSTED = "使用情况2", ".example.invalid"  # how the city's own tables and hosts are called
MOST_DAYS = 60  # that are handed in at once
ALIVE = timedelta(hours=2)  # before the last one that was heard; what fell silent earlier stays silent
STEP = timedelta(minutes=10)  # between two samples of what was missed
COPY = """
COPY (SELECT resource, metric, day, moment, mean, p95, max, CASE WHEN moment IS NULL THEN 96 ELSE {samples} END, {received} FROM figure)
TO '{path}' (FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '', NULLSTR '\\N', TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S')
"""


def days_between(first: date, until: date) -> list[date]:
    """The days from one to before another."""
    return [first + n * ONE_DAY for n in range((until - first).days)]


# ---- the past ----------------------------------------------------------------------------------------------------


def remember(turns: Turns, *, calendar: Calendar, first: date, until: date) -> None:
    """Put the days from ``first`` to before ``until`` into the store's inbox."""
    used = uses(measured(first=first, until=until), turns, first=first, until=until)
    received = ms_of(datetime.combine(first, time(), LOCAL))
    with figures(used, levels(calendar, days_between(first, until))) as db, given.arriving(settings.METERING) as path:
        db.execute(COPY.format(samples=SAMPLES, received=received, path=path))


# ---- yesterday ---------------------------------------------------------------------------------------------------


def hand_in_days(
    turns: Turns, *, provider: Organisation, days: Sequence[date], calendar: Calendar, at: datetime
) -> int:
    """The provider's tables of some days, an hour a row; returns how many."""
    person = Person.objects.filter(organisation=provider, grants__role="monitor", is_active=True).first()
    if person is None:
        return 0
    count = 0
    for day in days:
        mine = [one for one in measured(first=day, until=day + ONE_DAY) if one.contract.provider_id == provider.pk]
        used = uses(mine, turns, first=day, until=day + ONE_DAY)
        content = _table(used, levels(calendar, [day]))
        if content:
            hand_in(content=content, filename=f"使用情况{day:%Y%m%d}.csv", actor=actor_for(person=person, at=at), at=at)
            count += 1
    return count


def _table(used: Sequence[Use], busy: Iterable[Level]) -> bytes:
    """A provider's table; empty where nothing was measured."""
    by_resource = {one.resource: one for one in used}
    shown = [(metric, one) for metric in TABLED for one in tables.FIGURES]
    each = ", ".join(f"any_value({one}) FILTER (metric = '{metric}')" for metric, one in shown)
    with figures(used, busy) as db:
        rows = db.execute(
            f"SELECT resource, day, moment, {each} FROM figure GROUP BY resource, day, moment ORDER BY ALL"  # noqa: S608
        ).fetchall()
    file = io.StringIO()
    writer = csv.writer(file)
    words = [tables.column(metric, one) for metric, one in shown]
    writer.writerow([*list(tables.BASE.values())[:4], *words, tables.BASE["n"]])
    for resource, day, moment, *cells in rows:
        use = by_resource[resource]
        hour = "" if moment is None else moment.replace(tzinfo=UTC).astimezone(LOCAL).hour
        writer.writerow([day, hour, use.service.number, use.instance, *cells, SAMPLES])
    return file.getvalue().encode() if rows else b""


# ---- now ---------------------------------------------------------------------------------------------------------


def report(at: datetime) -> int:
    """Whatever was measured since the last time: the plug-ins' samples, and the tables of the days that are over.

    Nothing where no demonstration city was built; the same moment again adds nothing.
    """
    if not (Path(settings.HOME) / "demo-logins.json").exists():
        return 0
    turns, today = kept(), localdate(at)
    count = sum(_send(sender, turns, at) for sender in _alive())
    for provider in Organisation.objects.filter(kind="provider").order_by("pk"):
        known = UsageTable.objects.filter(provider=provider, filename__startswith=NAMED).aggregate(day=Max("last"))
        if known["day"]:
            days = days_between(known["day"] + ONE_DAY, today)[-MOST_DAYS:]
            calendar = calendar_for(provider.jurisdiction_id)
            count += hand_in_days(turns, provider=provider, days=days, calendar=calendar, at=at)
    return count


def _alive() -> list[Sender]:
    """The city's own plug-ins that were heard to the end, and have not said goodbye; others are somebody's real ones."""
    own = Sender.objects.filter(revoked_at=None, host__endswith=HOSTED).exclude(heard_at=None)
    newest = own.aggregate(at=Max("heard_at"))["at"]
    heard = own.filter(heard_at__gt=newest - ALIVE) if newest else own.none()
    going = heard.filter(Q(stopping_at=None) | Q(stopping_at__lt=F("heard_at")))
    return list(going.select_related("service__jurisdiction", "service__system", "service__contract"))


def _send(sender: Sender, turns: Turns, at: datetime) -> int:
    """What a plug-in measured since it was heard last; it keeps what it could not send for some days."""
    heard = sender.heard_at
    if heard is None or heard >= at or not sender.service.runs_on(localdate(at)):
        return 0
    since = max(heard, datetime.fromtimestamp(metering.window(at=at).since / 1000, at.tzinfo))
    step = STEP if at - since > timedelta(minutes=30) else timedelta(minutes=1)
    grid = {at - n * step for n in range((at - since) // step, -1, -1)}
    moments = sorted(one for one in {*grid, since + timedelta(minutes=1)} if since < one <= at)  # without a gap
    used = uses([sender.service], turns, first=localdate(since), until=localdate(at) + ONE_DAY)
    mine = [replace(one, by_hour=True) for one in used if one.instance == sender.instance]
    batch = Batch(sender.resource)
    for moment in moments:
        batch.add(Key("up"), ms_of(moment), 1.0)
    with figures(mine, levels_at(calendar_for(sender.service.jurisdiction_id), moments, mine)) as db:
        rows = db.execute("SELECT metric, moment, mean FROM figure WHERE moment IS NOT NULL ORDER BY ALL").fetchall()
    for metric, moment, value in rows:
        batch.add(Key(metric), ms_of(moment.replace(tzinfo=UTC)), value)
    return metering.receive(sender, batch=batch, version=sender.version, at=at)
