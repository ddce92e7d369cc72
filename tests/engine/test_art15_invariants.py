"""What must hold of lines before they are stored: each invariant broken once, and found (specification of charging, 6)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from benchmarks import ledger
from benchmarks.engine import YEAR
from yunheng.domain.billing.engine import program, rating, reading
from yunheng.domain.billing.engine.invariants import broken
from yunheng.domain.billing.engine.package import opened


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A city with every condition, charged."""
    folder = ledger.write(tmp_path_factory.mktemp("invariants") / "city", services=800, form="csv")
    with opened(folder) as package, rating.connected(package) as con:
        reading.read_facts(con, package, rating.quiet)
        program.prepare(con, YEAR)
        program.run(con, period=YEAR, terms=rating.terms_for(YEAR.start))
        yield con


@pytest.fixture
def lines(city: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, put back afterwards."""
    city.execute("BEGIN")
    yield city
    city.execute("ROLLBACK")


def test_the_program_keeps_every_invariant(city: duckdb.DuckDBPyConnection) -> None:
    assert broken(city) == ()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("INSERT INTO line FROM line WHERE per = 'month' AND payer = 'fund' ORDER BY sid LIMIT 1", "同一天计了两次"),
        ("UPDATE line SET to_day = to_day + 1, days = days + 1 WHERE rowid = 0", "天中，计费行有|同一天|不完整"),
        ("DELETE FROM line WHERE payer = 'fund' AND per = 'month' AND sid = (SELECT min(sid) FROM line WHERE payer = 'fund' AND per = 'month')", "天中，计费行有0天"),
        ("UPDATE line SET rule = '' WHERE rowid = 0", "计费行不完整"),
        ("UPDATE line SET payer = 'city' WHERE rowid = 0", "计费行不完整"),
        ("UPDATE line SET fen = -1 WHERE rowid = 0", "计费行不完整"),
        ("UPDATE line SET days = days + 1 WHERE rowid = 0", "计费行不完整"),
    ],
)  # fmt: skip
def test_a_broken_one_is_named_with_its_service(lines: duckdb.DuckDBPyConnection, damage: str, told: str) -> None:
    lines.execute(damage)
    found = broken(lines)
    assert found
    assert len({b.service_id for b in found}) == 1
    assert any(word in b.reason for b in found for word in told.split("|"))
