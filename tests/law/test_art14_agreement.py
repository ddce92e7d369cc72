"""Articles 7, 9, 12, 14: what the parties may agree on, and what must stand in their agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from yunheng.law.ch2_use.art09_agreement import Part, agreement_uncovered
from yunheng.law.ch3_funding.art14_agreement import Terms, agreement_complete
from yunheng.law.kernel.parameters import Parameters

P = Parameters(date(2026, 6, 1))
YEAR = (date(2026, 1, 1), date(2027, 1, 1))
GOOD = Terms("temporary", date(2026, 6, 1), date(2026, 6, 30), 1, True, "", YEAR)


def test_a_covered_service_is_never_agreed_on_by_two_and_a_trial_is_the_parties_own() -> None:
    found = agreement_uncovered((Part("S-1", "own"), Part("S-2", "covered"), Part("S-3", "covered", trial=True)), P)
    assert not found.holds
    assert not found.waivable
    assert "S-2纳入市级统筹" in found.sentence
    assert "S-3" not in found.sentence
    assert agreement_uncovered((Part("S-1", "own"),), P).holds


def test_all_gaps_are_named_at_once() -> None:
    found = agreement_complete(Terms("temporary", None, None, 0, False, ""), P)
    for word in ("缺少协议文本", "自哪一天起", "结束日期", "所涉的服务"):
        assert word in found.sentence


def test_the_end_is_due_for_trials_and_temporary_services_alone() -> None:
    for subject, holds in (("temporary", False), ("trial_extension", False), ("change", True), ("charge_start", True)):
        assert agreement_complete(replace(GOOD, subject=subject, until=None), P).holds is holds
    other = replace(GOOD, subject="other", until=None, parts=0)
    assert not agreement_complete(other, P).holds
    assert agreement_complete(replace(other, words="备份每周一次"), P).holds


def test_the_days_lie_within_the_contract_whose_last_day_does_not_count() -> None:
    for first, holds in ((date(2025, 12, 31), False), (date(2026, 1, 1), True), (date(2027, 1, 1), False)):
        assert agreement_complete(replace(GOOD, subject="change", from_on=first, until=None), P).holds is holds
    for last, holds in (
        (date(2026, 5, 31), False),
        (date(2026, 6, 1), True),
        (date(2026, 12, 31), True),
        (YEAR[1], False),
    ):
        assert agreement_complete(replace(GOOD, until=last), P).holds is holds


def test_a_product_without_a_price_is_named() -> None:
    assert "GPU" in agreement_complete(replace(GOOD, unpriced=("GPU",)), P).sentence
