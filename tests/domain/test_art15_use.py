"""Article 15.1: what is charged by use, from the provider's records to the fen; corrected, never edited."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from tests.api.test_api import Caller
from tests.cast import Cast, D, moment
from tests.journeys.settling import AT, YEAR, issued, settled, year
from yunheng.domain.billing import use, use_missing
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue, accrue_month
from yunheng.domain.billing.queries import charged, differences
from yunheng.domain.billing.settlement import comparing
from yunheng.domain.funding.models import Price
from yunheng.domain.services.models import Condition, Service, UseRecord, UseTable
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.errors import BadInput, NotYours
from yunheng.law.kernel.period import month_of, year_of

pytestmark = pytest.mark.django_db
NUMBER = "S-2026-0002"
HEAD = "日期,服务编号,用量"
ADDRESS = f"/services/{NUMBER}/why?from=2026-06-01"


@pytest.fixture
def cast() -> Cast:
    """A year of two services; the second is charged by use at 0.33 a unit, from 17 July on at 0.5."""
    made = year()
    disk = Service.objects.get(number=NUMBER)
    Price.objects.filter(contract=made.contract, sku=disk.sku).update(
        per="use", unit_price=D("0.33"), valid_to=date(2026, 7, 17)
    )
    Price.objects.create(
        contract=made.contract, sku=disk.sku, unit="GB", per="use", unit_price=D("0.5"), valid_from=date(2026, 7, 17)
    )
    return made


def hand_in(cast: Cast, *rows: str, at: str = "2026-08-20 09:00", who: str = "sun") -> UseTable:
    content = "\n".join((HEAD, *rows)).encode("utf-8-sig")
    return use.hand_in_use(content=content, filename=f"用量{at[:10]}.csv", actor=cast.actor(who), at=moment(at))


def lines(cast: Cast, month: date) -> list[tuple[str, str, str]]:
    accrue_month(jurisdiction_id=cast.city.pk, month=month, at=AT)
    rows = AccrualLine.objects.filter(service__number=NUMBER, accrual__month=month).order_by("from_on")
    return [(f"{row.from_on}", f"{row.quantity.normalize():f}", f"{row.amount}") for row in rows]


def test_a_months_bill_is_the_use_of_its_days_at_their_prices_to_the_fen(cast: Cast, client: Client) -> None:
    rows = [f"2026-07-{day:02},{NUMBER},{day}.333333" for day in range(1, 32)]
    made = hand_in(cast, f"2026-06,{NUMBER},100.15", f"2026-05,{NUMBER},0", *rows)
    assert (made.rows, made.corrected) == (33, 0)
    assert lines(cast, date(2026, 5, 1)) == []  # nothing used, no line
    assert lines(cast, date(2026, 6, 1)) == [("2026-06-01", "100.15", "33.05")]  # 33.0495
    assert lines(cast, date(2026, 7, 1)) == [
        ("2026-07-01", "141.333328", "46.64"),  # 136 + 16 × 0.333333; × 0.33 = 46.63999824
        ("2026-07-17", "364.999995", "182.50"),  # 360 + 15 × 0.333333; × 0.5 = 182.4999975
    ]
    service = Service.objects.get(number=NUMBER)
    (line,) = charged(service=service, period=month_of(date(2026, 6, 1))).lines  # the other carrier says the same
    assert differences(AccrualLine.objects.get(service=service, from_on=date(2026, 6, 1)), line) == []
    client.force_login(cast.person("luo"))
    page = client.get(ADDRESS).content.decode()
    assert "全月共100.15" in page
    assert "报送：用量2026-08-20.csv" in page


def test_the_provider_is_told_once_of_a_month_without_use_after_the_days_for_it_and_the_settlement_says_so(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    hand_in(cast, f"2026-06,{NUMBER},0")  # nothing used is a record
    told = Notice.objects.filter(subject__endswith="的用量尚未报送")
    for at, count in (
        ("2026-07-30 09:00", 0),
        ("2026-08-07 23:00", 0),
        ("2026-08-08 00:10", 1),
        ("2026-08-20 09:00", 1),
    ):
        use_missing.remind(at=moment(at))
        assert told.count() == count, at  # July ends on a Friday; its fifth working day after is Friday, 7 August
    notice = told.get()
    assert (notice.organisation, notice.subject, notice.cite) == (cast.provider, "2026年7月的用量尚未报送", "15.1")
    assert f"2026年7月 {NUMBER}。没有用量的不计费" in notice.text
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment("2027-01-05 09:00"))
    hand_in(cast, *(f"2026-{month:02},{NUMBER},1" for month in (8, 9, 10, 11, 12)), at="2027-01-05 09:00")
    client.force_login(cast.person("sun"))
    address = f"/settlements/new?contract={cast.contract.number}&from=2026-01-01"
    assert f"2026年5月 {NUMBER}；2026年7月 {NUMBER}。" in client.get(address).content.decode()
    case = issued(cast)
    for who, shown in (("wu", True), ("sun", True), ("luo", False)):
        client.force_login(cast.person(who))
        words = client.get(f"/settlements/{case.number}").content.decode()
        assert (f"没有计费：2026年5月 {NUMBER}；2026年7月 {NUMBER}" in words) is shown, who


def test_a_correction_keeps_the_earlier_record_and_becomes_an_adjustment_after_the_settlement(
    cast: Cast, client: Client
) -> None:
    hand_in(cast, f"2026-06,{NUMBER},100.15", f"2026-07-20,{NUMBER},7")
    accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=AT)
    case = settled(cast, issued(cast))
    assert (case.period_from, comparing.adjust_late(case, at=AT)) == (YEAR, [])
    made = hand_in(cast, f"2026-06,{NUMBER},90", f"2026-07-20,{NUMBER},7", at="2027-02-01 09:00")
    assert made.corrected == 1
    held = UseRecord.objects.filter(on=date(2026, 6, 30)).order_by("pk")
    assert [(row.quantity, row.replaced_by_id) for row in held] == [(D("100.15"), made.pk), (D(90), None)]
    assert UseRecord.objects.count() == 3  # the same quantity again is no correction
    (late,) = comparing.adjust_late(case, at=AT)
    assert late.corrects is not None
    assert (late.corrects.from_on, late.late, late.quantity, late.amount) == (
        date(2026, 6, 1), True, D(90), D("-3.35"),  # 29.70 − 33.05
    )  # fmt: skip
    assert comparing.adjust_late(case, at=AT) == []
    client.force_login(cast.person("luo"))
    page = client.get(ADDRESS).content.decode()
    assert "全月共100.15，已更正，不计" in page
    assert "报送：用量2027-02-01.csv" in page


def test_a_month_has_one_record_wherever_its_service_ends(cast: Cast) -> None:
    hand_in(cast, f"2026-06,{NUMBER},100")
    Service.objects.filter(number=NUMBER).update(closed_on=date(2026, 6, 21))
    assert hand_in(cast, f"2026-06,{NUMBER},100").corrected == 1
    (row,) = UseRecord.objects.filter(replaced_by=None)
    assert (row.on, row.quantity) == (date(2026, 6, 20), D(100))


def test_every_wrong_row_is_named_and_nothing_is_kept(cast: Cast) -> None:
    hand_in(cast, f"2026-06,{NUMBER},1", f"2026-07-05,{NUMBER},1", f"2026-07-01,{NUMBER},1")
    Condition.objects.create(
        service_id=Service.objects.get(number=NUMBER).pk, on=date(2026, 5, 20), kind="lane", value="own"
    )
    with pytest.raises(BadInput) as wrong:
        hand_in(
            cast, f"2026-06-01,{NUMBER},1", f"2026-08,{NUMBER},1", f"2026-05-07,{NUMBER},-1", "x,S-2026-9999,",
            "2026-06-01,S-2026-0001,1", f"2026-07-09,{NUMBER},1", f"2026-07-09,{NUMBER},2", f"2026-08-21,{NUMBER},1e3",
            f"2026-05,{NUMBER},1.1234567",
        )  # fmt: skip
    named: dict[str, list[str]] = {}
    for problem in wrong.value.problems:
        named.setdefault(problem.where, []).append(problem.what)
    shape = "须为不小于 0 的数，整数至多 9 位，小数至多 6 位"
    assert named == {
        "第 2 行": [f"{NUMBER}的 2026-06 已按月报送，更正也按月"],
        "第 3 行": ["2026-08 还没有结束，按日报送"],
        "第 4 行": [f"用量“-1”{shape}", f"{NUMBER}在 2026-05-07 没有运行"],
        "第 5 行": [
            "日期“x”须为 2026-01-31 或 2026-01 这样的日期", "没有服务“S-2026-9999”，或不是你提供的", "没有用量；没有使用填 0",
        ],
        "第 6 行": ["S-2026-0001在 2026-06-01 不按用量计价"],
        "第 8 行": ["与第 7 行是同一服务的同一时间"],
        "第 9 行": [f"用量“1e3”{shape}", "日期 2026-08-21 晚于今天"],
        "第 10 行": [f"用量“1.1234567”{shape}", f"{NUMBER}在 2026-05 有变更、迁移或调价，按日报送"],
    }  # fmt: skip
    assert UseRecord.objects.count() == 3
    assert UseTable.objects.count() == 1
    with pytest.raises(BadInput, match="须有一个“用量”列"):
        use.hand_in_use(content="日期,服务编号".encode(), filename="a.csv", actor=cast.actor("sun"), at=AT)
    with pytest.raises(NotYours):
        hand_in(cast, f"2026-06,{NUMBER},1", who="luo")


def test_the_template_comes_back_by_page_and_by_interface(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yunheng.interfaces.api import senders
    from yunheng.interfaces.web.views import use as view

    for place in (senders, view):
        monkeypatch.setattr(place.timezone, "now", lambda: moment("2026-08-20 09:00"))
    client.force_login(cast.person("sun"))
    book = load_workbook(io.BytesIO(client.get("/bill/use/template.xlsx").content))
    book.worksheets[0].append(["2026-06", NUMBER, 12.5])
    buffer = io.BytesIO()
    book.save(buffer)

    def post(content: bytes) -> int:
        answer = client.post("/bill/use", {"file": SimpleUploadedFile("用量.xlsx", content)})
        return answer.status_code

    assert (post(buffer.getvalue()), post(b"PK"), post(b"")) == (302, 422, 422)
    assert UseRecord.objects.get().quantity == D("12.5")
    sent = SimpleUploadedFile("用量.csv", f"{HEAD}\n2026-06,{NUMBER},13".encode())
    machine = Caller(cast, "sun")
    answer = machine.client.post("/api/use/file", {"file": sent}, headers=machine.headers)
    assert (answer.status_code, answer.json()["corrected"]) == (200, 1)
    assert "用量.xlsx" in client.get("/bill/use").content.decode()
    client.force_login(cast.person("luo"))
    assert client.get("/bill/use").status_code == 403
