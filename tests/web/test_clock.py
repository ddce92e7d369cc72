"""The working-day clock says the day first, then how many days are left, and never makes a term of its own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yunheng.interfaces.web.components.clock import ClockView, clock_view
from yunheng.law.kernel.terms import Calendar

HOLIDAY = {date(2026, 10, day): "国庆节" for day in range(1, 8)} | {date(2027, 1, 1): "元旦"}
CALENDAR = Calendar(off=HOLIDAY, work={date(2026, 10, 10): "国庆节"}, official=frozenset({2025, 2026}))
NOV = {day: date(2026, 11, day) for day in range(1, 31)}
TODAY = NOV[24]


def clock(received: date | None, due: date | None, today: date = TODAY, **more: object) -> ClockView:
    return clock_view(received_on=received, due_on=due, today=today, calendar=CALENDAR, **more)  # type: ignore[arg-type]


def texts(view: ClockView) -> list[str]:
    return [cell.text for cell in view.cells]


def marked(view: ClockView, mark: str) -> list[str]:
    return [cell.text for cell in view.cells if mark in cell.marks]


def test_received_on_the_18th_with_five_working_days_two_are_left_on_the_24th():
    view = clock(NOV[18], NOV[25])
    assert (view.state, view.due_text, view.left_text) == (
        "soon",
        "11月25日（周三）24:00 前",
        "还剩 2 个工作日（含今天）",
    )
    assert view.short == "11月25日"
    assert texts(view) == ["18", "19", "20", "", "", "23", "24", "25"]
    assert marked(view, "receipt") == ["18"]
    assert marked(view, "gone") == ["19", "20", "23"]
    assert marked(view, "today") == ["24"]
    assert marked(view, "end") == ["25"]


def test_over_the_october_holiday_the_working_saturday_counts_and_is_underlined():
    view = clock(date(2026, 9, 29), date(2026, 10, 12), date(2026, 9, 30))
    assert view.due_text == "10月12日（周一）24:00 前"
    assert view.left_text == "还剩 5 个工作日（含今天）"
    assert view.state == "running"
    assert marked(view, "makeup") == ["10"]
    assert sum("off" in cell.marks for cell in view.cells) == 8


@pytest.mark.parametrize(
    ("today", "state", "left"),
    [
        (NOV[18], "running", "还剩 5 个工作日（不含今天）"),  # the day of receipt is not counted
        (NOV[20], "running", "还剩 4 个工作日（含今天）"),
        (NOV[21], "running", "还剩 3 个工作日（不含今天）"),  # a Saturday
        (NOV[23], "running", "还剩 3 个工作日（含今天）"),
        (NOV[24], "soon", "还剩 2 个工作日（含今天）"),
        (NOV[25], "last", "今天是最后一日"),
        (NOV[26], "overdue", "已超期 1 个工作日"),
        (NOV[27], "overdue", "已超期 2 个工作日"),
    ],
)
def test_the_words_change_at_two_at_one_and_after_the_end(today: date, state: str, left: str):
    view = clock(NOV[18], NOV[25], today)
    assert (view.state, view.left_text) == (state, left)


def test_an_overdue_term_names_the_day_and_hatches_each_day_late():
    view = clock(NOV[11], NOV[18])
    assert (view.due_text, view.left_text) == ("应于11月18日（周三）办结", "已超期 4 个工作日")
    assert marked(view, "late") == ["19", "20", "23", "24"]
    assert view.urgency == "late"


def test_late_by_a_weekend_only_is_late_but_not_a_working_day_late():
    view = clock(NOV[13], NOV[20], NOV[21])
    assert (view.state, view.left_text) == ("overdue", "已超期，不满 1 个工作日")


def test_done_in_time_tells_how_long_it_took():
    view = clock(NOV[12], NOV[19], done_on=NOV[17])
    assert (view.state, view.due_text, view.left_text) == (
        "done",
        "11月17日（周二）办结",
        "按期办结，用时 3 个工作日",
    )
    assert marked(view, "gone") == ["13", "16", "17"]
    assert marked(view, "today") == []


@pytest.mark.parametrize(("done", "state"), [(NOV[16], "done"), (NOV[17], "done"), (NOV[18], "late")])
def test_the_last_day_is_in_time_and_the_next_is_late(done: date, state: str):
    assert clock(NOV[10], NOV[17], done_on=done).state == state


def test_done_late_says_by_how_much():
    view = clock(NOV[10], NOV[17], done_on=NOV[19])
    assert view.left_text == "超期 2 个工作日后办结，用时 7 个工作日"
    assert marked(view, "late") == ["18", "19"]


def test_a_paused_clock_shows_no_days():
    view = clock(NOV[18], NOV[25], paused=True, term_days=5)
    assert (view.state, view.due_text, view.left_text) == ("paused", "已暂停", "裁定后重新起算 5 个工作日")
    assert view.cells == ()


def test_where_the_law_sets_no_term_the_clock_says_so_and_counts_the_waiting():
    view = clock(NOV[20], None)
    assert (view.state, view.due_text, view.left_text) == ("none", "无法定时限", "已等待 2 个工作日")
    assert clock(NOV[24], None).left_text == "今天收到"
    assert clock(None, None).left_text == ""


def test_a_term_in_a_year_without_notice_is_provisional_and_dashed():
    view = clock(date(2026, 12, 28), date(2027, 1, 5), date(2026, 12, 29))
    assert view.provisional == "暂定，公布后重算"
    assert marked(view, "provisional") == ["4", "5"]
    assert clock(date(2026, 12, 22), date(2026, 12, 29), date(2026, 12, 23)).provisional == ""


def test_calendar_days_are_a_bar_that_tells_which_day_it_is():
    view = clock(NOV[2], date(2026, 12, 2), unit="calendar", term_days=30, ends="24:00 自动停止")
    assert (view.state, view.due_text, view.left_text) == (
        "running",
        "12月2日（周三）24:00 自动停止",
        "第 22 日／30 日",
    )
    assert view.bar is not None
    assert view.bar.share == 73
    assert view.cells == ()


def test_an_expiry_far_ahead_can_be_told_early():
    due = date(2026, 12, 15)
    view = clock(date(2025, 12, 15), due, unit="calendar", ends="到期", soon=30)
    assert (view.state, view.due_text, view.left_text) == ("soon", "12月15日（周二）到期", "还剩 21 天（自然日）")
    gone = clock(date(2025, 12, 15), due, due + timedelta(days=1), unit="calendar", ends="到期")
    assert (gone.state, gone.due_text, gone.left_text) == (
        "overdue",
        "已于12月15日（周二）到期",
        "已超期 1 天（自然日）",
    )


def test_a_day_beyond_half_a_year_carries_its_year():
    assert clock(NOV[24], date(2027, 11, 24)).due_text.startswith("2027年11月24日（周三）")


@pytest.mark.parametrize(("term", "short"), [(13, False), (14, True)])
def test_more_than_fourteen_numbered_cells_are_shortened(term: int, short: bool):
    days = CALENDAR.working_days_after(NOV[2])
    due = [next(days) for _ in range(term)][-1]
    view = clock(NOV[2], due, NOV[6])
    assert ("⋯" in texts(view)) is short
    assert marked(view, "receipt") == ["2"]
    assert marked(view, "today") == ["6"]
    assert marked(view, "end") == [str(due.day)]


def test_what_follows_is_tagged_with_when():
    lapse, act = "由市大数据局决定是否移出", "台账自确认日改变"
    assert (clock(NOV[18], NOV[25], late_after=lapse).after_tag, clock(NOV[18], NOV[25], then=act).after_tag) == (
        "逾期",
        "随后",
    )
    done = clock(NOV[18], NOV[25], done_on=NOV[20], late_after=lapse, then=act)
    assert (done.after_tag, done.after_text) == ("随后", act)


def test_the_sentence_says_all_that_the_cells_draw():
    assert clock(NOV[18], NOV[25]).sentence == "11月25日（周三）24:00 前，还剩 2 个工作日（含今天）"
