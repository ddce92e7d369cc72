"""Article 15 against sums that were worked by hand (tests/golden/charging.toml)."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.law.accounts import TERMS, account, period, price
from yunheng.law.ch3_funding.art15_charging import Charged, charge
from yunheng.law.ch3_funding.art15_facts import Account, Condition
from yunheng.law.kernel.money import round_fen

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent.parent / "golden" / "charging.toml").read_text("utf-8")
)["case"]


def _typed(kind: str, raw: str) -> Decimal | str | bool:
    return Decimal(raw) if kind == "quantity" else raw == "true" if kind == "suspended" else raw


def known_of(case: dict[str, Any]) -> Account:
    """The account of a case."""
    starts = [row[0] for row in case["prices"]]
    prices = [
        price(since, per, amount, until=until)
        for (since, per, amount), until in zip(case["prices"], [*starts[1:], ""], strict=True)
    ]
    conditions = [
        Condition(date.fromisoformat(on), kind, _typed(kind, value), *rule)
        for on, kind, value, *rule in case.get("conditions", [])
    ]
    return account(
        opened=case["opened_on"],
        quantity=case["quantity"],
        proration=case["proration"],
        prices=prices,
        conditions=conditions,
    )


def _charged(case: dict[str, Any]) -> Charged:
    return charge(known_of(case), period=period(*case["period"]), terms=TERMS)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_lines_come_out_as_worked_by_hand(case: dict[str, Any]) -> None:
    charged = _charged(case)
    found = [
        [str(line.period.start), str(line.period.end), line.days, f"{line.quantity:f}", f"{line.unit_price:f}",
         line.payer, f"{line.amount:.2f}"]
        for line in charged.lines
    ]  # fmt: skip
    if "lines" in case:
        assert found == case["lines"]
    if "total" in case:
        assert sum(line.amount for line in charged.lines) == Decimal(case["total"])
    if "exact" in case:
        assert round_fen(sum(line.exact for line in charged.lines)) == Decimal(case["exact"])
    for payer in ("fund", "unit"):
        if payer in case:
            assert sum(line.amount for line in charged.lines if line.payer == payer) == Decimal(case[payer])
    idle = [[str(p.period.start), str(p.period.end), p.reason] for p in charged.uncharged]
    assert idle == case.get("uncharged", [])


def test_the_arithmetic_of_a_line_can_be_shown_as_people_write_it() -> None:
    line = _charged(CASES[-1]).lines[8]
    assert (line.numerator, line.denominator) == (12 * 11, 365)
    assert f"{float(line.exact):.4f}" == "1978.9151"
    assert line.amount == Decimal("1978.92")
