"""A rated package as FOCUS 1.2: what `yunheng export focus` does. docs/focus.md has the mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from string import Template

import duckdb

from yunheng.domain.billing.engine import lines, program, rating, reading
from yunheng.domain.billing.engine.errors import BadInput, Mistake, refuse
from yunheng.domain.billing.engine.focus_terms import SUBCATEGORIES
from yunheng.domain.billing.engine.layout import CATALOG, MANIFEST
from yunheng.domain.billing.engine.lines import Totals
from yunheng.domain.billing.engine.package import Package, manifest_of, opened
from yunheng.domain.billing.engine.rating import Say, quiet
from yunheng.domain.billing.engine.steps import steps
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.period import Period

SUFFIXES = (".csv", ".parquet")
AGAIN = ("priced", "due", "piece", "slice", "measured", "factored")  # of the program: what days cost
POOL_NAME = "市级统筹账户"

# A day of the package is a day of Beijing: UTC+8 throughout, so midnight is 16:00 of the day before.
MACROS = """
CREATE OR REPLACE MACRO utc(day) AS (day - INTERVAL 8 HOUR) AT TIME ZONE 'UTC';
CREATE OR REPLACE MACRO stamp(moment) AS strftime(moment AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ');
CREATE OR REPLACE MACRO segment(word) AS replace(replace(word, '%', '%25'), '/', '%2F');
CREATE OR REPLACE MACRO short(number) AS regexp_replace(CAST(number AS VARCHAR), '[.]?0+$', '');
CREATE OR REPLACE MACRO cents(number) AS regexp_replace(CAST(number AS VARCHAR), '([.][0-9]{2,}?)0+$', '\\1');
"""


@dataclass(frozen=True)
class Bill:
    """What the package does not say: the account that the fund pays from, and the number of the issued statement."""

    account_id: str = ""
    account_name: str = POOL_NAME
    invoice: str = ""


@dataclass(frozen=True)
class Exported:
    """The totals of the lines, and how many rows of free days stand beside them, with what those would have cost."""

    totals: Totals
    free: int
    spared: Decimal


def export(source: Path, out: Path, *, period: Period, bill: Bill = Bill(), say: Say = quiet) -> Exported:
    """Charge the period and write it to ``out``. Raises BadInput; then nothing is written."""
    if out.suffix not in SUFFIXES:
        raise refuse(str(out), "文件名应以.csv或.parquet结尾")
    terms = rating.terms_for(period.start)
    with opened(source) as package, rating.connected(package) as con:
        reading.read_facts(con, package, say)
        _read_catalog(con, package, say)
        rating.charge(con, package, period=period, terms=terms, by=rating.Carrier(say=say))
        say("写出FOCUS文件")
        try:
            build(con, period=period, terms=terms, bill=_with_defaults(bill, package))
            found = _exported(con)
            lines.copy(con, relation(con, typed=out.suffix == ".parquet"), out)
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
            raise BadInput([Mistake("结算包", None, "金额过大，超出FOCUS文件能精确表示的38位数字")]) from error
        return found


def build(con: duckdb.DuckDBPyConnection, *, period: Period, terms: Terms, bill: Bill) -> None:
    """Make the view ``focus`` out of the tables that the program left behind."""
    given = program.words(program.DUCKDB, period=period, terms=terms)
    _free_days(con, given)
    con.execute(MACROS)
    con.execute("CREATE OR REPLACE TABLE bill (account_id VARCHAR, account_name VARCHAR, invoice VARCHAR)")
    con.execute("INSERT INTO bill VALUES (?, ?, ?)", [bill.account_id, bill.account_name, bill.invoice or None])
    for name, statement in steps("focus.sql"):
        kind = "TABLE" if name == "measure" else "VIEW"
        con.execute(f"CREATE OR REPLACE {kind} {name} AS {statement}")


def _free_days(con: duckdb.DuckDBPyConnection, given: Mapping[str, object]) -> None:
    """The program once more, over the days that nobody pays: its names mean those of the schema ``free`` first."""
    again = [(name, statement) for name, statement in steps("program.sql") if name in AGAIN]
    con.execute("CREATE OR REPLACE SCHEMA free; SET search_path = 'free,main'")
    try:
        for name, statement in (*steps("free.sql"), *again):
            kind = "TABLE" if name in program.KEPT else "VIEW"
            con.execute(f"CREATE {kind} free.{name} AS {Template(statement).substitute(given)}")
    finally:
        con.execute("SET search_path = 'main'")


def relation(con: duckdb.DuckDBPyConnection, *, typed: bool) -> str:
    """A SELECT of the rows in their order, columns by name and our own last; untyped as the text of a CSV file."""
    types = {row[0]: row[1] for row in con.execute("DESCRIBE focus").fetchall()}
    values = {name: f'"{name}"' if typed else _text(name, kind) for name, kind in types.items()}
    names = sorted(types, key=lambda name: (name.startswith("x_"), name))
    columns = ", ".join(f'{values[name]} AS "{name}"' for name in names)
    return f'SELECT {columns} FROM focus AS f ORDER BY "ResourceId", "ChargePeriodStart"'


def _text(name: str, kind: str) -> str:
    """A column as text: never fewer than two decimals, so that a reader who guesses types does not guess integers."""
    if kind.startswith("DECIMAL"):
        return f'cents(f."{name}")'
    return f'stamp(f."{name}")' if kind.startswith("TIMESTAMP") else f'f."{name}"'


def _read_catalog(con: duckdb.DuckDBPyConnection, package: Package, say: Say) -> None:
    mistakes = reading.read(con, package, CATALOG, say)
    if mistakes:
        raise BadInput(mistakes)
    con.execute("CREATE OR REPLACE TABLE subcategory (service_category VARCHAR, service_subcategory VARCHAR)")
    con.executemany("INSERT INTO subcategory VALUES (?, ?)", SUBCATEGORIES)
    reading.check(con, "catalog.sql")


def _with_defaults(bill: Bill, package: Package) -> Bill:
    """The account that is not named is the jurisdiction's, when the package says which."""
    place = ""
    if not bill.account_id and (package.folder / MANIFEST).is_file():
        place = str(manifest_of(package).about.get("jurisdiction") or "")
    return Bill(bill.account_id or place or "fund", bill.account_name or POOL_NAME, bill.invoice)


def _exported(con: duckdb.DuckDBPyConnection) -> Exported:
    row = con.execute(
        "SELECT count(*), coalesce(sum(CAST(pricing * price AS DECIMAL(38, 18))), 0) FROM measure WHERE free"
    ).fetchone()
    assert row
    return Exported(lines.totals(con), row[0], Decimal(row[1]))
