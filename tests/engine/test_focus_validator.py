"""FOCUS 1.2 as its own project's validator sees it. What it finds fault with and is wrong about is listed here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from scripts import focus_validator
from scripts.focus_validator import ABILITIES, HOME, Unavailable, validate
from tests.engine.focus_city import city, typed
from tests.engine.packages import YEAR
from yunheng.domain.billing.engine.focus import Bill, export
from yunheng.domain.billing.engine.focus_terms import SUBCATEGORIES

pytestmark = pytest.mark.slow

# Faults of the validator whatever the file; docs/focus.md has the same list.
FAULTS = {
    r"InvoiceId-C-00[45]-C": "asks at the same time that it be null and that it not be, without the conditions",
    r"EffectiveCost-C-005-C": "takes every purchase for one that covers later charges",
    r"PricingCurrency\w+-C-.*|CostAndUsage-D-0(4[678]|5[0-6])-C": "takes `able to do A and B` for `A or B`",
}
# It looks at a column that belongs to an ability which the bills do not have, and stumbles when it is not there.
MISSING_COLUMN = r"ConsumedQuantity-C-00[03456]-C"


def unexplained(failed: tuple[str, ...], *also: str) -> list[str]:
    return [rule for rule in failed if not any(re.fullmatch(fault, rule) for fault in (*FAULTS, *also))]


@pytest.fixture(scope="module", autouse=True)
def validator() -> None:
    """The validator, made on demand."""
    try:
        focus_validator.make()
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("focus")
    package = city(folder / "p")
    for name in ("bill.csv", "bill.parquet"):
        export(package, folder / name, period=YEAR)
    return folder


def chinese(file: Path) -> list[str]:
    """The rules about columns with Chinese in them: it allows ASCII alone, which FOCUS nowhere asks for."""
    found = {
        name for row in typed(file) for name, value in row.items() if isinstance(value, str) and not value.isascii()
    }
    return [rf"{name}-C-00[0-3]-\w" for name in found]


@pytest.mark.parametrize(("name", "abilities"), [("bill.csv", ()), ("bill.parquet", ABILITIES)])
def test_the_files_as_they_are(folder: Path, name: str, abilities: tuple[str, ...]) -> None:
    report = validate(folder / name, abilities)
    assert unexplained(report.failed, MISSING_COLUMN, *chinese(folder / "bill.parquet")) == []
    assert report.passed >= (200 if abilities else 115), report


def helped(file: Path, to: Path, change: str = "") -> Path:
    """A copy that goes round the validator's faults: other letters for Chinese, the column that it misses, and a word
    for the class, since it leaves the products of rows unlooked at whose class is null."""
    columns = duckdb.sql(f"DESCRIBE FROM read_parquet('{file}')").fetchall()
    latin = "CASE WHEN strlen({0}) > length({0}) THEN replace(url_encode({0}), '%', 'x') ELSE {0} END AS {0}"
    texts = [latin.format(name) for name, kind, *_ in columns if kind == "VARCHAR" and name != "ChargeClass"]
    replaced = ", ".join([*texts, "'None' AS ChargeClass", *([change] if change else [])])
    missing = "CAST(NULL AS VARCHAR) AS CommitmentDiscountStatus"
    duckdb.sql(
        f"COPY (SELECT * REPLACE ({replaced}), {missing} FROM read_parquet('{file}')) TO '{to}' (FORMAT parquet)"
    )
    return to


CLASS = r"ChargeClass-C-00[05]-[MC]"  # that "None" is no class


@pytest.mark.parametrize("invoice", ["", "ZD-2026-01"])
def test_where_it_can_see_it_finds_nothing(folder: Path, invoice: str) -> None:
    file = folder / f"in{invoice}.parquet"
    export(folder / "p", file, period=YEAR, bill=Bill(invoice=invoice))
    plain = helped(file, folder / f"plain{invoice}.parquet")
    assert unexplained(validate(plain).failed, CLASS) == []
    of_all = [rule for rule in validate(plain, ()).failed if not re.fullmatch(CLASS, rule)]
    assert of_all == ["EffectiveCost-C-005-C", f"InvoiceId-C-00{4 if invoice else 5}-C"]


WRONG = {
    "ListCost-C-009-C": "ListCost + 1 AS ListCost",
    "ContractedUnitPrice-C-011-C": "ContractedCost + 0.01 AS ContractedCost",
    "ConsumedUnit-C-005-C": "CAST(NULL AS DECIMAL(38, 6)) AS ConsumedQuantity",
    "BilledCost-C-003-M": "CAST(NULL AS DECIMAL(38, 2)) AS BilledCost",
}


def test_it_finds_every_real_fault(folder: Path) -> None:
    """Otherwise its silence would mean nothing."""
    found = validate(helped(folder / "bill.parquet", folder / "wrong.parquet", ", ".join(WRONG.values()))).failed
    assert set(WRONG) <= set(found)


def test_the_words_for_services_are_those_of_focus() -> None:
    rules = next(HOME.glob("focus_validator/rules/model-*.json"))
    rule = json.loads(rules.read_text("utf-8"))["ModelRules"]["ServiceSubcategory-C-004-M"]
    pairs = [item["Items"] for item in rule["ValidationCriteria"]["Requirement"]["Items"]]
    assert sorted((parent["Value"], sub["Value"]) for sub, parent in pairs) == sorted(SUBCATEGORIES)
