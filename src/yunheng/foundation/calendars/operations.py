"""Load the calendar of a jurisdiction, and import the arrangement of a new year."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import transaction

from yunheng.foundation.audit import operations as audit
from yunheng.foundation.audit.models import Record
from yunheng.foundation.calendars.models import CalendarDay, CalendarYear
from yunheng.foundation.calendars.queries import cache_key
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.law.kernel.citation import art

ARRANGEMENTS = Path(__file__).parent / "arrangements.toml"
_WORDS = {"放假": "off", "上班": "work"}
_MOST_DAYS = 60


def _days(year: int, entry: dict[str, Any]) -> Iterator[tuple[date, str, str]]:
    for text in entry["work"]:
        day, name = text.split(" ")
        yield date.fromisoformat(f"{year}-{day}"), "work", name
    for text in entry["off"]:
        span, name = text.split(" ")
        first, last = (date.fromisoformat(f"{year}-{end}") for end in span.split("/"))
        for n in range((last - first).days + 1):
            yield first + timedelta(days=n), "off", name


@transaction.atomic
def seed(*, jurisdiction_id: int, at: datetime) -> None:
    """Load the known official years and the statutory days of the provisional one; running it twice changes nothing."""
    for name, entry in tomllib.loads(ARRANGEMENTS.read_text("utf-8")).items():
        year = int(name)
        if CalendarYear.objects.filter(jurisdiction_id=jurisdiction_id, year=year).exists():
            continue
        if entry["source"]:
            CalendarYear.objects.create(
                jurisdiction_id=jurisdiction_id, year=year, source=entry["source"], imported_at=at
            )
        _replace(jurisdiction_id, year, list(_days(year, entry)))


@transaction.atomic
def import_year(*, jurisdiction_id: int, year: int, text: str, source: str, actor: Actor, at: datetime) -> CalendarYear:
    """Take in the official arrangement of a year from CSV (日期,类别,名称; 类别 is 放假 or 上班).

    Open terms that touch the year are computed again, and both values are kept (R-010). Raises BadInput with every
    wrong row; then nothing has changed.
    """
    from yunheng.foundation.workflow.obligations import recompute  # the calendar knows of terms only here

    if actor.kind not in ("bureau", "admin") or actor.jurisdiction_id != jurisdiction_id:
        raise NotYours("只有市大数据局或系统管理员可以导入放假安排", cite=art(26))
    days = _read(text, year, source)
    CalendarYear.objects.update_or_create(
        jurisdiction_id=jurisdiction_id, year=year, defaults={"source": source.strip(), "imported_at": at}
    )
    _replace(jurisdiction_id, year, days)
    moved = recompute(jurisdiction_id=jurisdiction_id, year=year)
    transaction.on_commit(lambda: cache.delete(cache_key(jurisdiction_id)))
    audit.write(
        kind="calendars.import",
        subject=f"{year}",
        at=at,
        body={"by": actor.person_id, "source": source, "days": [[str(d), k, n] for d, k, n in days], "moved": moved},
    )
    return CalendarYear.objects.get(jurisdiction_id=jurisdiction_id, year=year)


@dataclass(frozen=True)
class Moved:
    """An open term that a new arrangement moves: case number, step, the day before and after."""

    case: str
    step: str
    old: date
    new: date


def preview_year(*, jurisdiction_id: int, year: int, text: str, source: str, actor: Actor, at: datetime) -> list[Moved]:
    """Which open terms an import would move; nothing is kept. Raises what ``import_year`` raises."""
    try:
        with transaction.atomic():
            import_year(jurisdiction_id=jurisdiction_id, year=year, text=text, source=source, actor=actor, at=at)
            record = Record.objects.filter(kind="calendars.import").order_by("-sequence")[0]
            moved = json.loads(record.body)["body"]["moved"]
            transaction.set_rollback(True)
    finally:
        cache.delete(cache_key(jurisdiction_id))
    return [
        Moved(row["case"], row["step"], date.fromisoformat(row["old"]), date.fromisoformat(row["new"])) for row in moved
    ]


def _replace(jurisdiction_id: int, year: int, days: list[tuple[date, str, str]]) -> None:
    CalendarDay.objects.filter(jurisdiction_id=jurisdiction_id, day__year=year).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(jurisdiction_id=jurisdiction_id, day=day, kind=kind, name=name) for day, kind, name in days
    )
    cache.delete(cache_key(jurisdiction_id))


def _read(text: str, year: int, source: str) -> list[tuple[date, str, str]]:
    problems = [] if source.strip() else [Problem("通知文号", "写明国务院办公厅的通知")]
    days: dict[date, tuple[date, str, str]] = {}
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row) or (number == 1 and row[0].strip() == "日期"):
            continue
        problem = _wrong(row, year, days)
        if problem:
            problems.append(Problem(f"第 {number} 行", problem))
            continue
        day = date.fromisoformat(row[0].strip())
        days[day] = (day, _WORDS[row[1].strip()], row[2].strip())
    if not days and not problems:
        problems.append(Problem("文件", "没有任何日期"))
    if len(days) > _MOST_DAYS:
        problems.append(Problem("文件", f"共 {len(days)} 天，多于一年可能的 {_MOST_DAYS} 天"))
    if problems:
        raise BadInput(problems, cite=art(26), todo="改正后重新导入，原有日历没有变动")
    return list(days.values())


def _wrong(row: list[str], year: int, known: dict[date, Any]) -> str:
    """What is wrong with a row, or an empty string."""
    if len(row) != 3:
        return f"应有 3 列（日期,类别,名称），实有 {len(row)} 列"
    try:
        day = date.fromisoformat(row[0].strip())
    except ValueError:
        return f"日期“{row[0]}”不是 {year}-01-01 这样的写法"
    if day.year != year:
        return f"{day} 不在 {year} 年"
    if day in known:
        return f"{day} 出现两次"
    if row[1].strip() not in _WORDS:
        return f"类别“{row[1]}”须为 放假 或 上班"
    if not 0 < len(row[2].strip()) <= 20:
        return "名称须为 1 至 20 个字"
    weekend = day.weekday() >= 5
    if row[1].strip() == "上班" and not weekend:
        return f"{day} 不是周末，不会是调休上班日"
    return ""
