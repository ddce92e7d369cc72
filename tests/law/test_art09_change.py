"""Article 9: the two limits at their boundaries, the citation of the first periodic case, splitting, the effective day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.test_machines import reached
from yunheng.law.ch1_general.art04_adjustment import unit_heard
from yunheng.law.ch2_use.art09_carrying_out import (
    ChangeList,
    EffectiveDay,
    change_sound,
    effective_day_valid,
    nothing_changed_yet,
)
from yunheng.law.ch2_use.art09_change import PAPERS, FeeChange, justification_required
from yunheng.law.ch2_use.art09_citation import Citation, months_before
from yunheng.law.ch2_use.art09_machine import CHANGE, WAY_OF_BUREAU
from yunheng.law.ch2_use.art09_splitting import Addition, splitting_suspected
from yunheng.law.kernel.citation import Force
from yunheng.law.kernel.parameters import Parameters

D = Decimal
ON = date(2026, 11, 24)
P = Parameters(ON)
BOTH = frozenset(kind for kind, _ in PAPERS)
FEN = D("0.01")
yuan = st.decimals(0, 10_000_000, places=2)


def state(before: str, added: str, **more: object) -> str:
    return justification_required(FeeChange(D(before), D(added), **more), P).state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "added", "found"),
    [
        ("10000000.00", "99999.99", "ok"), ("10000000.00", "100000.00", "need"), ("10000000.00", "100000.01", "need"),
        ("293040.00", "87911.99", "ok"), ("293040.00", "87912.00", "ok"), ("293040.00", "87912.01", "need"),
        ("0.00", "99999.99", "ok"), ("0.00", "100000.00", "need"),  # without a fee before only the amount counts
        ("100.00", "-50.00", "ok"), ("100.00", "0.00", "ok"),
    ],
)  # fmt: skip
def test_the_amount_is_reached_and_the_share_is_exceeded(before: str, added: str, found: str) -> None:
    assert state(before, added) == found


def test_the_arithmetic_is_written_as_the_relation_that_holds() -> None:
    verdict = justification_required(FeeChange(D("293040.00"), D("94320.00")), P)
    amount, share = verdict.rows
    assert (amount.how, amount.outcome) == ("94,320.00 ＜ 100,000.00", "未达到")
    assert (share.how, share.outcome, share.hit) == ("94,320.00 ÷ 293,040.00 ＝ 32.19% ＞ 30%", "已超过", True)
    assert verdict.sentence.startswith("应先论证：新增94,320.00元，占原费用32.19%，超过30%。缺云服务调整方案和论证意见")
    assert dict(verdict.parameters) == {
        "change_justification_amount": "100,000.00元", "change_justification_ratio": "30%"
    }  # fmt: skip


def test_two_places_never_hide_on_which_side_of_the_limit_it_is() -> None:
    over = justification_required(FeeChange(D("293040.00"), D("87912.01")), P).rows[1]
    exactly = justification_required(FeeChange(D("293040.00"), D("87912.00")), P).rows[1]
    assert over.how == "87,912.01 ＞ 293,040.00 × 30%"
    assert exactly.how == "87,912.00 ÷ 293,040.00 ＝ 30.00% ＝ 30%"


@given(before=yuan, added=st.decimals(-10_000_000, 10_000_000, places=2))
def test_it_is_required_exactly_when_one_of_the_two_holds(before: Decimal, added: Decimal) -> None:
    verdict = justification_required(FeeChange(before, added), P)
    required = added >= 100_000 or (before > 0 and added * 10 > before * 3)
    assert (verdict.state == "need") is required
    assert justification_required(FeeChange(before, added, papers=BOTH), P).holds
    assert any(row.hit for row in verdict.rows) is required


@given(before=yuan, added=st.decimals(0, 10_000_000, places=2))
def test_more_added_never_needs_less(before: Decimal, added: Decimal) -> None:
    if justification_required(FeeChange(before, added), P).state == "need":
        assert justification_required(FeeChange(before, added + FEN), P).state == "need"


def test_each_of_the_three_ways_satisfies_it_and_a_request_only_until_it_is_decided() -> None:
    first = CITED
    assert state("100.00", "50.00", papers=BOTH) == "ok"
    assert state("100.00", "50.00", papers=frozenset({"argument"})) == "need"
    assert state("100.00", "50.00", citation=first) == "ok"
    assert state("100.00", "50.00", departure="抢险", deciding=False) == "ok"
    decided = justification_required(FeeChange(D(100), D(50), departure="抢险"), P)
    assert (decided.state, decided.waivable, decided.force) == ("need", True, Force.IN_PRINCIPLE)
    assert decided.waived(by="周明", reason="抢险", when="").holds


def test_what_is_demanded_is_owed_below_the_limits_and_an_adjustment_owes_nothing() -> None:
    assert state("1000.00", "1.00", demanded=True) == "need"
    assert state("1000.00", "1.00", demanded=True, papers=BOTH) == "ok"
    assert state("1.00", "900000.00", adjustment=True) == "ok"


CITED = Citation(
    number="BG-2025-0003", on=ON, same_system=True, argued=True, approved_on=date(2025, 3, 3),
    wanted={"C-ECS": D(6)}, justified={"C-ECS": D(6), "N-BW": D(100)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"same_system": False}, "不是同一系统"),
        ({"wanted": {"S-DISK": D(1)}}, "S-DISK不在首次论证的产品之内"),
        ({"wanted": {"C-ECS": D("6.000001")}}, "C-ECS变更后为6.000001，超过首次论证的6"),
        ({"approved_on": date(2023, 11, 24)}, "已满36个月"),
        ({"approved_on": None}, "未获批准"),
        ({"argued": False}, "不是经过论证的规律性、周期性变更"),
    ],
)
def test_a_citation_is_refused_with_its_reason(change: dict[str, object], words: str) -> None:
    verdict = justification_required(FeeChange(D(100), D(50), citation=replace(CITED, **change)), P)  # type: ignore[arg-type]
    assert verdict.state == "need"
    assert words in verdict.sentence
    assert verdict.rows[-1].outcome == "不能引用"


def test_a_citation_holds_to_the_last_day_and_up_to_the_last_unit() -> None:
    last = replace(CITED, approved_on=date(2023, 11, 25), wanted={"C-ECS": D(6), "N-BW": D(100)})
    verdict = justification_required(FeeChange(D(100), D(50), citation=last), P)
    assert verdict.state == "ok"
    assert verdict.sentence.startswith("引用BG-2025-0003的首次论证")


def test_all_that_is_wrong_with_a_citation_is_said_at_once() -> None:
    bad = replace(CITED, same_system=False, argued=False, approved_on=None, wanted={"X": D(1), "C-ECS": D(7)})
    sentence = justification_required(FeeChange(D(100), D(50), citation=bad), P).sentence
    assert sentence.count("；") == 5


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(0, 120))
def test_months_back_is_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int) -> None:
    back = months_before(day, months)
    assert (day.year - back.year) * 12 + day.month - back.month == months
    assert back.day == day.day or (back + timedelta(days=1)).day == 1


def additions(*added: str, before: str = "1000000.00") -> list[Addition]:
    return [
        Addition(f"BG-{n}", ON - timedelta(days=30 * (len(added) - n)), D(before), D(one))
        for n, one in enumerate(added, 1)
    ]


def test_what_passes_only_together_is_suspected_and_refuses_nothing() -> None:
    verdict = splitting_suspected(additions("60000.00", "40000.00"), P)
    assert verdict.state == "need"
    assert verdict.sentence.startswith("疑似拆分：近12个月 2 件变更合计新增100,000.00元")
    assert splitting_suspected(additions("60000.00", "39999.99"), P).state == "ok"
    assert splitting_suspected(additions("200.00", "100.01", before="1000.00"), P).state == "need"  # 30.001 %
    assert splitting_suspected(additions("200.00", "100.00", before="1000.00"), P).state == "ok"  # exactly 30 %


def test_one_that_was_argued_for_itself_is_no_part_of_it() -> None:
    assert splitting_suspected(additions("100000.00", "99999.99"), P).state == "ok"
    assert splitting_suspected(additions("1.00", "100000.00"), P).state == "ok"
    assert splitting_suspected(additions("99999.99"), P).state == "ok"
    assert splitting_suspected(additions("99999.99", "-5.00"), P).state == "ok"


def test_twelve_months_are_twelve_months() -> None:
    old = Addition("BG-0", date(2025, 11, 24), D(10_000_000), D("99999.99"))
    now = Addition("BG-1", ON, D(10_000_000), D("1.00"))
    assert splitting_suspected([old, now], P).state == "ok"
    assert splitting_suspected([replace(old, on=date(2025, 11, 25)), now], P).state == "need"


DAY = EffectiveDay("第1行", date(2026, 11, 20), date(2026, 11, 17), ON, (date(2026, 1, 1), date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"day": date(2026, 11, 16)}, "早于通知日2026-11-17"),
        ({"day": date(2026, 11, 17)}, ""),
        ({"day": ON}, ""),
        ({"day": ON + timedelta(days=1)}, "晚于今天"),
        ({"contract": (date(2026, 1, 1), date(2026, 11, 21))}, ""),
        ({"contract": (date(2026, 1, 1), date(2026, 11, 20))}, "不在合同服务期"),
        ({"contract": (date(2026, 11, 21), date(2027, 1, 1))}, "不在合同服务期"),
    ],
)
def test_the_effective_day_lies_between_notice_and_today_and_in_the_contract(
    change: dict[str, object], words: str
) -> None:
    verdict = effective_day_valid([DAY, replace(DAY, name="第2行", **change)], P)  # type: ignore[arg-type]
    assert verdict.holds is (words == "")
    assert words in verdict.sentence


def test_a_list_without_difference_or_with_a_gap_is_no_change() -> None:
    assert not change_sound(ChangeList(0), P).holds
    assert not change_sound(ChangeList(2, ["没有价格"]), P).holds
    assert change_sound(ChangeList(1), P).holds
    assert [nothing_changed_yet(n, P).holds for n in (0, 1)] == [True, False]


@pytest.mark.parametrize(("days", "holds"), [(2, False), (3, False), (4, True)])
def test_the_unit_has_three_working_days_to_be_heard(days: int, holds: bool) -> None:
    assert unit_heard(days, P).holds is holds


def test_nothing_is_withdrawn_once_it_is_approved_and_both_ways_end_in_the_ledger() -> None:
    after = reached(CHANGE, "notified") - {"recommended", "rejected", "accepted", "returned", "submitted"}
    assert [s for s in after if CHANGE.find(s, "withdraw") or CHANGE.find(s, "discard")] == []
    states, labels = WAY_OF_BUREAU
    assert len(states) == len(labels)
    assert all(b in reached(CHANGE, a) for a, b in pairwise(states))
    assert CHANGE.find("notified", "complete").term == "change_term"  # type: ignore[union-attr]
