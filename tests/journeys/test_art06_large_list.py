"""Article 6 on real input: the list of a large bureau (925 cores, 3,689 GB of memory, 139,200 GB of disk, 2,186 Mb).

Imported as a workbook on the page, exported and imported again unchanged, reviewed line by line, approved.
"""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import Cast, D, draft, moment, sign_undertaking
from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Price
from yunheng.domain.services import operations
from yunheng.domain.services.sheets import HEAD, read_list
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.workflow.models import Obligation

pytestmark = pytest.mark.django_db
# sku, category, name, unit, price a month in yuan, the quantities of the lines
LISTED = (
    ("C-ECS-VCPU", "compute", "ECS vCPU", "核", "48", (8,) * 100 + (16,) * 7 + (13,)),
    ("C-ECS-MEM", "compute", "ECS 内存", "GB", "18", (32,) * 100 + (64,) * 7 + (41,)),
    ("S-DISK-EFF", "storage", "云盘 高效", "GB", "0.35", (300,) * 114 + (234,)),
    ("S-DISK-CAP", "storage", "云盘 容量型", "GB", "0.2", (1000,) * 104 + (766,)),
    ("N-BW", "network", "互联网带宽", "Mbps", "45", (20,) * 109 + (6,)),
)
TOTALS = {"C-ECS-VCPU": 925, "C-ECS-MEM": 3689, "S-DISK-EFF": 34434, "S-DISK-CAP": 104766, "N-BW": 2186}
AT = moment("2026-04-29 10:00")


def _publish(cast: Cast) -> None:
    for sku, category, name, unit, price, _ in LISTED:
        Item.objects.get_or_create(
            jurisdiction=cast.city, code=sku, valid_from=date(2025, 1, 1),
            defaults={"category": category, "product": name, "name": name, "unit": unit},
        )  # fmt: skip
        Price.objects.get_or_create(
            contract=cast.contract, sku=sku, valid_from=date(2026, 1, 1),
            defaults={"unit": unit, "per": "month", "unit_price": D(price)},
        )  # fmt: skip


def _workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("资源清单")
        sheet.write_row(0, 0, HEAD)
        row = 0
        for sku, _, name, unit, _, quantities in LISTED:
            for quantity in quantities:
                row += 1
                sheet.write_row(
                    row, 0, (row, sku, name, "", unit, quantity, f"模块 {row}", "互联网区", "生产", "否", "")
                )
    return buffer.getvalue()


def test_the_list_of_a_large_bureau_goes_from_its_workbook_to_the_notice(cast: Cast, client: Client) -> None:
    seed(jurisdiction_id=cast.city.pk, at=AT)
    _publish(cast)
    sign_undertaking(cast)
    case = draft(cast)
    client.force_login(cast.person("chen"))
    file = SimpleUploadedFile("清单.xlsx", _workbook())
    assert client.post(f"/cases/{case.number}/edit", {"part": "workbook", "file": file}).status_code == 302
    asked: Counter[str] = Counter()
    for line in case.lines.all():
        asked[line.sku] += int(line.quantity)
    assert asked == TOTALS
    exported = client.get(f"/cases/{case.number}/lines.xlsx").content
    assert [(line.sku, line.quantity, line.purpose) for line in read_list(exported)] == [
        (line.sku, line.quantity, line.purpose) for line in read_list(_workbook())
    ]

    operations.take(case, "pass_to_head", actor=cast.actor("chen"), at=AT)
    operations.take(case, "submit", actor=cast.actor("luo"), at=AT)
    operations.take(case, "accept", actor=cast.actor("wu"), at=AT)
    lines = list(case.lines.all())
    grants = {line.no: operations.Cut(line.quantity) for line in lines}
    largest = max((line for line in lines if line.sku == "C-ECS-VCPU"), key=lambda line: line.quantity)
    grants[largest.no] = operations.Cut(largest.quantity - 4, "测试环境与生产共用")
    operations.recommend(case, grants=grants, contract=cast.contract, actor=cast.actor("wu"), at=AT, opinion="同意")
    operations.approve(case, actor=cast.actor("zhou"), at=AT)
    case.refresh_from_db()
    monthly = (
        (925 - 4) * Decimal(48) + 3689 * Decimal(18) + 34434 * Decimal("0.35") + 104766 * Decimal("0.2") + 2186 * 45
    )
    assert operations.annual_fee_of(case, on=AT.date()) == monthly * 12
    owed = Obligation.objects.get(case=case, step="report_opened", closed_at=None)
    assert owed.due_on == date(2026, 5, 9)
    client.force_login(cast.person("zhou"))
    page = client.get(f"/cases/{case.number}")
    assert page.status_code == 200
    assert f"{monthly * 12:,.2f}" in page.content.decode()
