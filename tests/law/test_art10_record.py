"""Article 10, second paragraph: the back-test's record that the product shows beside every suggestion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from yunheng.law.ch2_use.art10_facts import KINDS
from yunheng.law.ch2_use.art10_record import Tried, parsed, record, words, written
from yunheng.law.kernel.parameters import Parameters

TODAY = date(2026, 11, 24)
P = Parameters(TODAY)


def test_the_record_was_made_with_the_rules_and_figures_in_force_and_its_bars_hold() -> None:
    assert record().vouches(P)
    assert all(row.passes(P) for row in record().rows if row.result == "advise")
    shown = {kind: record().last(kind) for kind, _ in KINDS}
    assert {kind for kind, row in shown.items() if row} == {"idle", "cpu"}
    assert all(row.held_out and not row.declared for row in shown.values() if row)
    assert not any(row.advised for row in record().rows if row.declared)


def test_a_record_of_other_figures_vouches_for_nothing() -> None:
    assert not record().vouches(Parameters(TODAY, {"idle_cpu": "0.05"}))
    assert not replace(record(), rule_set="10.2-0").vouches(P)


@pytest.mark.parametrize(("kind", "bad", "over", "passes"), [
    ("idle", 5, 0, True), ("idle", 6, 0, False), ("idle", 7, 0, False), ("cpu", 4, 19, True), ("cpu", 5, 0, False),
    ("cpu", 0, 20, False),
])  # fmt: skip
def test_the_bars_are_less_than_six_and_five_percent_and_two_in_a_thousand_hours(
    kind: str, bad: int, over: int, passes: bool
) -> None:
    row = Tried(TODAY, True, False, kind, "advise", 100, 0, 100, 100, bad, 10_000, over, 400, 100)
    assert row.passes(P) is passes


def test_the_record_is_read_as_it_was_written() -> None:
    assert parsed(written(record())) == record()
    assert words(record().last("idle") or record().rows[0]) == "44台中1台又忙起来（2.3%）"
