"""Article 14: contracts and their dated prices. A price is never edited; every wrong row of a table is named."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import Cast, D, moment
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.funding.operations import PriceInput, Terms, register_contract, supplement_prices
from yunheng.domain.funding.queries import prices_on
from yunheng.domain.funding.sheets import HEAD, read_prices, write_prices
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours

pytestmark = pytest.mark.django_db
AT = moment("2026-04-29 10:00")
JULY = date(2026, 7, 1)


def terms(cast: Cast, **changes: Any) -> Terms:
    plain = Terms("HT-2027-01", "市级政务云服务", cast.provider, date(2027, 1, 1), date(2028, 1, 1))
    return replace(plain, **changes)


def price(sku: str = "N-BW", figure: str = "40", on: date = JULY, **changes: Any) -> PriceInput:
    return replace(PriceInput("第 2 行", sku, "month", D(figure), on), **changes)


def supplement(cast: Cast, *prices: PriceInput) -> int:
    return supplement_prices(cast.contract, prices=prices, actor=cast.actor("zhou"), at=AT)


def workbook(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((head, *rows)):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


@pytest.mark.parametrize(("username", "lane"), [("zhou", "covered"), ("luo", "own")])
def test_the_bureau_buys_for_the_covered_lane_and_a_head_for_the_own_unit(cast: Cast, username: str, lane: str) -> None:
    made = register_contract(terms=terms(cast), actor=cast.actor(username), at=AT)
    assert (made.lane, made.buyer_id) == (lane, cast.actor(username).organisation_id)


@pytest.mark.parametrize("username", ["chen", "ma", "wu", "sun", "qian", "zheng"])
def test_nobody_else_enters_a_contract(cast: Cast, username: str) -> None:
    with pytest.raises(NotYours):
        register_contract(terms=terms(cast), actor=cast.actor(username), at=AT)


def test_every_gap_of_a_contract_is_named_at_once(cast: Cast) -> None:
    wrong = terms(
        cast, number="HT-2026-01", name=" ", ends_on=date(2027, 1, 1), provider=cast.centre, proration="x",
        amount=D("0.001"),
    )  # fmt: skip
    with pytest.raises(BadInput) as caught:
        register_contract(terms=wrong, actor=cast.actor("zhou"), at=AT)
    assert [problem.where for problem in caught.value.problems] == [
        "合同编号", "合同名称", "服务期至（不含）", "云服务商", "折算方式", "合同金额（元）",
    ]  # fmt: skip


@pytest.mark.parametrize(("on", "figure"), [(date(2026, 6, 30), 45), (JULY, 40), (date(2026, 7, 2), 40)])
def test_a_supplement_ends_the_price_before_on_its_first_day(cast: Cast, on: date, figure: int) -> None:
    assert supplement(cast, price()) == 1
    assert prices_on(contract=cast.contract, on=on)["N-BW"].unit_price == figure
    assert list(cast.contract.prices.filter(sku="N-BW").values_list("valid_from", "valid_to")) == [
        (date(2026, 1, 1), JULY), (JULY, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"on": date(2026, 1, 1)}, "已有自 2026-01-01 起的价格"),
        ({"on": date(2025, 12, 31)}, "不在合同服务期内"),
        ({"on": date(2199, 1, 1)}, "不在合同服务期内"),
        ({"sku": "X-NONE"}, "X-NONE"),
        ({"figure": "-0.01"}, "单价须不小于 0"),
        ({"figure": "0.0000001"}, "单价须不小于 0"),
        ({"figure": "1000000000"}, "单价须不小于 0"),
        ({"per": "week"}, "计价须为"),
        ({"valid_to": JULY}, "止日须晚于起日"),
    ],
)
def test_a_wrong_price_is_named_and_the_table_stays(cast: Cast, wrong: dict[str, Any], said: str) -> None:
    before = list(Price.objects.order_by("pk").values_list())
    with pytest.raises(BadInput, match=said):
        supplement(cast, price(sku="S-DISK-SSD"), price(**wrong))
    assert list(Price.objects.order_by("pk").values_list()) == before


@pytest.mark.parametrize("figure", ["0", "0.000001", "999999999.999999"])
def test_the_smallest_and_the_largest_price(cast: Cast, figure: str) -> None:
    supplement(cast, price(figure=figure))
    assert prices_on(contract=cast.contract, on=JULY)["N-BW"].unit_price == D(figure)


def test_rows_of_one_table_do_not_overlap(cast: Cast) -> None:
    with pytest.raises(BadInput, match="重叠至 2026-09-01"):
        supplement(cast, price(valid_to=date(2026, 9, 1)), price(on=date(2026, 8, 31)))
    assert supplement(cast, price(valid_to=date(2026, 9, 1)), price(on=date(2026, 9, 1))) == 2


def test_only_the_buyer_adds_prices(cast: Cast) -> None:
    with pytest.raises(NotFound):
        supplement_prices(cast.contract, prices=[price()], actor=cast.actor("luo"), at=AT)


def test_an_exported_table_comes_in_again_and_changes_nothing(cast: Cast) -> None:
    supplement(cast, price(figure="39.123456"))
    before = list(Price.objects.order_by("pk").values_list())
    assert supplement(cast, *read_prices(write_prices(cast.contract))) == 0
    assert list(Price.objects.order_by("pk").values_list()) == before


def test_a_new_contract_exports_the_catalogue_to_be_filled_in(cast: Cast) -> None:
    made = register_contract(terms=terms(cast), actor=cast.actor("zhou"), at=AT)
    with pytest.raises(BadInput, match="没有单价"):
        read_prices(write_prices(made))


def test_every_wrong_row_of_a_workbook_is_named(cast: Cast) -> None:
    with pytest.raises(BadInput) as caught:
        read_prices(
            workbook(
                ("N-BW", "", "", "每月", 40, date(2026, 7, 1), ""),
                ("N-BW", "", "", "每周", "四十", "七月", ""),
                ("", "", "", "每月", 1, "2026-07-01", ""),
            )
        )
    assert [problem.where for problem in caught.value.problems] == ["第 3 行", "第 3 行", "第 3 行", "第 4 行"]


@pytest.mark.parametrize(("rows", "refused"), [(2000, False), (10000, True)])
def test_a_table_has_an_end(rows: int, refused: bool) -> None:
    content = workbook(*(("N-BW", "", "", "每月", 1, "2026-07-01", ""),) * rows)
    if refused:
        with pytest.raises(BadInput, match="超过 2000 行"):
            read_prices(content)
    else:
        assert len(read_prices(content)) == rows


def test_formulas_and_a_missing_head_are_refused() -> None:
    with pytest.raises(BadInput, match="E2 单元格是公式"):
        read_prices(workbook(("N-BW", "", "", "每月", "=1+1", "2026-07-01", "")))
    with pytest.raises(BadInput, match="目录编码"):
        read_prices(workbook(("a", "b"), head=("甲", "乙")))


def test_the_pages_from_the_signed_contract_to_its_prices(cast: Cast, client: Client) -> None:
    client.force_login(cast.person("zhou"))
    given = {
        "number": "HT-2027-01", "name": "市级政务云服务（2027年）", "starts_on": "2027-01-01", "ends_on": "2027-01-01",
        "proration": "annual_actual", "charge_suspended": "no", "amount": "", "provider": cast.provider.credit_code,
    }  # fmt: skip
    wrong = client.post("/contracts/new", given)
    assert (wrong.status_code, "须晚于服务期开始日" in wrong.content.decode()) == (422, True)
    assert client.post("/contracts/new", {**given, "ends_on": "2028-01-01"}).status_code == 302
    bad = SimpleUploadedFile("价目.xlsx", workbook(("N-BW", "", "", "每月", "四十", "2027-01-01", "")))
    answer = client.post("/contracts/HT-2027-01", {"part": "workbook", "file": bad})
    assert (answer.status_code, "第 2 行：单价“四十”不是数字" in answer.content.decode()) == (422, True)
    good = SimpleUploadedFile("价目.xlsx", workbook(("N-BW", "", "", "每月", 40.5, date(2027, 1, 1), "")))
    assert client.post("/contracts/HT-2027-01", {"part": "workbook", "file": good}).status_code == 302
    one = {"part": "price", "sku": "S-DISK-SSD", "per": "month", "unit_price": "0.7", "valid_from": "2027-01-01"}
    assert client.post("/contracts/HT-2027-01", {**one, "unit_price": "七毛"}).status_code == 422
    assert client.post("/contracts/HT-2027-01", one).status_code == 302
    made = Contract.objects.get(number="HT-2027-01")
    assert list(made.prices.values_list("sku", "unit_price")) == [("N-BW", D("40.5")), ("S-DISK-SSD", D("0.7"))]
    assert read_prices(client.get("/contracts/HT-2027-01/prices.xlsx").content)[0].unit_price == D("40.5")


@pytest.mark.parametrize(
    ("username", "status"), [("luo", 200), ("he", 404), ("zhou", 200), ("sun", 200), ("qian", 404)]
)
def test_a_unit_s_own_contract_is_there_for_its_parties_alone(
    cast: Cast, client: Client, username: str, status: int
) -> None:
    client.force_login(cast.person(username))
    assert client.get("/contracts/HT-JY-01").status_code == status
