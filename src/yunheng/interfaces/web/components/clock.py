"""The working-day clock: the day first, then how many days are left, then the days drawn as cells.

It shows a term and never makes one: the due day comes from the obligation. Receipt is not counted (R-002).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from yunheng.interfaces.web.components.dates import day_with_weekday, short_day

SOON_WORKING, SOON_CALENDAR = 2, 7  # display only: from when on the colour of time is used
MOST_CELLS = 14  # numbered cells; longer spans are shortened around today and the end
_KEEP = {"today": 2, "receipt": 1, "end": 1}  # cells kept on each side of these when shortening
PROVISIONAL = "暂定，公布后重算"


class WorkCalendar(Protocol):
    """What the clock asks of a calendar."""

    def is_working_day(self, day: date, /) -> bool: ...
    def is_makeup_workday(self, day: date, /) -> bool: ...
    def is_provisional(self, year: int, /) -> bool: ...


@dataclass(frozen=True)
class Cell:
    """One day: what is written in it, and its marks (receipt, off, gone, today, end, late, makeup, provisional)."""

    text: str
    marks: tuple[str, ...]

    @property
    def css(self) -> str:
        return " ".join(f"yh-day--{mark}" for mark in self.marks)


@dataclass(frozen=True)
class Span:
    """A term in calendar days, drawn as a bar: ``done`` of ``total`` days, as a share of 100."""

    share: int
    words: str = ""


@dataclass(frozen=True)
class ClockView:
    """Everything that a clock says. The words carry all; cells and bar repeat it for the eye."""

    state: str  # running soon last overdue done late paused none
    due_text: str
    left_text: str
    short: str = ""
    cells: tuple[Cell, ...] = ()
    bar: Span | None = None
    provisional: str = ""
    after_tag: str = ""
    after_text: str = ""

    @property
    def sentence(self) -> str:
        """The clock as one line of prose."""
        return "，".join(part for part in (self.due_text, self.left_text, self.provisional) if part)

    @property
    def urgency(self) -> str:
        """``late``, ``soon`` or "" — how a task at the desk is marked."""
        return {"overdue": "late", "soon": "soon", "last": "soon"}.get(self.state, "")


@dataclass(frozen=True)
class _Term:
    received_on: date
    due_on: date
    today: date
    calendar: WorkCalendar
    done_on: date | None


def clock_view(
    *,
    received_on: date | None,
    due_on: date | None,
    today: date,
    calendar: WorkCalendar,
    term_days: int | None = None,
    unit: str = "working",
    done_on: date | None = None,
    paused: bool = False,
    soon: int | None = None,
    ends: str = "24:00 前",
    done_word: str = "办结",
    paused_words: str = "",
    late_after: str = "",
    then: str = "",
) -> ClockView:
    """Build the clock of one obligation.

    ``unit`` is working or calendar; ``term_days`` the length of the term, for its words; ``soon`` the number of days
    left from which the colour of time is used; ``ends`` follows the day (24:00 前, 到期, 24:00 自动停止).
    ``late_after`` says what may follow a lapse, ``then`` what follows the act.
    """
    tag, text = ("逾期", late_after) if late_after and not done_on else ("随后", then) if then else ("", "")
    if paused:
        words = paused_words or (f"裁定后重新起算 {term_days} 个工作日" if term_days else "裁定后重新起算")
        view = ClockView("paused", "已暂停", words, "已暂停")
    elif due_on is None or received_on is None:
        view = _without_term(received_on, today, calendar, done_on, done_word)
    else:
        term = _Term(received_on, due_on, today, calendar, done_on)
        if unit == "calendar":
            view = _calendar_clock(term, term_days, SOON_CALENDAR if soon is None else soon, ends, done_word)
        else:
            view = _working_clock(term, SOON_WORKING if soon is None else soon, ends, done_word)
    return replace(view, after_tag=tag, after_text=text)


def working_days_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """How many working days lie in (start, end]."""
    return sum(calendar.is_working_day(day) for day in _days(start + timedelta(days=1), end))


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def _without_term(
    received_on: date | None, today: date, calendar: WorkCalendar, done_on: date | None, done_word: str
) -> ClockView:
    if done_on:
        used = working_days_between(received_on, done_on, calendar) if received_on else 0
        return ClockView(
            "done", f"{day_with_weekday(done_on, today=today)}{done_word}", _used(used), short_day(done_on)
        )
    waited = working_days_between(received_on, today, calendar) if received_on else 0
    words = f"已等待 {waited} 个工作日" if waited else "今天收到" if received_on == today else ""
    return ClockView("none", "无法定时限", words, "无法定时限")


def _used(days: int) -> str:
    return f"用时 {days} 个工作日" if days else "当日办结"


def _provisional(term: _Term) -> str:
    if term.done_on:
        return ""
    years = range(term.received_on.year, term.due_on.year + 1)
    return PROVISIONAL if any(term.calendar.is_provisional(year) for year in years) else ""


def _working_clock(term: _Term, soon: int, ends: str, done_word: str) -> ClockView:
    state, due_text, left_text = _working_words(term, soon, ends, done_word)
    shown = term.done_on or term.due_on
    return ClockView(
        state, due_text, left_text, short_day(shown), shortened(_cells(term)), provisional=_provisional(term)
    )


def _working_words(term: _Term, soon: int, ends: str, done_word: str) -> tuple[str, str, str]:
    between = working_days_between
    due = day_with_weekday(term.due_on, today=term.today)
    if term.done_on:
        used = _used(between(term.received_on, term.done_on, term.calendar))
        done = f"{day_with_weekday(term.done_on, today=term.today)}{done_word}"
        if term.done_on <= term.due_on:
            return "done", done, f"按期办结，{used}"
        return "late", done, f"{_over(between(term.due_on, term.done_on, term.calendar))}后办结，{used}"
    if term.today > term.due_on:
        return "overdue", f"应于{due}{done_word}", f"已{_over(between(term.due_on, term.today, term.calendar))}"
    if term.today == term.due_on:
        return "last", f"{due}{ends}", "今天是最后一日"
    counts_today = term.today > term.received_on and term.calendar.is_working_day(term.today)
    left = between(term.today, term.due_on, term.calendar) + counts_today
    state = "last" if left <= 1 else "soon" if left <= soon else "running"
    return state, f"{due}{ends}", f"还剩 {left} 个工作日（{'含' if counts_today else '不含'}今天）"


def _over(days: int) -> str:
    return f"超期 {days} 个工作日" if days else "超期，不满 1 个工作日"


def _calendar_clock(term: _Term, term_days: int | None, soon: int, ends: str, done_word: str) -> ClockView:
    due = day_with_weekday(term.due_on, today=term.today)
    left = (term.due_on - term.today).days
    total = term_days or max(1, (term.due_on - term.received_on).days)
    gone = min(total, max(0, total - left))
    bar = Span(round(100 * gone / total))
    if term.done_on:
        late = (term.done_on - term.due_on).days
        words = f"超期 {late} 天（自然日）后办结" if late > 0 else "按期办结"
        done = f"{day_with_weekday(term.done_on, today=term.today)}{done_word}"
        return ClockView("late" if late > 0 else "done", done, words, short_day(term.done_on))
    if left < 0:
        verb = f"已于{due}到期" if ends == "到期" else f"应于{due}{done_word}"
        return ClockView("overdue", verb, f"已超期 {-left} 天（自然日）", short_day(term.due_on), bar=bar)
    state = "last" if left == 0 else "soon" if left <= soon else "running"
    words = f"第 {gone} 日／{total} 日" if term_days else f"还剩 {left} 天（自然日）"
    words = words if left else "今天是最后一日"
    return ClockView(state, f"{due}{ends}", words, short_day(term.due_on), bar=bar)


def _cells(term: _Term) -> list[Cell]:
    last = max(term.due_on, term.done_on or (term.today if term.today > term.due_on else term.due_on))
    return [_cell(day, term) for day in _days(term.received_on, last)]


def _cell(day: date, term: _Term) -> Cell:
    works = term.calendar.is_working_day(day)
    until = term.done_on or term.today
    marks: list[str] = []
    if day == term.received_on:
        marks.append("receipt")
    elif not works:
        marks.append("off")
    elif day > term.due_on and day <= until:
        marks.append("late")
    elif day < until or day == term.done_on:
        marks.append("gone")
    if works and term.calendar.is_makeup_workday(day):
        marks.append("makeup")
    if works and not term.done_on and term.calendar.is_provisional(day.year):
        marks.append("provisional")
    if day == term.today and not term.done_on:
        marks.append("today")
    if day == term.due_on:
        marks.append("end")
    return Cell("" if "off" in marks else str(day.day), tuple(marks))


def shortened(cells: Sequence[Cell], most: int = MOST_CELLS) -> tuple[Cell, ...]:
    """Leave out the middle of a long span: receipt, today and the end stay with their neighbours, gaps become ⋯."""
    if sum("off" not in cell.marks for cell in cells) <= most:
        return tuple(cells)
    points = [(n, _KEEP[mark]) for n, cell in enumerate(cells) for mark in cell.marks if mark in _KEEP]
    keep = {n for at, near in (*points, (len(cells) - 1, 1)) for n in range(at - near, at + near + 1)}
    out: list[Cell] = []
    for n, cell in enumerate(cells):
        if n in keep:
            out.append(cell)
        elif not out or out[-1].marks != ("gap",):
            out.append(Cell("⋯", ("gap",)))
    return tuple(out)
