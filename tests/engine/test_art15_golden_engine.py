"""The same sums worked by hand, through a package and the engine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine.packages import City
from tests.engine.test_art15_engine import lines_of
from tests.law.accounts import period
from tests.law.test_art15_golden import CASES, known_of


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_engine_gives_what_was_worked_by_hand(case: dict[str, Any], tmp_path: Path) -> None:
    known = known_of(case)
    own = known.service.service_id
    city = City([known.contract], list(known.prices), [known.service], [(own, c) for c in known.conditions])
    found = lines_of(city.write(tmp_path / "p"), period(*case["period"]))
    if "lines" in case:
        names = ("from", "to", "days", "quantity", "unit_price", "payer", "amount")
        assert [[line[name] for name in names] for line in found] == [[str(v) for v in row] for row in case["lines"]]
    if "total" in case:
        assert sum(Decimal(line["amount"]) for line in found) == Decimal(case["total"])
