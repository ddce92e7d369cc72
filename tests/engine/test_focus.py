"""FOCUS 1.2 from a rated package: what must be there is there, the sums are those of the lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.engine.focus_city import CITY, Row, city, of, texts, typed
from tests.engine.packages import YEAR, sealed, write
from yunheng.domain.billing.engine.errors import BadInput
from yunheng.domain.billing.engine.focus import Bill, export
from yunheng.domain.billing.engine.package import opened
from yunheng.domain.billing.engine.rating import rate, verify
from yunheng.interfaces.cli.main import main
from yunheng.law.kernel.period import Period

MANDATORY = set(
    "BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart ChargeCategory "
    "ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost InvoiceIssuerName "
    "ListCost PricingCategory PricingQuantity PricingUnit ProviderName PublisherName ServiceCategory ServiceName".split()
)
NULL = {"ChargeClass", "InvoiceId", "ResourceName"}  # on purpose, always (InvoiceId: until a statement is issued)
CONSUMED = {"ConsumedQuantity", "ConsumedUnit"}  # of a purchase nothing is consumed
FEN = Decimal("0.01")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same city as bill.csv, bill.parquet and lines.csv."""
    folder = tmp_path_factory.mktemp("focus")
    package = city(folder / "p")
    for name in ("bill.csv", "bill.parquet"):
        export(package, folder / name, period=YEAR)
    rate(package, folder / "lines.csv", period=YEAR)
    return folder


@pytest.fixture(scope="module")
def rows(files: Path) -> list[Row]:
    return typed(files / "bill.parquet")


# ---- shape ------------------------------------------------------------------------------------------------------


def test_columns_are_in_order_and_our_own_come_last(files: Path, rows: list[Row]) -> None:
    names = list(rows[0])
    assert names == sorted(names, key=lambda name: (name.startswith("x_"), name))
    assert set(names) >= MANDATORY | {"InvoiceId", "ChargeFrequency", "ServiceSubcategory"}
    assert list(texts(files / "bill.csv")[0]) == names


def test_only_what_is_null_on_purpose_is_null(rows: list[Row]) -> None:
    for row in rows:
        empty = {name for name, value in row.items() if value in (None, "")}
        assert empty == NULL | (CONSUMED if row["ChargeCategory"] == "Purchase" else set())


def test_numbers_are_exact_decimals_and_moments_are_in_utc(files: Path) -> None:
    types = dict(duckdb.sql(f"SELECT name, type FROM parquet_schema('{files / 'bill.parquet'}')").fetchall())
    assert not {"FLOAT", "DOUBLE"} & set(types.values())
    said = duckdb.sql(f"DESCRIBE FROM read_parquet('{files / 'bill.parquet'}')").fetchall()
    kinds = {name: kind.partition("(")[0] for name, kind, *_ in said}
    assert {kinds[name] for name in kinds if name.endswith(("Cost", "Price", "Quantity"))} == {"DECIMAL"}
    assert {kinds[name] for name in kinds if "Period" in name} == {"TIMESTAMP WITH TIME ZONE"}


def test_csv_and_parquet_say_the_same(files: Path, rows: list[Row]) -> None:
    written = texts(files / "bill.csv")
    assert len(written) == len(rows)
    for text, row in zip(written, rows, strict=True):
        for name, value in row.items():
            if isinstance(value, Decimal):
                assert Decimal(text[name]) == value
                assert len(text[name].partition(".")[2]) >= 2  # no guesser of types shall see an integer
            elif isinstance(value, datetime):
                assert text[name] == value.strftime("%Y-%m-%dT%H:%M:%SZ")
            else:
                assert text[name] == ("" if value is None else str(value))


# ---- money ------------------------------------------------------------------------------------------------------


def test_every_line_is_a_row_and_the_sums_agree_by_payer(files: Path, rows: list[Row]) -> None:
    lines = texts(files / "lines.csv")
    stated = [
        (r["service_id"], r["from"], r["to"], r["sku"], r["payer"], r["rule"], Decimal(r["amount"])) for r in lines
    ]
    charged = [row for row in rows if row["x_FundingMode"] != "none"]
    billed = [
        (r["ResourceId"], f"{r['x_FirstDay']}", f"{r['x_EndDay']}", r["SkuId"], r["x_FundingMode"], r["x_Rule"], r["BilledCost"])
        for r in charged
    ]  # fmt: skip
    assert billed == stated
    found = rate(files / "p", files / "again.csv", period=YEAR)
    for payer, total in (("fund", found.fund), ("unit", found.unit)):
        assert sum(row["BilledCost"] for row in charged if row["x_FundingMode"] == payer) == total
    assert sum(row["BilledCost"] for row in rows) == found.all


def test_the_product_is_exact_and_the_bill_is_the_product_to_the_fen(rows: list[Row]) -> None:
    for row in rows:
        assert row["ListUnitPrice"] * row["PricingQuantity"] == row["ListCost"]
        assert row["ContractedUnitPrice"] * row["PricingQuantity"] == row["ContractedCost"]
        assert row["ContractedCost"].quantize(FEN) == row["BilledCost"] == row["EffectiveCost"]


def test_how_much_of_a_price_the_days_take(rows: list[Row]) -> None:
    """2 x 12 x 15 / 365 months of March; the year of a database in a month of 31 days; use as it was recorded."""
    march, february, january = of(rows, "S-1")[0], of(rows, "S-2")[0], of(rows, "S-7")[0]
    assert (march["PricingQuantity"], march["PricingUnit"]) == (Decimal("0.986301369863"), "台-Months")
    assert (march["ConsumedQuantity"], march["ConsumedUnit"]) == (30, "台-Days")
    assert (january["PricingQuantity"], january["PricingUnit"]) == (Decimal("0.084931506849"), "Unit-Years")
    assert (february["PricingQuantity"], february["PricingUnit"]) == (Decimal("1200.5"), "GB")
    assert (february["ConsumedQuantity"], february["ConsumedUnit"]) == (Decimal("1200.5"), "GB")


def test_amounts_beyond_38_digits_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    package = write(tmp_path / "p", prices=["HT-1,ECS,台,use,999999999,2020-01-01,"])
    (package / "usage.csv").write_text("service_id,on,quantity\n" + "S-1,2026-04-01,999999999.999999\n" * 1000, "utf-8")
    with pytest.raises(BadInput, match="金额过大"):
        export(package, tmp_path / "bill.csv", period=YEAR)
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


# ---- when -------------------------------------------------------------------------------------------------------


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_days_of_beijing_in_utc(files: Path, rows: list[Row]) -> None:
    march = of(rows, "S-1")[0]
    assert (march["x_FirstDay"], march["x_EndDay"]) == (date(2026, 3, 17), date(2026, 4, 1))
    assert (march["ChargePeriodStart"], march["ChargePeriodEnd"]) == (utc("2026-03-16T16:00"), utc("2026-03-31T16:00"))
    assert (march["BillingPeriodStart"], march["BillingPeriodEnd"]) == (
        utc("2026-02-28T16:00"),
        utc("2026-03-31T16:00"),
    )
    text = next(row for row in texts(files / "bill.csv") if row["ResourceId"] == "S-7")
    assert (text["BillingPeriodStart"], text["ChargePeriodEnd"]) == ("2025-12-31T16:00:00Z", "2026-01-31T16:00:00Z")


def test_a_period_that_begins_within_a_month_bills_the_whole_month(tmp_path: Path) -> None:
    package = city(tmp_path / "p")
    export(package, tmp_path / "bill.parquet", period=Period(date(2026, 4, 10), date(2026, 4, 20)))
    row = of(typed(tmp_path / "bill.parquet"), "S-1")[0]
    assert (row["BillingPeriodStart"], row["BillingPeriodEnd"]) == (utc("2026-03-31T16:00"), utc("2026-04-30T16:00"))
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == (utc("2026-04-09T16:00"), utc("2026-04-19T16:00"))


# ---- whose and what ---------------------------------------------------------------------------------------------


def test_what_is_bought_once_is_a_purchase(rows: list[Row]) -> None:
    (setup,) = of(rows, "S-3")
    assert (setup["ChargeCategory"], setup["ChargeFrequency"], setup["BilledCost"]) == ("Purchase", "One-Time", 5000)
    assert (setup["PricingQuantity"], setup["PricingUnit"], setup["ConsumedQuantity"]) == (1, "次", None)
    kinds = {row["ResourceId"]: (row["ChargeCategory"], row["ChargeFrequency"]) for row in rows}
    assert (kinds["S-1"], kinds["S-2"]) == (("Usage", "Recurring"), ("Usage", "Usage-Based"))


def test_names_stay_chinese_and_the_catalogue_is_used(rows: list[Row]) -> None:
    named = {row["SkuId"]: (row["ServiceName"], row["ServiceCategory"], row["ServiceSubcategory"], row["ResourceType"])
             for row in rows}  # fmt: skip
    assert named == {
        "ECS": ("云主机", "Compute", "Virtual Machines", "云主机实例"),
        "OSS": ("对象存储", "Storage", "Other (Storage)", "对象存储"),
        "SETUP": ("SETUP", "Other", "Other (Other)", "SETUP"),
        "DB": ("DB", "Other", "Other (Other)", "DB"),
    }
    march = of(rows, "S-1")[0]
    assert march["ChargeDescription"] == "云主机 2台，2026-03-17起15天，市级统筹"
    assert march["ProviderName"] == march["PublisherName"] == march["InvoiceIssuerName"] == "云甲科技"
    assert json.loads(march["Tags"]) == {"system": "X-1", "contract": "HT-1"}
    assert of(rows, "S-7")[0]["SkuPriceId"] == "HT%2F2/DB/2020-01-01"


def test_the_account_is_the_pool_or_the_unit(tmp_path: Path, rows: list[Row]) -> None:
    accounts = {r["x_FundingMode"]: (r["BillingAccountId"], r["BillingAccountName"], r["SubAccountId"])
                for r in (of(rows, "S-1")[0], of(rows, "S-3")[0])}  # fmt: skip
    assert accounts == {"fund": ("fund", "市级统筹账户", "教育局"), "unit": ("教育局", "教育局", "教育局")}
    package = sealed(city(tmp_path / "p"))
    export(package, tmp_path / "a.parquet", period=YEAR)
    export(package, tmp_path / "b.parquet", period=YEAR, bill=Bill("GY-01", "筑云专户", "ZD-2026-01"))
    first, second = (of(typed(tmp_path / name), "S-1")[0] for name in ("a.parquet", "b.parquet"))
    assert (first["BillingAccountId"], first["InvoiceId"]) == ("520100", None)
    assert (second["BillingAccountId"], second["BillingAccountName"]) == ("GY-01", "筑云专户")
    assert second["InvoiceId"] == "ZD-2026-01"


@pytest.mark.parametrize(
    ("catalog", "told"),
    [
        (["ECS,云主机,计算,,"], "catalog.csv 第2行：service_category“计算”只能是AI and Machine Learning、"),
        (["ECS,,Compute,,", "ECS,,Compute,,"], "catalog.csv 第3行：产品“ECS”重复"),
        (["ECS,,Compute,Object Storage,"], "catalog.csv 第2行：service_subcategory“Object Storage”不属于“Compute”"),
        (["ECS,云,Compute,,", "OSS,云,Storage,,"], "catalog.csv 第3行：名称“云”分属不同的类别"),
        (["ECS,DB,Compute,,"], "catalog.csv 第2行：名称“DB”分属不同的类别"),
    ],
)
def test_a_catalogue_that_cannot_be_used(tmp_path: Path, catalog: list[str], told: str) -> None:
    with pytest.raises(BadInput) as refused:
        export(city(tmp_path / "p", catalog), tmp_path / "bill.csv", period=YEAR)
    assert str(refused.value.mistakes[0]).startswith(told)


def test_a_catalogue_travels_in_the_archive_and_disturbs_no_verification(tmp_path: Path) -> None:
    package = write(tmp_path / "p", CITY)
    rate(package, package / "lines.csv", period=YEAR)
    sealed(package)
    assert verify(city(package)).holds
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for path in package.iterdir():
            archive.write(path, path.name)
    with opened(tmp_path / "p.zip") as inside:
        assert (inside.folder / "catalog.csv").is_file()
    assert "catalog.csv" in json.loads((sealed(package) / "manifest.json").read_text("utf-8"))["files"]
    (package / "catalog.csv").write_text("sku\n", "utf-8")
    assert [mistake.file for mistake in verify(package).stale] == ["catalog.csv"]


# ---- the command ------------------------------------------------------------------------------------------------


def test_the_command_needs_no_settings(tmp_path: Path) -> None:
    words = ["export", "focus", city(tmp_path / "p"), "--from", "2026-01-01", "--to", "2027-01-01"]
    done = subprocess.run(
        [sys.executable, "-m", "yunheng", *words, "--out", tmp_path / "bill.csv", "--invoice", "ZD-1"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "no.such.settings"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].endswith("行，其中免费4行（原价621.37元）")
    assert {row["InvoiceId"] for row in texts(tmp_path / "bill.csv")} == {"ZD-1"}


@pytest.mark.parametrize(
    ("out", "end", "told"),
    [
        ("bill.xlsx", "2027-01-01", "文件名应以.csv或.parquet结尾"),
        ("no/bill.csv", "2027-01-01", "不能写出到这里"),
        ("bill.csv", "2026-01-01", "--to2026-01-01应晚于--from2026-01-01"),
    ],
)
def test_the_command_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, end: str, told: str) -> None:
    words = ["export", "focus", str(city(tmp_path / "p")), "--from", "2026-01-01", "--to", end]
    assert main([*words, "--out", str(tmp_path / out)]) == 2
    assert told in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_package_without_services_is_a_header(tmp_path: Path) -> None:
    found = export(write(tmp_path / "p", services=[]), tmp_path / "bill.csv", period=YEAR)
    assert (found.totals.lines, found.free, found.spared) == (0, 0, 0)
    assert (tmp_path / "bill.csv").read_text("utf-8").startswith("BilledCost,BillingAccountId,")
    assert texts(tmp_path / "bill.csv") == []
