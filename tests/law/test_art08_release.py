"""Article 8: each condition of a release at its boundary; what is not required is a result; 应 has no waiver."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunheng.law.ch2_use.art08_evidence import (
    ALWAYS,
    CONCLUSIONS,
    KINDS,
    NOT_REQUIRED,
    Claim,
    conclusion_zh,
    good_enough,
    holds_until,
    months_later,
    not_required_allowed,
)
from yunheng.law.ch2_use.art08_release import Assessed, Gate, Resource, conditions, first_expiry, releasable
from yunheng.law.ch4_security.art21_data import CLASSES, Data, data_declared
from yunheng.law.kernel.parameters import Parameters

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
P = Parameters(DAY)
ONE, SECOND = timedelta(days=1), timedelta(seconds=1)
GOOD = {"system_test": "passed", "mlps": "good", "crypto": "fit", "software": "passed"}
ALL = tuple(Assessed(kind, GOOD[kind], DAY - 30 * ONE, DAY + 300 * ONE, level=3) for kind in ALWAYS)
HOST = Resource("S-2026-0001 i-1", AT - 90 * ONE, AT - SECOND)
OPEN = Gate(AT, DAY, 3, ALL, (HOST,), 1, Data((), masked=False))


def red(gate: Gate) -> dict[str, str]:
    return {one.kind: one.reason for one in conditions(gate, P) if one.state == "red"}


def but(kind: str, **changed: object) -> Gate:
    """The gate with one assessment different."""
    return replace(OPEN, assessed=[replace(a, **changed) if a.kind == kind else a for a in ALL])  # type: ignore[arg-type]


def test_everything_in_order_opens_the_gate_and_each_condition_is_a_row() -> None:
    verdict = releasable(OPEN, P)
    assert (verdict.state, verdict.cite.key, verdict.force.value) == ("ok", "8", "应")
    assert [row.what for row in verdict.rows] == [*(dict(KINDS)[k] for k in ALWAYS), "云资源监控插件", "数据分类分级"]
    assert {row.outcome for row in verdict.rows} == {"满足"}
    assert dict(verdict.parameters) == {"heartbeat_hours": "24小时"}


@pytest.mark.parametrize("kind", ALWAYS)
def test_a_conclusion_holds_through_its_last_day(kind: str) -> None:
    for days, words in ((-1, f"{dict(KINDS)[kind]}11月23日到期"), (0, None), (1, None)):
        assert red(but(kind, valid_until=DAY + days * ONE)).get(kind) == words


def test_every_gap_is_named_at_once_and_nobody_can_depart_from_one() -> None:
    nothing = Gate(AT, DAY, 3, [Assessed(kind) for kind in ALWAYS], (), 0, None)
    verdict = releasable(nothing, P)
    assert not verdict.holds
    assert not verdict.waivable
    assert verdict.sentence == (
        "不能发布：没有系统测试的结论；没有等级保护测评的结论；没有密码测评的结论；没有软件测评的结论；"
        "系统还没有在用的云资源；没有申报数据分类"
    )
    assert all(row.hit for row in verdict.rows)


@pytest.mark.parametrize(
    ("silent", "red_now"), [(timedelta(hours=24) - SECOND, False), (timedelta(hours=24), False), (timedelta(hours=24) + SECOND, True)]
)  # fmt: skip
def test_a_plugin_was_heard_within_24_hours(silent: timedelta, *, red_now: bool) -> None:
    heard = replace(OPEN, resources=(HOST, replace(HOST, name="S-2026-0001 i-2", heard_at=AT - silent)))
    assert ("plugin" in red(heard)) is red_now
    if red_now:
        assert red(heard)["plugin"] == "S-2026-0001 i-2超过24小时未上报"
        assert "1／2 个实例" in releasable(heard, P).rows[4].how


@pytest.mark.parametrize(("age", "late"), [(24, False), (25, True)])
def test_a_resource_added_to_a_released_system_has_the_same_hours_to_be_heard(age: int, *, late: bool) -> None:
    fresh = replace(HOST, opened_at=AT - timedelta(hours=age), heard_at=None)
    assert ("plugin" in red(replace(OPEN, resources=(fresh,), released=True))) is late
    assert red(replace(OPEN, resources=(fresh,)))["plugin"].endswith("没有上报过")


def test_a_system_without_compute_needs_no_plugin_and_one_without_resources_is_not_ready() -> None:
    assert red(replace(OPEN, resources=(), running=2)) == {}
    assert set(red(replace(OPEN, resources=(), running=0))) == {"plugin"}
    many = replace(OPEN, resources=[replace(HOST, name=f"i-{n}", heard_at=None) for n in range(5)])
    assert red(many)["plugin"].endswith("等 5 个实例")


@pytest.mark.parametrize("level", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["system_test", "mlps", "crypto", "software", "penetration"])
def test_what_may_be_not_required_depends_on_kind_and_level(kind: str, level: int) -> None:
    free = kind in ("software", "penetration") or (kind != "system_test" and level < 3)
    assert not_required_allowed(Claim(kind, level, "依据"), P).holds is free
    assert not not_required_allowed(Claim(kind, level, " "), P).holds


def test_not_required_counts_once_the_centre_confirmed_it_and_only_for_that_level() -> None:
    claim = {"conclusion": NOT_REQUIRED, "concluded_on": None, "valid_until": None}
    at_2 = replace(but("crypto", **claim, level=2), level=2)
    assert red(at_2)["crypto"] == "待服务中心确认不需要"
    confirmed = replace(but("crypto", **claim, level=2, confirmed=True), level=2)
    assert red(confirmed) == {}
    assert next(one.state for one in conditions(confirmed, P) if one.kind == "crypto") == "none"
    assert red(replace(confirmed, level=3))["crypto"] == "按2级认定，系统现为3级"


def test_every_conclusion_has_a_word_and_a_bad_one_keeps_the_gate_shut() -> None:
    for kind, found in CONCLUSIONS.items():
        for code, zh, good in found:
            assert conclusion_zh(kind, code) == zh
            assert good_enough(kind, code) is good
            if kind in ALWAYS:
                assert (red(but(kind, conclusion=code)) == {}) is good
    assert conclusion_zh("mlps", NOT_REQUIRED) == "不需要"


def test_a_broken_condition_of_a_released_system_is_said_as_such() -> None:
    assert releasable(replace(OPEN, data=None, released=True), P).sentence == "发布条件不再满足：没有申报数据分类"


@pytest.mark.parametrize(
    ("kind", "level", "last"),
    [("mlps", 1, date(2028, 11, 24)), ("mlps", 2, date(2028, 11, 24)), ("mlps", 3, date(2027, 11, 24)),
     ("mlps", 4, date(2027, 5, 24)), ("crypto", 2, date(2027, 11, 24)), ("software", 3, None), ("system_test", 3, None)],
)  # fmt: skip
def test_an_assessment_holds_for_the_cycle_of_its_kind_and_level(kind: str, level: int, last: date | None) -> None:
    assert holds_until(kind, level, DAY, P) == last


@given(st.dates(date(1990, 1, 1), date(2190, 1, 1)), st.integers(0, 60))
def test_months_later_keeps_the_day_or_takes_the_last_one(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + ONE).day == 1)


@given(st.sets(st.sampled_from([code for code, _ in CLASSES])), st.booleans())
def test_data_are_declared_and_what_is_sensitive_is_masked(classes: set[str], masked: bool) -> None:
    verdict = data_declared(Data(tuple(classes), masked), P)
    assert verdict.holds is (masked or not classes)
    assert verdict.cite.key == "21"


def test_the_nearest_last_day_is_that_of_a_conclusion_that_still_holds() -> None:
    assert first_expiry(but("mlps", valid_until=DAY)) == DAY
    assert first_expiry(but("mlps", valid_until=DAY - ONE)) == DAY + 300 * ONE
    assert first_expiry(replace(OPEN, assessed=())) is None
