"""Article 15 from the ledger: export, verify, accrue; and what an interrupted run leaves."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Cast, assemble, moment, opened
from yunheng.domain.billing import operations
from yunheng.domain.billing.engine import focus
from yunheng.domain.billing.engine.rating import verify
from yunheng.domain.billing.models import Accrual, AccrualLine
from yunheng.domain.services import operations as steps
from yunheng.domain.services.models import Condition, Move, Service
from yunheng.law.kernel.period import Period, month_of, year_of

pytestmark = pytest.mark.django_db
AT = moment("2027-01-05 09:00")


@pytest.fixture
def cast() -> Cast:
    """A city with two services since 8 May 2026, one of which moves and changes."""
    made = assemble()
    case = opened(made)
    for name in ("luo", "sun"):
        steps.confirm_opening(
            case, day=date(2026, 5, 8), line_nos=[1, 2], actor=made.actor(name), at=moment("2026-05-09 10:00")
        )
    first, second = Service.objects.order_by("number")
    Condition.objects.create(service=first, on=date(2026, 8, 3), kind="quantity", value="6")
    Condition.objects.create(service=first, on=date(2026, 9, 12), kind="lane", value="own", rule="art10.3")
    Move.objects.create(source=first, target=second, cause="unit")
    return made


def export(*words: str) -> str:
    out = StringIO()
    call_command("export", "package", "--from", "2026-01-01", "--to", "2027-01-01", *words, stdout=out)
    return out.getvalue()


def test_what_is_exported_verifies(cast: Cast, tmp_path: Path) -> None:
    told = export("--out", str(tmp_path / "p.zip"))
    found = verify(tmp_path / "p.zip")
    assert found.holds
    assert f"{found.totals.lines:,}行" in told
    assert zipfile.ZipFile(tmp_path / "p.zip").namelist()[-2:] == ["services.csv", "usage.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.zip"]


def test_what_is_exported_becomes_a_bill_with_the_names_of_the_catalogue(cast: Cast, tmp_path: Path) -> None:
    export("--out", str(tmp_path / "p"))
    out = tmp_path / "bill.csv"
    done = focus.export(tmp_path / "p", out, period=year_of(2026))
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert sum(Decimal(row["BilledCost"]) for row in rows) == done.totals.all
    assert {(row["ServiceName"], row["ServiceCategory"], row["ResourceType"]) for row in rows} == {
        ("云主机 4核16G", "Compute", "ECS"),
        ("云盘 SSD", "Storage", "DISK"),
    }


def test_the_accrual_of_a_year_is_what_the_package_says(cast: Cast, tmp_path: Path) -> None:
    operations.accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    export("--out", str(tmp_path / "p"))
    rows = [line.split(",") for line in (tmp_path / "p" / "lines.csv").read_text().splitlines()[1:]]
    stored = AccrualLine.objects.order_by("service__number", "from_on").values_list(
        "service__number", "sku", "from_on", "to_on", "days", "payer", "rule", "amount"
    )
    assert [tuple(map(str, row)) for row in stored] == [
        (r[0], r[4], r[5], r[6], r[7], r[11], r[12], r[13]) for r in rows
    ]
    assert len({line.accrual_id for line in AccrualLine.objects.all()}) == 8


def test_running_it_twice_changes_nothing(cast: Cast) -> None:
    def stored() -> list[tuple[object, ...]]:
        return list(
            AccrualLine.objects.order_by("service", "from_on").values_list("service", "from_on", "amount", "rule")
        )

    operations.accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    once = stored()
    operations.accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    operations.accrue_month(jurisdiction_id=cast.city.pk, month=date(2026, 9, 30), at=AT)
    assert stored() == once


def test_a_service_without_price_is_parked_for_its_months_alone(cast: Cast) -> None:
    cast.contract.prices.filter(sku="C-ECS-4C16G").update(valid_to=date(2026, 6, 11))
    accruals = operations.accrue(jurisdiction_id=cast.city.pk, period=Period(date(2026, 5, 1), date(2026, 8, 1)), at=AT)
    held = Service.objects.get(sku="C-ECS-4C16G")
    assert [[(gap["sku"], gap["from"]) for gap in accrual.parked] for accrual in accruals] == [
        [],
        [("C-ECS-4C16G", "2026-06-11")],
        [("C-ECS-4C16G", "2026-07-01")],
    ]
    assert [line.from_on for line in AccrualLine.objects.filter(service=held)] == [date(2026, 5, 8)]
    assert AccrualLine.objects.exclude(service=held).count() == 3


def test_an_interrupted_run_leaves_what_was_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    operations.accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    before = AccrualLine.objects.count()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(operations, "insert_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        operations.accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    assert AccrualLine.objects.count() == before
    monkeypatch.undo()
    operations.accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    assert AccrualLine.objects.count() == before
    assert Accrual.objects.count() == 12


def test_the_sum_of_a_month_is_the_sum_of_its_rounded_lines(cast: Cast) -> None:
    accrual = operations.accrue_month(jurisdiction_id=cast.city.pk, month=date(2026, 5, 8), at=AT)
    amounts = [line.amount for line in accrual.lines.order_by("service__number")]
    days = (month_of(date(2026, 5, 8)).end - date(2026, 5, 8)).days
    assert amounts == [
        (Decimal(4) * 320 * 12 * days / 365).quantize(Decimal("0.01")),
        (Decimal(500) * Decimal("0.8") * 12 * days / 365).quantize(Decimal("0.01")),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--contract", "HT-0"], "没有这个合同"),
        (["--jurisdiction", "520199"], "没有这个区划"),
        (["--to", "2026-01-01"], "应晚于"),
    ],
)
def test_export_refuses_what_it_cannot_do(cast: Cast, tmp_path: Path, words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        export("--out", str(tmp_path / "p"), *words)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CommandError, match="不能写到"):
        export("--out", str(tmp_path), *words)


def test_a_missing_price_exports_nothing(cast: Cast, tmp_path: Path) -> None:
    cast.contract.prices.filter(sku="S-DISK-SSD").update(valid_to=date(2026, 6, 11))
    with pytest.raises(CommandError, match="没有价格"):
        export("--out", str(tmp_path / "p"))
    assert list(tmp_path.iterdir()) == []
