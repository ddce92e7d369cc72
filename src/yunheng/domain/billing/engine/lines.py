"""The lines written down: lines.csv to the letter of the specification, or the same as parquet with typed columns."""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from yunheng.domain.billing.engine.layout import LINES

# fmt: off
TEXT = {
    "from": "CAST(DATE '1970-01-01' + CAST(l.from_day AS INTEGER) AS VARCHAR)",
    "to": "CAST(DATE '1970-01-01' + CAST(l.to_day AS INTEGER) AS VARCHAR)",
    "days": "CAST(l.days AS INTEGER)",
    "quantity": "plain(l.quantity)",
    "unit_price": "plain(l.unit_price)",
    "amount": "CAST(l.fen // 100 AS VARCHAR) || '.' || lpad(CAST(l.fen % 100 AS VARCHAR), 2, '0')",
}
TYPED = TEXT | {
    "from": "DATE '1970-01-01' + CAST(l.from_day AS INTEGER)",
    "to": "DATE '1970-01-01' + CAST(l.to_day AS INTEGER)",
    "quantity": "CAST(l.quantity AS DECIMAL(25, 0)) * CAST(0.000001 AS DECIMAL(7, 6))",
    "unit_price": "CAST(l.unit_price AS DECIMAL(15, 0)) * CAST(0.000001 AS DECIMAL(7, 6))",
    "amount": "CAST(l.fen AS DECIMAL(26, 0)) * CAST(0.01 AS DECIMAL(3, 2))",
}
# fmt: on
OF_SERVICE = {"service_id", "unit_id", "system_id", "contract_id"}
PLAIN = (
    "CREATE OR REPLACE MACRO plain(n) AS CAST(n // 1000000 AS VARCHAR) || CASE WHEN n % 1000000 = 0 THEN '' "
    "ELSE '.' || rtrim(lpad(CAST(n % 1000000 AS VARCHAR), 6, '0'), '0') END"
)


@dataclass(frozen=True)
class Totals:
    """How many lines, and the sums of their rounded amounts by payer, in yuan."""

    lines: int
    fund: Decimal
    unit: Decimal

    @property
    def all(self) -> Decimal:
        return self.fund + self.unit


def totals(con: duckdb.DuckDBPyConnection, table: str = "line") -> Totals:
    """Sums over a table with ``payer`` and ``fen``."""
    row = con.execute(
        "SELECT count(*), coalesce(sum(fen) FILTER (payer = 'fund'), 0), coalesce(sum(fen) FILTER (payer = 'unit'), 0) "
        f"FROM {table}"
    ).fetchone()
    assert row
    return Totals(row[0], Decimal(row[1]).scaleb(-2), Decimal(row[2]).scaleb(-2))


def relation(*, typed: bool = False) -> str:
    """A SELECT of the lines as they are written, in their order: service, first day, product."""
    values = TYPED if typed else TEXT
    columns = ", ".join(
        f'{values.get(c.name, ("s." if c.name in OF_SERVICE else "l.") + c.name)} AS "{c.name}"' for c in LINES.columns
    )
    return f"SELECT {columns} FROM line AS l JOIN service AS s USING (sid) ORDER BY l.sid, l.from_day, l.sku"


def write(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Write the lines to ``out``: .parquet with types, else CSV."""
    con.execute(PLAIN)
    copy(con, relation(typed=out.suffix == ".parquet"), out)


def copy(con: duckdb.DuckDBPyConnection, select: str, out: Path) -> None:
    """Write a SELECT to ``out`` (.parquet, else CSV); a file that is there is replaced at the end, at once."""
    building = out.with_name(f".{out.name}.{os.getpid()}")
    place = str(building).replace("'", "''")
    form = (
        "FORMAT parquet" if out.suffix == ".parquet" else "FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"'"
    )
    try:
        con.execute(f"COPY ({select}) TO '{place}' ({form})")
        building.replace(out)
    finally:
        building.unlink(missing_ok=True)
