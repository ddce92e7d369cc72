"""Article 10, second paragraph: each figure of the rules one below, at and one above it; why nothing is said, too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunheng.law.ch2_use.art10_advice import advise
from yunheng.law.ch2_use.art10_facts import KINDS, RESULTS, Advice, Watched
from yunheng.law.ch2_use.art10_idle import (
    RESERVES,
    Attachment,
    Filling,
    Line,
    Quiet,
    disk_oversized,
    disk_unattached,
    line_unused,
    machine_idle,
)
from yunheng.law.ch2_use.art10_restraint import cooled_down, sibling_idle, worth_it
from yunheng.law.ch2_use.art10_season import (
    Busy,
    Season,
    months_later,
    occurrences,
    outside_season,
    season_asked,
    season_measured,
)
from yunheng.law.ch2_use.art10_size import Load, Size, cores_needed, cpu_oversized, machine_undersized, memory_oversized
from yunheng.law.ch2_use.art10_use import Hour, Span, Spread, enough_heard, percentile, spread
from yunheng.law.kernel.parameters import Parameters, registry
from yunheng.law.kernel.period import Period

D, ONE = Decimal, timedelta(days=1)
TODAY = date(2026, 11, 24)
P = Parameters(TODAY)
LADDER = (Size(1, 4, "1c4g", D(80)), Size(2, 4, "2c4g", D(120)), Size(2, 8, "2c8g", D(150)), Size(4, 8, "4c8g", D(240)))
MONTH = 30 * 24


def of(hours: int = MONTH, **figures: str) -> Spread:
    given = {"p95": "1", "p995": "1", "busiest": "1", "peak": "1", "mean_p95": "1", "mean_peak": "1"} | figures
    return Spread(hours, **{name: D(value) for name, value in given.items()})


def watched(**more: object) -> Watched:
    facts = Watched(
        now=LADDER[3], season=Season(TODAY, (), (), 24), age_days=400, steady_days=400, short=of(), full=of(2 * MONTH),
        network=of(mean_p95="10", mean_peak="90"), disk=of(mean_p95="5"), memory=None, highest=D("0.1"), ladder=LADDER,
    )  # fmt: skip
    return replace(facts, **more)  # type: ignore[arg-type]


BUSY_HOURS = {"network": of(mean_p95="50000"), "short": of(p95="10", peak="40"), "full": of(2 * MONTH, p995="20")}


def said(facts: Watched) -> dict[str, Advice]:
    return {advice.kind: advice for advice in advise(facts, P)}


# ---- what is measured -------------------------------------------------------------------------------------------


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [D(n) for n in range(1, 101)]
    assert percentile(values, Fraction(95, 100)) == 95
    assert percentile(values, Fraction(995, 1000)) == 100
    assert percentile([D(7)], Fraction(1, 1000)) == 7


@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=60), st.sampled_from([Fraction(95, 100), Fraction(995, 1000)])
)
def test_at_least_the_share_lies_at_or_below_a_percentile_and_less_below_it(values: list[int], share: Fraction) -> None:
    found = percentile([D(v) for v in values], share)
    assert sum(v <= found for v in values) >= share * len(values) > sum(v < found for v in values)


def test_nothing_heard_is_no_zero() -> None:
    assert spread([]) is None
    assert spread([Hour(D(1), D(2), D(3))]) == Spread(1, D(2), D(2), D(2), D(3), D(1), D(1))


@pytest.mark.parametrize(
    ("span", "state", "why"),
    [
        (Span(30, 612, 30, 30), "ok", "有85%的小时"),
        (Span(30, 611, 30, 30), "undetermined", "只有84.8%的小时"),
        (Span(30, 613, 30, 30), "ok", "有85.1%"),
        (Span(30, 720, 29, 29), "undetermined", "开通仅29天"),
        (Span(30, 720, 31, 29), "undetermined", "规格变更仅29天"),
        (Span(30, 720, 31, 31), "ok", "有100%"),
    ],
)
def test_too_young_too_sparse_or_resized_is_undetermined_with_the_reason(span: Span, state: str, why: str) -> None:
    verdict = enough_heard(span, P)
    assert verdict.state == state
    assert why in verdict.sentence
    assert not verdict.waivable


# ---- idle -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cpu", "network", "disk", "against"),
    [
        ({"p95": "2.999", "peak": "19.999"}, {"mean_p95": "1999.999", "mean_peak": "99999.999"}, "9999.999", ""),
        ({"p95": "3"}, {}, "1", "CPU的P95"),
        ({"p95": "3.001"}, {}, "1", "CPU的P95"),
        ({"peak": "20"}, {}, "1", "CPU最高值"),
        ({"peak": "20.001"}, {}, "1", "CPU最高值"),
        ({}, {"mean_p95": "2000"}, "1", "网络收发的P95"),
        ({}, {"mean_p95": "2000.001"}, "1", "网络收发的P95"),
        ({}, {"mean_peak": "100000"}, "1", "网络最高的一小时"),
        ({}, {}, "10000", "磁盘写入的P95"),
        ({}, {}, "10000.001", "磁盘写入的P95"),
    ],
)
def test_idle_is_quiet_in_everything(cpu: dict[str, str], network: dict[str, str], disk: str, against: str) -> None:
    verdict = machine_idle(Quiet(of(**cpu), of(**network), of(mean_p95=disk)), P)
    assert verdict.state == ("ok" if against else "need")
    assert [row.what for row in verdict.rows if row.hit] == ([against] if against else [])
    assert against in verdict.sentence


def test_a_quiet_machine_without_figures_of_its_network_is_not_called_idle() -> None:
    assert machine_idle(Quiet(of(), None, None), P).state == "undetermined"
    assert machine_idle(Quiet(of(), of(), None), P).state == "need"
    assert machine_idle(Quiet(of(p95="50"), None, None), P).sentence == "在用：CPU的P95为50%"


@pytest.mark.parametrize("role", ["standby", "disaster", "backup"])
def test_what_stands_by_is_not_idle(role: str) -> None:
    found = machine_idle(Quiet(of(), of(), None, role), P)
    assert (found.state, found.sentence) == ("ok", f"{dict(RESERVES)[role]}平时没有负载，不算闲置")
    answer = said(watched(**BUSY_HOURS, role=role))["cpu"]
    assert (answer.result, answer.verdict.rule) == ("quiet", "no_reserve")  # it has to bear another's load


@pytest.mark.parametrize(("days", "state"), [(None, "ok"), (29, "ok"), (30, "need"), (31, "need")])
def test_a_disk_is_unattached_after_thirty_days(days: int | None, state: str) -> None:
    assert disk_unattached(Attachment(days), P).state == state


@pytest.mark.parametrize(
    ("filling", "state"),
    [
        (Filling(D("29.9"), D("29.9"), 90), "need"),
        (Filling(D(30), D(30), 90), "ok"),
        (Filling(D("30.1"), D("30.1"), 90), "ok"),
        (Filling(D(10), D(12), 90), "need"),
        (Filling(D(10), D("12.1"), 91), "ok"),
        (Filling(D(10), D(10), 89), "undetermined"),
    ],
)
def test_a_disk_is_large_when_little_is_used_and_nothing_grows(filling: Filling, state: str) -> None:
    assert disk_oversized(filling, P).state == state


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (Line(of(mean_peak="99")), "need"),
        (Line(of(mean_peak="100")), "need"),
        (Line(of(mean_peak="101")), "ok"),
        (Line(of(mean_peak="101"), back_ends=0), "need"),
        (Line(None, back_ends=2), "undetermined"),
    ],
)
def test_a_line_without_traffic_or_without_back_end_is_unused(line: Line, state: str) -> None:
    assert line_unused(line, P).state == state


# ---- size -------------------------------------------------------------------------------------------------------


def load(**more: object) -> Load:
    return replace(Load(Size(4, 8), of(2 * MONTH), D(0), LADDER), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "need", "to"),
    [
        (load(cpu=of(p995="34.999")), "1.999942857142857142857142857", 2),
        (load(cpu=of(p995="35")), "2", 2),
        (load(cpu=of(p995="35.001")), "2.000057142857142857142857143", None),
        (load(cpu=of(busiest="45")), "2", 2),
        (load(cpu=of(busiest="45.001")), "2.000044444444444444444444444", None),
        (load(highest=D(2)), "2", 2),
        (load(highest=D("2.001")), "2.001", None),
        (load(sibling=D(35)), "2", 2),
        (load(sibling=D("35.001")), "2.000057142857142857142857143", None),
    ],
)
def test_fewer_cores_when_the_next_real_item_is_at_most_half(facts: Load, need: str, to: int | None) -> None:
    assert cores_needed(facts, P) == D(need)
    verdict = cpu_oversized(facts, P)
    assert verdict.state == ("ok" if to is None else "need")
    assert verdict.sentence.startswith("大小合适" if to is None else f"偏大：4核可降为{to}核")


def test_only_what_the_catalogue_offers_is_suggested_and_never_less_memory() -> None:
    thin = (Size(1, 4), Size(2, 4), Size(4, 8))
    verdict = cpu_oversized(load(ladder=thin), P)
    assert verdict.sentence.endswith("目录中没有合适的更小规格")
    assert cpu_oversized(load(ladder=()), P).state == "ok"


@pytest.mark.parametrize(("peak", "state"), [(None, "ok"), ("39.999", "need"), ("40", "need"), ("40.001", "ok")])
def test_where_the_catalogue_pairs_cores_and_memory_the_guest_has_its_word(peak: str | None, state: str) -> None:
    facts = load(ladder=(Size(2, 4), Size(4, 8)), memory=None if peak is None else of(peak=peak))
    assert cpu_oversized(facts, P).state == state


@pytest.mark.parametrize(
    ("peak", "state"), [(None, "undetermined"), ("39.999", "need"), ("40", "need"), ("40.001", "ok")]
)
def test_memory_shrinks_by_the_word_of_the_guest_alone(peak: str | None, state: str) -> None:
    facts = load(memory=None if peak is None else of(peak=peak), ladder=(*LADDER, Size(4, 4)))
    assert memory_oversized(facts, P).state == state


@pytest.mark.parametrize(
    ("cpu", "memory", "state"),
    [("79.9", "90", "ok"), ("80", "90", "ok"), ("80.1", "1", "need"), ("1", "90.1", "need")],
)
def test_too_small_is_a_notice(cpu: str, memory: str, state: str) -> None:
    assert machine_undersized(load(cpu=of(p95=cpu), memory=of(p95=memory)), P).state == state
    assert machine_undersized(load(cpu=of(p95=cpu)), P).state == ("need" if cpu == "80.1" else "ok")


# ---- season, restraint ------------------------------------------------------------------------------------------

QUARTER = Busy("季末", date(2026, 9, 19), date(2026, 9, 27), "quarterly")
HEARD = (Period(date(2025, 1, 1), date(2027, 1, 1)),)


@pytest.mark.parametrize(
    ("on", "holds"),
    [
        (date(2026, 8, 19), True),
        (date(2026, 8, 20), False),
        (date(2026, 8, 21), False),
        (date(2026, 9, 27), False),
        (date(2026, 9, 28), True),
        (date(2026, 11, 18), True),
        (date(2026, 11, 19), False),
        (date(2025, 12, 27), False),
    ],
)
def test_nothing_is_suggested_in_a_season_nor_thirty_days_before(on: date, holds: bool) -> None:
    verdict = outside_season(Season(on, (QUARTER,), HEARD), P)
    assert verdict.holds is holds
    assert ("季末" in verdict.sentence) is not holds


@pytest.mark.parametrize(
    ("heard", "state"),
    [
        ((Period(date(2026, 9, 19), date(2026, 9, 28)),), "ok"),
        ((Period(date(2026, 9, 20), date(2026, 9, 28)),), "ok"),
        ((Period(date(2026, 9, 20), date(2026, 9, 27)),), "undetermined"),
        ((Period(date(2026, 9, 28), TODAY),), "undetermined"),
    ],
)
def test_a_season_that_nobody_measured_leaves_everything_undetermined(heard: tuple[Period, ...], state: str) -> None:
    assert season_measured(Season(date(2026, 10, 1), (QUARTER,), heard), P).state == state


def test_a_period_that_never_comes_again_binds_only_until_its_end() -> None:
    once = replace(QUARTER, recurs="once")
    assert season_measured(Season(date(2026, 9, 27), (once,), ()), P).state == "undetermined"
    assert season_measured(Season(date(2026, 9, 28), (once,), ()), P).holds
    assert outside_season(Season(date(2027, 9, 20), (once,), ()), P).holds


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.sampled_from(["yearly", "quarterly", "monthly", "once"]),
       st.integers(0, 40), st.dates(date(2021, 1, 1), date(2029, 12, 31)))  # fmt: skip
def test_a_period_comes_again_every_so_many_months_and_touches_what_was_asked(
    first: date, recurs: str, days: int, asked: date
) -> None:
    busy, around = Busy("忙", first, first + days * ONE, recurs), Period(asked, asked + 31 * ONE)
    found = list(occurrences(busy, around))
    assert all(span.clip(around) for span in found)
    step = {"yearly": 12, "quarterly": 3, "monthly": 1}.get(recurs)
    wanted = [
        span
        for n in (range(-140, 141) if step else (0,))
        if (span := Period(months_later(busy.first, n * (step or 0)), months_later(busy.last, n * (step or 0)) + ONE))
        and span.clip(around)
    ]
    assert found == wanted


def test_the_end_of_a_month_stays_in_its_month() -> None:
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert months_later(date(2026, 1, 31), -2) == date(2025, 11, 30)


@pytest.mark.parametrize(("months", "holds"), [(12, False), (13, True), (14, True)])
def test_a_young_system_without_a_calendar_is_asked_for_its_season_first(months: int, holds: bool) -> None:
    assert season_asked(Season(TODAY, (), (), months), P).holds is holds
    assert season_asked(Season(TODAY, (QUARTER,), (), months), P).holds


@pytest.mark.parametrize(("days", "holds"), [(89, False), (90, True), (91, True)])
def test_nobody_is_asked_again_within_ninety_days(days: int, holds: bool) -> None:
    assert cooled_down((TODAY, TODAY - days * ONE), P).holds is holds
    assert cooled_down((TODAY, None), P).holds


@pytest.mark.parametrize(("saving", "holds"), [("49.99", False), ("50.00", True), ("50.01", True), (None, True)])
def test_what_saves_too_little_is_not_suggested(saving: str | None, holds: bool) -> None:
    assert worth_it(None if saving is None else D(saving), P).holds is holds


@pytest.mark.parametrize(("peak", "holds"), [("19.9", True), ("20", False), ("20.1", False), (None, True)])
def test_the_reserve_of_a_busy_sibling_is_not_idle(peak: str | None, holds: bool) -> None:
    assert sibling_idle(None if peak is None else D(peak), P).holds is holds


# ---- together ---------------------------------------------------------------------------------------------------


def test_an_idle_machine_is_given_back_whole_and_not_made_smaller_as_well() -> None:
    answers = said(watched())
    assert list(answers) == ["idle", "undersized"]
    assert (answers["idle"].result, answers["idle"].to, answers["idle"].saving) == ("advise", None, D(240))
    assert not answers["idle"].ask


def test_a_busy_machine_that_is_too_large_gets_the_next_real_item_and_its_saving() -> None:
    answer = said(watched(**BUSY_HOURS))["cpu"]
    assert (answer.result, answer.to, answer.saving) == ("advise", LADDER[2], D(90))
    assert dict(answer.verdict.parameters)["oversized_target"] == "70%"


def test_the_shorter_window_only_informs() -> None:
    young = watched(**BUSY_HOURS, age_days=59, steady_days=59)
    assert said(young)["cpu"].result == "inform"
    assert said(replace(young, age_days=60, steady_days=60))["cpu"].result == "advise"
    assert said(replace(young, age_days=29, steady_days=29))["cpu"].result == "undetermined"


@pytest.mark.parametrize(
    ("facts", "rule", "result"),
    [
        (watched(season=Season(date(2026, 9, 20), (QUARTER,), HEARD)), "outside_season", "quiet"),
        (watched(season=Season(date(2026, 10, 1), (QUARTER,), ())), "season_measured", "undetermined"),
        (watched(age_days=3), "enough_heard", "undetermined"),
        (watched(short=None), "enough_heard", "undetermined"),
        (watched(network=of(611)), "machine_idle", "undetermined"),
        (watched(**BUSY_HOURS), "machine_idle", "quiet"),
        (watched(sibling=D(50)), "sibling_idle", "quiet"),
        (watched(advised_on=TODAY - ONE), "cooled_down", "quiet"),
        (watched(now=Size(1, 4, "x", D(49))), "worth_it", "quiet"),
    ],
)
def test_why_nothing_is_said_is_an_answer(facts: Watched, rule: str, result: str) -> None:
    answer = said(facts)["idle"]
    assert (answer.verdict.rule, answer.result) == (rule, result)
    assert answer.verdict.sentence


@pytest.mark.parametrize(("hours", "result"), [(1223, "quiet"), (1224, "advise"), (1225, "advise")])
def test_a_guest_heard_too_rarely_has_no_word_on_memory(hours: int, result: str) -> None:
    facts = watched(**BUSY_HOURS, memory=of(hours, peak="20"), ladder=(Size(2, 4, "2c4g", D(120)), LADDER[3]))
    assert said(facts)["cpu"].result == result


def test_memory_is_judged_by_its_own_hours() -> None:
    small = replace(LADDER[3], memory=4, sku="4c4g", monthly=D(180))
    facts = watched(**BUSY_HOURS, memory=of(2 * MONTH, peak="20"), ladder=(*LADDER, small))
    assert (said(facts)["memory"].result, said(facts)["memory"].to) == ("advise", small)
    assert said(replace(facts, memory=of(10, peak="20")))["memory"].verdict.rule == "enough_heard"
    assert said(replace(facts, full=None))["memory"].result == "undetermined"
    assert said(watched(**BUSY_HOURS))["memory"].verdict.sentence.startswith("没有操作系统内的内存数据")


def test_a_young_undeclared_system_is_asked_beside_the_advice() -> None:
    assert said(watched(season=Season(TODAY, (), (), 12)))["idle"].ask


def test_every_answer_has_a_name_and_no_figure_of_article_10_decides_anything() -> None:
    kinds, results = {code for code, _ in KINDS}, {code for code, _ in RESULTS}
    for facts in (watched(), watched(**BUSY_HOURS), watched(short=of(p95="90"))):
        assert {answer.kind for answer in advise(facts, P)} <= kinds
        assert {answer.result for answer in advise(facts, P)} <= results
    names = ("advice_", "idle_", "oversized_", "disk_", "undersized_", "season_", "backtest_", "woke_", "overrun_")
    assert all(one.product for name, one in registry().items() if name.startswith(names))
