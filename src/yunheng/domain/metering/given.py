"""Figures that a provider handed in as a table: received at once, taken into the roll-ups by the next run of the job.

    inbox/*.tsv ─▶ provided/day=…/all.parquet ─▶ hourly/day=…/all.parquet, daily/day=…/all.parquet

What a plug-in measured stands before what was handed in; of two tables the later one stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from yunheng.domain.metering import disk

INBOX, KIND = "inbox", "provided"
COLUMNS = (
    "{resource: 'VARCHAR', metric: 'VARCHAR', day: 'DATE', hour: 'TIMESTAMP', mean: 'DOUBLE', p95: 'DOUBLE', "
    "max: 'DOUBLE', n: 'INTEGER', received: 'BIGINT'}"
)
LATEST = """
    SELECT resource, metric, hour, arg_max(struct_pack(mean := mean, p95 := p95, max := max, n := n), received) AS figures,
           max(received) AS received
    FROM both_of_them GROUP BY resource, metric, hour
"""
# What is asked of a day in the columns of a roll-up. A day's figures are those given for it, else made of its hours.
GIVEN = {
    "hourly": "SELECT resource, metric, hour, mean, p95, max, n FROM given WHERE hour IS NOT NULL",
    "daily": """
        SELECT resource, metric, mean, p95, max, n FROM given WHERE hour IS NULL
        UNION ALL SELECT resource, metric, avg(mean), quantile_cont(p95, 0.95), max(max), sum(n)::INTEGER
        FROM given g WHERE hour IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM given d WHERE d.hour IS NULL AND d.resource = g.resource AND d.metric = g.metric)
        GROUP BY resource, metric
    """,
}
BY = {"hourly": "resource, metric, hour", "daily": "resource, metric"}


@dataclass(frozen=True)
class Figures:
    """Of an instance and metric on a local day, or in the UTC hour ``hour`` (2026-05-10 03:00:00) of it; "" is absent."""

    resource: str
    metric: str
    day: date
    hour: str
    mean: str
    p95: str
    max: str
    n: int


def put(root: Path, rows: Iterable[Figures], *, at: int) -> None:
    """Return when the figures, received at ``at`` (ms), are durable. Raises OSError."""
    lines = (
        f"{r.resource}\t{r.metric}\t{r.day}\t{r.hour or absent}\t{r.mean or absent}\t{r.p95 or absent}"
        f"\t{r.max or absent}\t{r.n}\t{at}\n"
        for absent in ("\\N",)
        for r in rows
    )
    with arriving(root) as aside:
        aside.write_bytes("".join(lines).encode())


@contextmanager
def arriving(root: Path) -> Iterator[Path]:
    """A file for lines in the order of ``COLUMNS``; when the block has ended they are durable and wait to be taken in."""
    disk.folder(root / INBOX)
    aside = root / INBOX / f"{uuid.uuid4().hex}.part"
    yield aside
    disk.sync_path(aside)
    disk.move(aside, aside.with_suffix(".tsv"))


def waiting(root: Path) -> list[Path]:
    """The tables that wait to be taken in."""
    return sorted((root / INBOX).glob("*.tsv"))


def read(connection: duckdb.DuckDBPyConnection, files: list[Path], text: str) -> list[date]:
    """Make ``arrived`` of the tables; returns their days."""
    names = [str(path) for path in files]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS FROM read_csv({names!r}, {text}, columns={COLUMNS})")
    return [day for (day,) in connection.execute("SELECT DISTINCT day FROM arrived ORDER BY day").fetchall()]


def merged(connection: duckdb.DuckDBPyConnection, day: date, held: Path) -> str:
    """A query for what is given for a day now: of each figure the one received last."""
    columns = "resource, metric, hour, mean, p95, max, n, received"
    before = f"UNION ALL SELECT {columns} FROM read_parquet('{held}')" if held.exists() else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW both_of_them AS SELECT {columns} FROM arrived WHERE day = DATE '{day}' {before}"
    )
    return f"SELECT resource, metric, hour, figures.*, received FROM ({LATEST}) ORDER BY resource, metric, hour"


def beside(kind: str, measured: str) -> str:
    """A query for a roll-up: what was measured (a relation), and of what was given that which was not measured."""
    join = f"({GIVEN[kind]}) ANTI JOIN {measured} USING ({BY[kind]})"
    return (
        f"SELECT *, false AS provided FROM {measured} UNION ALL BY NAME SELECT *, true AS provided FROM {join} "
        f"ORDER BY {BY[kind]}"
    )
