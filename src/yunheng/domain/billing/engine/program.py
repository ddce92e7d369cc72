"""program.sql on DuckDB, inside the process; what differs from another engine is in ``DIALECT``."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from string import Template

import duckdb

from yunheng.domain.billing.engine.layout import FOREVER
from yunheng.domain.billing.engine.steps import steps
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.period import Period

EPOCH = date(1970, 1, 1).toordinal()
TABLES = ("service", "condition", "migration", "product", "price", "used", "month")
# fmt: off
RESULTS = {
    "line": {
        "sid": "BIGINT", "sku": "VARCHAR", "payer": "VARCHAR", "rule": "VARCHAR", "per": "VARCHAR",
        "from_day": "INTEGER", "to_day": "INTEGER", "days": "INTEGER",
        "quantity": "HUGEINT", "unit_price": "BIGINT", "fen": "HUGEINT",
    },
    "unpriced": {"sid": "BIGINT"},
}
# fmt: on
KEPT = {"known", "move", "span", "paid", "priced", "piece", "line"}  # steps that others read twice, and the result


@dataclass(frozen=True)
class Dialect:
    """In what two engines differ: the widest integer, what skips NULL in a window, and exact whole division."""

    integer: str
    ignore_nulls: str
    whole: str


DUCKDB = Dialect("HUGEINT", "IGNORE NULLS", "CREATE OR REPLACE MACRO whole(n, d) AS n // d")


def words(dialect: Dialect, *, period: Period, terms: Terms) -> Mapping[str, object]:
    """What the program's text leaves open."""
    return {
        "integer": dialect.integer,
        "ignore_nulls": dialect.ignore_nulls,
        "forever": FOREVER,
        "period_from": number_of(period.start),
        "period_to": number_of(period.end),
        "trial_days": terms.trial.n,
        "parallel_days": terms.parallel.n,
    }


def number_of(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def day_of(number: int) -> date:
    """The day of that number."""
    return date.fromordinal(number + EPOCH)


def months(period: Period) -> list[tuple[int, int, int, int, int]]:
    """Each calendar month of the period: its number, its first day and the next one's, days of month and of year."""
    return [
        (
            month.start.year * 12 + month.start.month,
            number_of(month.start),
            number_of(month.end),
            calendar.monthrange(month.start.year, month.start.month)[1],
            366 if calendar.isleap(month.start.year) else 365,
        )
        for month in period.by_months()
    ]


def prepare(con: duckdb.DuckDBPyConnection, period: Period) -> None:
    """Make the tables of the program out of those that were read."""
    for name, statement in steps("prepare.sql"):
        con.execute(f"CREATE OR REPLACE TABLE {name} AS {statement}")
    rows = months(period)
    con.execute(
        "CREATE OR REPLACE TABLE month (month INTEGER, first_day INTEGER, next_day INTEGER, month_days INTEGER, "
        "year_days INTEGER)"
    )
    con.executemany("INSERT INTO month VALUES (?, ?, ?, ?, ?)", rows)


def run(con: duckdb.DuckDBPyConnection, *, period: Period, terms: Terms) -> None:
    """Make the table ``line``, and ``unpriced`` with the services that lack a price."""
    con.execute(DUCKDB.whole)
    given = words(DUCKDB, period=period, terms=terms)
    for name, statement in steps("program.sql"):
        con.execute(f"DROP TABLE IF EXISTS {name}" if name in KEPT else f"DROP VIEW IF EXISTS {name}")
        kind = "TABLE" if name in KEPT else "VIEW"
        con.execute(f"CREATE {kind} {name} AS {Template(statement).substitute(given)}")
