"""Article 15 on the bill page: one order, four ways to prorate, checked by hand; and why an amount is what it is."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from tests.cast import Cast, D, confirm_opening, draft, moment, recommended, report_opening
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.services import operations
from yunheng.domain.services.models import Service

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 17)


@pytest.fixture
def served(cast: Cast) -> Service:
    """One machine at 320 yuan a month from 17 March 2026 on."""
    case, opening = draft(cast, at="2026-03-02 09:00", lines=(("C-ECS-4C16G", "1"),)), moment("2026-03-17 15:00")
    recommended(cast, case, at=moment("2026-03-10 09:00"))
    operations.approve(case, actor=cast.actor("zhou"), at=moment("2026-03-10 09:00"))
    confirm_opening(cast, report_opening(cast, case, on=DAY, at=opening), on=DAY, at=opening)
    return Service.objects.get()


def _accrue(cast: Cast) -> None:
    for month in range(1, 13):
        accrue_month(jurisdiction_id=cast.city.pk, month=date(2026, month, 1), at=moment("2027-01-01 01:00"))


@pytest.mark.parametrize(
    ("proration", "total"),
    [
        # 320 x 12 x days / 365, month by month: 157.81, 4 x 315.62 (30 days), 5 x 326.14 (31 days)
        ("annual_actual", "3,050.99"),
        ("annual_365", "3,050.99"),
        # 320 x days / 30: 160.00 + 4 x 320.00 + 5 x 330.67
        ("month_30", "3,093.35"),
        # 320 x 15 / 31 = 154.84, then nine whole months
        ("calendar_month", "3,034.84"),
    ],
)
def test_one_order_prorated_four_ways(cast: Cast, served: Service, client: Client, proration: str, total: str) -> None:
    type(cast.contract).objects.filter(pk=cast.contract.pk).update(proration=proration)
    _accrue(cast)
    client.force_login(cast.person("luo"))
    page = client.get("/bill?year=2026").content.decode()
    assert f">{total}<" in page
    assert AccrualLine.objects.count() == 10


def test_the_page_says_that_the_stored_line_is_what_comes_out_now(cast: Cast, served: Service, client: Client) -> None:
    client.force_login(cast.person("luo"))
    address = f"/services/{served.number}/why?from={DAY}"
    assert "这一段还没有计提" in client.get(address).content.decode()
    _accrue(cast)
    shown = client.get(address).content.decode()
    assert "复算结果与账单所存一致" in shown
    pieces = shown.rsplit("<table", 1)[1].split("<tfoot>")[0]
    cells = re.findall(r"<td[^>]*>", pieces)
    assert "yh-table--cards" in pieces  # a phone shows cards, each cell with its label
    assert all("data-label" in cell for cell in cells) and len(cells) > 5  # noqa: PT018


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": D("157.80")}, "金额"),
        ({"payer": "unit"}, "承担方"),
        ({"quantity": D(2)}, "数量"),
        ({"unit_price": D(319)}, "单价"),
        ({"days": 14}, "天数"),
        ({"rule": "art13-uncovered"}, "规则"),
    ],
)
def test_every_difference_to_the_stored_line_is_named(
    cast: Cast, served: Service, client: Client, changed: dict[str, object], said: str
) -> None:
    _accrue(cast)
    AccrualLine.objects.filter(from_on=DAY).update(**changed)
    client.force_login(cast.person("luo"))
    page = client.get(f"/services/{served.number}/why?from={DAY}").content.decode()
    assert "复算结果与账单所存不同" in page
    assert f"<td>{said}</td>" in page
    assert "已超期" not in page
