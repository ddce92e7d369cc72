"""The files of a settlement package and what a field may hold (specification of charging, 5).

A kind turns the text of a field into what the program computes with, and NULL when it is no such thing: a day becomes
the number of days since 1970-01-01, a number a whole number of millionths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yunheng.domain.billing.engine.focus_terms import CATEGORIES
from yunheng.law.ch3_funding.art14_contract import LANES, PERS, PRORATIONS

FORMAT = "yunheng-package/1"
MANIFEST = "manifest.json"
FIRST_DAY, LAST_DAY = "1990-01-01", "2199-12-31"
FOREVER = 1_000_000  # a day after all days: what is absent never comes
BOOLEANS = ("true", "false")

Kind = Literal["name", "day", "number", "sum", "money", "whole", "choice"]

PATTERNS = {
    "number": r"[0-9]{1,9}([.][0-9]{1,6})?",
    "sum": r"[0-9]{1,16}([.][0-9]{1,6})?",  # of a line: use adds up
    "money": r"[0-9]{1,24}[.][0-9]{2}",
    "whole": r"[0-9]{1,6}",
}
EXPECTED = {
    "name": "不能为空",
    "day": f"不是{FIRST_DAY}至{LAST_DAY}之间的日期（格式2026-01-31）",
    "number": "不是合格的数：只用数字和小数点，小数点前至多9位、后至多6位，不带正负号",
    "sum": "不是合格的数：只用数字和小数点，小数点后至多6位，不带正负号",
    "money": "不是合格的金额：只用数字和小数点，两位小数，不带正负号",
    "whole": "不是整数",
    "choice": "不在允许的取值之内",
}


@dataclass(frozen=True)
class Column:
    """A column: its kind, whether it may be empty (then ``default`` holds), and the words allowed."""

    name: str
    kind: Kind = "name"
    optional: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """The typed value; NULL when the text is no such thing."""
        text = f'"{self.name}"'
        if self.kind == "day":
            day = f"TRY_CAST({text} AS DATE)"
            good = f"CAST({day} AS VARCHAR) = {text} AND {text} BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}'"
            typed = f"CASE WHEN {good} THEN CAST({day} - DATE '1970-01-01' AS INTEGER) END"
            return f"CASE WHEN {text} IS NULL THEN {FOREVER} ELSE {typed} END" if self.optional else typed
        if self.kind == "number":
            return self._matched(f"CAST(TRY_CAST({text} AS DECIMAL(22,6)) * 1000000 AS BIGINT)")
        if self.kind == "sum":
            return self._matched(f"CAST(TRY_CAST({text} AS DECIMAL(29,6)) * 1000000 AS HUGEINT)")
        if self.kind == "money":
            return self._matched(f"CAST(TRY_CAST({text} AS DECIMAL(26,2)) * 100 AS HUGEINT)")
        if self.kind == "whole":
            return self._matched(f"TRY_CAST({text} AS INTEGER)")
        if self.kind == "choice":
            words = ", ".join(f"'{word}'" for word in self.choices)
            given = f"coalesce({text}, '{self.default}')" if self.optional else text
            return f"CASE WHEN {given} IN ({words}) THEN {given} END"
        return f"coalesce({text}, '')" if self.optional else text

    def _matched(self, value: str) -> str:
        return f"CASE WHEN regexp_full_match(\"{self.name}\", '{PATTERNS[self.kind]}') THEN {value} END"

    @property
    def expected(self) -> str:
        """What is wrong when the typed value is NULL."""
        if self.kind == "choice":
            return f"只能是{'、'.join(self.choices)}"
        return EXPECTED[self.kind]


@dataclass(frozen=True)
class Table:
    """A file of the package, as CSV or parquet. ``required`` files must exist; the others missing mean no rows."""

    name: str
    columns: tuple[Column, ...]
    required: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.csv"


def _words(pairs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(code for code, _ in pairs)


def _flag(name: str) -> Column:
    return Column(name, "choice", optional=True, default="false", choices=BOOLEANS)


LANE = Column("lane", "choice", choices=_words(LANES))
PER = Column("per", "choice", choices=_words(PERS))

# fmt: off
CONTRACTS = Table("contracts", (
    Column("contract_id"), Column("provider"),
    Column("proration", "choice", optional=True, default="annual_actual", choices=_words(PRORATIONS)),
    _flag("charge_suspended"),
), required=True)
PRICES = Table("prices", (
    Column("contract_id"), Column("sku"), Column("unit", optional=True), PER, Column("unit_price", "number"),
    Column("valid_from", "day"), Column("valid_to", "day", optional=True),
), required=True)
SERVICES = Table("services", (
    Column("service_id"), Column("unit_id"), Column("system_id"), Column("contract_id"), Column("sku"),
    Column("quantity", "number"), LANE, Column("opened_on", "day"), Column("closed_on", "day", optional=True),
    _flag("trial"),
), required=True)
CONDITIONS = Table("conditions", (
    Column("service_id"), Column("on", "day"),
    Column("kind", "choice", choices=("quantity", "sku", "lane", "suspended")),
    Column("value"), Column("rule", optional=True),
))
MIGRATIONS = Table("migrations", (
    Column("source"), Column("target"), Column("cause", "choice", choices=("platform", "unit")),
    Column("confirmed_on", "day", optional=True),
))
USAGE = Table("usage", (Column("service_id"), Column("on", "day"), Column("quantity", "number")))
LINES = Table("lines", (
    Column("service_id"), Column("unit_id"), Column("system_id"), Column("contract_id"), Column("sku"),
    Column("from", "day"), Column("to", "day"), Column("days", "whole"), Column("quantity", "sum"),
    Column("unit_price", "number"), PER, Column("payer", "choice", choices=("fund", "unit")), Column("rule"),
    Column("amount", "money"),
), required=True)
# What the products are called in an export; it may be added to any package and changes no amount.
CATALOG = Table("catalog", (
    Column("sku"), Column("name", optional=True),
    Column("service_category", "choice", optional=True, default="Other", choices=CATEGORIES),
    Column("service_subcategory", optional=True), Column("resource_type", optional=True),
))
# fmt: on

FACTS = (CONTRACTS, PRICES, SERVICES, CONDITIONS, MIGRATIONS, USAGE)
