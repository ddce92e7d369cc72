"""Drawings made on the server: nothing lies upon anything else, and every piece can be reached."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from yunheng.interfaces.web.components import (
    DayUse,
    HourUse,
    Lane,
    Level,
    Limit,
    Part,
    Piece,
    Segment,
    TimelineView,
    band_bar,
    daily_chart,
    hourly_chart,
    limit_bar,
    month_view,
    step_bar,
    timeline_view,
)
from yunheng.interfaces.web.components.band import day_band
from yunheng.interfaces.web.components.labels import LabelBox, place_labels
from yunheng.interfaces.web.components.steps import StepItem
from yunheng.law.kernel.terms import Calendar

START, END = date(2026, 3, 1), date(2026, 10, 1)


def drawing(pieces: list[Piece], **more: object) -> TimelineView:
    lanes = (Lane("数量", (Segment(START, END, "4 台"),)),)
    values: dict[str, object] = {"start": START, "end": END, "lanes": lanes, "cuts": (), "pieces": pieces, **more}
    return timeline_view(**values)  # type: ignore[arg-type]


def overlapping(labels: list[LabelBox]) -> list[tuple[str, str]]:
    shown = [box for box in labels if box.text]
    return [
        (a.text, b.text)
        for n, a in enumerate(shown)
        for b in shown[n + 1 :]
        if a.row == b.row and a.x0 < b.x1 and b.x0 < a.x1
    ]


@pytest.mark.parametrize("apart", [5, 12, 24, 40, 59, 60, 90])
def test_labels_of_posts_close_together_never_overlap(apart: int):
    posts = [(120.0 + apart * n, f"8-{n:02d} 暂停服务") for n in range(6)]
    labels = place_labels(posts, left=0, right=1010)
    assert overlapping(labels) == []
    assert all(box.x0 >= 0 and box.x1 <= 1010 for box in labels)


@pytest.mark.parametrize("apart", [24, 40])
def test_no_line_of_a_post_runs_through_the_label_of_another(apart: int):
    labels = place_labels([(200.0 + apart * n, f"8-{n:02d} 恢复") for n in range(4)], left=0, right=1010)
    for low in labels:
        crossing = [high for high in labels if high.row > low.row and low.x0 < high.post < low.x1]
        assert crossing == []


def test_labels_with_room_stay_in_one_row_over_their_posts():
    labels = place_labels([(100.0, "3-17 开通"), (400.0, "5-11 变更")], left=0, right=1010)
    assert [(box.row, box.anchor) for box in labels] == [(0, "middle"), (0, "middle")]


def test_a_label_without_any_place_is_left_out_and_its_post_stays():
    labels = place_labels([(500.0 + n, "很长的一个变更标题") for n in range(30)], left=0, right=1010)
    assert len(labels) == 30
    assert overlapping(labels) == []


def test_the_piece_in_question_is_marked_and_its_column_tinted():
    middle = date(2026, 6, 1)
    view = drawing([Piece(1, START, middle, "fund", "/p/1"), Piece(2, middle, END, "unit", "/p/2")], highlight=2)
    assert [box.on for box in view.pieces] == [False, True]
    assert view.column is not None
    assert view.column.x == view.pieces[1].x
    assert view.pieces[1].title == "第 2 段，6-01至9-30，用户单位自付"


def test_a_piece_too_narrow_to_hit_is_no_link_and_too_narrow_to_read_has_no_number():
    def width(days: int) -> tuple[str, str]:
        box = drawing([Piece(7, START, START + timedelta(days=days), "fund", "/p/7")]).pieces[0]
        return box.text, box.href

    assert width(2) == ("", "")
    assert width(4) == ("7", "")
    assert width(10) == ("7", "/p/7")


def test_months_have_names_when_there_is_room_and_years_when_there_is_not():
    assert [m.name for m in drawing([]).axis] == ["3月", "4月", "5月", "6月", "7月", "8月", "9月"]
    long = drawing([], start=date(2022, 1, 1), end=date(2027, 1, 1))
    assert [m.name for m in long.axis if m.name] == ["2022年", "2023年", "2024年", "2025年", "2026年"]
    two = drawing([], start=date(2025, 10, 1), end=date(2026, 10, 1))
    assert {"10月", "2025年", "2026年"} <= {m.name for m in two.axis}


def test_a_text_that_does_not_fit_its_bar_is_kept_in_the_title():
    short = Segment(START, START + timedelta(days=5), "912.00 元／台·月")
    box = drawing([], lanes=(Lane("单价", (short,)),)).lanes[0].boxes[0]
    assert box.text == ""
    assert box.title == "912.00 元／台·月 3-01至3-05"


@pytest.mark.parametrize("value", [Decimal(0), Decimal(94320), Decimal(100000), Decimal(500000)])
def test_a_figure_against_its_limits_stays_inside_the_drawing(value: Decimal):
    limits = (Limit(Decimal(87912), "原费用的 30%", hit=value > 87912), Limit(Decimal(100000), "10 万元"))
    view = limit_bar(label="新增费用", value=value, limits=limits)
    assert 0 <= view.bar_width <= view.track
    assert all(view.left <= mark.x <= view.width for mark in view.marks)
    assert view.marks[0].above is (value > 87912)
    assert view.words.startswith("新增费用 ")


def test_a_month_begins_on_monday_and_tells_in_words_what_it_shows():
    calendar = Calendar(
        off={date(2026, 10, 1): "国庆节"}, work={date(2026, 10, 10): "国庆节"}, official=frozenset({2026})
    )
    view = month_view(
        year=2026,
        month=10,
        today=date(2026, 10, 9),
        calendar=calendar,
        marks={date(2026, 10, 12): "soon"},
    )
    by_day = {day.number: day for week in view.weeks for day in week if "out" not in day.marks}
    assert view.weeks[0][0].number == 28
    assert (by_day[1].words, by_day[9].words, by_day[10].words) == ("非工作日", "今天", "调休上班")
    assert by_day[12].words == "两个工作日内截止"
    assert view.provisional is False


def test_the_step_bar_tells_a_phone_where_it_stands():
    items = [StepItem("提交"), StepItem("受理"), StepItem("审批")]
    view = step_bar(items, current=1)
    assert [step.place for step in view.steps] == ["past", "current", "future"]
    assert view.place_words == "第 2 步，共 3 步"
    assert step_bar(items, current=3).place_words == "3 步已全部完成"


def test_the_band_of_days_has_one_today():
    band = day_band(today=date(2026, 11, 24), calendar=Calendar())
    assert [day.kind for day in band.days].count("today") == 1
    assert {"gone", "today", "ahead", "off"} == {day.kind for day in band.days}


def test_two_limits_side_by_side_stand_on_both_sides_of_the_bar() -> None:
    near = (Limit(Decimal(87000), "原费用的30%：87,000.00元　未超过"), Limit(Decimal(100000), "100,000.00元　未达到"))
    below, above = limit_bar(label="新增费用", value=Decimal(645), limits=near).marks
    assert (below.above, above.above, above.hit) == (False, True, False)
    far = (Limit(Decimal(1000), "甲"), Limit(Decimal(100000), "乙"))
    assert [mark.above for mark in limit_bar(label="新增费用", value=Decimal(645), limits=far).marks] == [False, False]


@pytest.mark.parametrize("count", [1, 2, 60, 400])
def test_use_by_day_stays_inside_its_drawing_and_a_day_not_measured_is_a_gap(count: int) -> None:
    days = [DayUse(START + timedelta(days=n), n % 7 * 9.0, n % 7 * 5.0) for n in range(count) if n != 30]
    levels = [
        Level(100, "现有规格", "capacity"),
        Level(50, "建议规格", "capacity"),
        Level(45, "最高值"),
        Level(44, "P99.5"),
    ]
    view = daily_chart(label="i-1 CPU", unit="%", days=days, levels=levels)
    assert view is not None
    assert len(view.bars) == len(days)
    assert all(view.left <= x and x + width <= view.width and 0 <= y <= view.bottom for x, y, width, _, _ in view.bars)
    assert len(view.lines) + len(view.dots) == (2 if count > 30 else 1)
    assert view.narrow is not None
    for panel in (view, view.narrow):
        boxes = [line.words.box for line in panel.levels if line.words]
        boxes += [panel.peak.words.box] if panel.peak and panel.peak.words else []
        assert all(panel.left <= box[0] and box[2] <= panel.width and box[1] >= 0 for box in boxes[: len(panel.levels)])
        pairs = [(a, b) for n, a in enumerate(boxes) for b in boxes[n + 1 :]]
        assert not [1 for a, b in pairs if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]
        assert panel.told is (len([line for line in panel.levels if line.words]) < len(levels))
        assert all(b[0] - a[0] >= 36 for a, b in zip(panel.ticks, panel.ticks[1:], strict=False))
    assert all(level.words in view.words for level in levels)
    assert all(b[0] - a[0] >= 40 for a, b in zip(view.ticks, view.ticks[1:], strict=False))
    assert view.rows[-1][0] >= 0
    assert 3 <= len(view.rows) <= 7


def test_nothing_measured_is_no_drawing_and_zero_is_one() -> None:
    assert daily_chart(label="i-1", unit="%", days=[DayUse(START, None, None)]) is None
    assert daily_chart(label="i-1", unit="%", days=[]) is None
    assert daily_chart(label="i-1", unit="%", days=[DayUse(START, 0.0, 0.0)]) is not None


def test_hours_are_drawn_at_the_wall_clock_of_the_city_and_the_days_asked_for_are_whole() -> None:
    hours = [HourUse(datetime(2026, 5, 19, hour, tzinfo=UTC), 9.0, 5.0, 2.0) for hour in (16, 17, 20)]
    view = hourly_chart(label="i-1 CPU", unit="%", since=date(2026, 5, 20), until=date(2026, 5, 21), hours=hours)
    assert view is not None
    per_hour = (view.width - view.left) / 48
    assert [round((x + width / 2 - view.left) / per_hour, 1) for x, _, width, _, _ in view.bars] == [0.5, 1.5, 4.5]
    assert view.bars[2][4] == "5-20 04时，最高9%"
    assert (len(view.lines), len(view.dots), len(view.means)) == (1, 1, 1)  # an hour between was not heard
    assert [name for _, name in view.ticks][:3] == ["5-20", "6时", "12时"]
    assert "9%（5-20 00时）" in view.words
    assert hourly_chart(label="i-1", unit="%", since=START, until=START, hours=[]) is None


def test_a_level_that_was_not_the_same_on_all_days_is_drawn_in_steps() -> None:
    days = [DayUse(START + timedelta(days=n), 4.0, 2.0) for n in range(4)]
    level = Level(8, "台账规格8核", "capacity", ((START, 16.0), (START + timedelta(days=2), 8.0)))
    view = daily_chart(label="系统", unit="核", days=days, levels=[level])
    assert view is not None
    places = [tuple(map(float, pair.split(","))) for pair in view.levels[0].points.split()]
    assert [x for x, _ in places] == [48, 404, 404, 760]
    assert places[0][1] == places[1][1] < places[2][1] == places[3][1]


@pytest.mark.parametrize("shares", [(20, 20, 20, 20, 20), (0, 0, 0, 0, 100), (99, 0.5, 0.5, 0, 0), (0, 0, 0, 0, 0)])
def test_bands_lie_side_by_side_and_a_band_too_narrow_for_its_share_says_it_in_words(shares: tuple[float, ...]) -> None:
    view = band_bar(label="互联网区", parts=[Part(f"档{n}", share) for n, share in enumerate(shares)])
    assert sum(box.width for box in view.boxes) == pytest.approx(view.width * sum(shares) / 100, abs=0.1)
    assert all(a.x + a.width == pytest.approx(b.x, abs=0.02) for a, b in zip(view.boxes, view.boxes[1:], strict=False))
    assert [box.text for box in view.boxes if box.width < 20] == [""] * len([s for s in shares if 0 < s < 5])
    assert all(f"档{n}占" in view.words for n in range(5))
