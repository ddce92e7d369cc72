"""The provider's table of utilisation (10.2): one wrong row and nothing is kept; measured before given, later before earlier."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from tests.api.test_api import Caller
from tests.cast import Cast, moment
from tests.journeys.releasing import preparing
from tests.metering.measured import Rows, deliver, ms, rows
from yunheng.domain.metering import operations as do
from yunheng.domain.metering import tables
from yunheng.domain.metering.handing import hand_in, handed_in
from yunheng.domain.metering.models import UsageTable
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.errors import BadInput, NotYours

pytestmark = pytest.mark.django_db
AT = moment("2026-05-11 10:00")
ON = date(2026, 5, 10)
ME = "520100/S-2026-0001/i-1"
HEAD = "日期,服务编号,实例编号,CPU使用率平均,CPU使用率P95,CPU使用率最高,时,采样数"


@pytest.fixture
def city(cast: Cast, settings: Any, tmp_path: Path) -> Cast:
    settings.METERING = tmp_path
    preparing(cast)  # a service of four hosts since 2026-05-08
    return cast


def given(city: Cast, *lines: str, head: str = HEAD, at: datetime = AT, who: str = "sun") -> tuple[Rows, Rows]:
    content = "\n".join((head, *lines)).encode("utf-8-sig")
    hand_in(content=content, filename="使用情况.csv", actor=city.actor(who), at=at)
    do.compact_all(at=at)
    return rows(do.store())


def test_days_and_hours_of_a_table_are_in_the_roll_ups_and_what_is_empty_is_absent(city: Cast) -> None:
    hours, days = given(
        city, "2026-05-10,S-2026-0001,i-1,2.5,,9,,288", "2026-05-10,S-2026-0001,i-2,1,2,3,0,12",
        "2026-05-10,S-2026-0001,i-2,3,4,8%,23,12",
    )  # fmt: skip
    other = "520100/S-2026-0001/i-2"
    assert days == {
        (ME, "cpu.utilization", ON): (2.5, None, 9, 288),
        (other, "cpu.utilization", ON): (2, pytest.approx(3.9), 8, 24),
    }
    first, last = (
        datetime.fromtimestamp(ms(f"2026-05-10 {t}:00") / 1000, UTC).replace(tzinfo=None) for t in ("00", "23")
    )
    assert hours == {(other, "cpu.utilization", first): (1, 2, 3, 12), (other, "cpu.utilization", last): (3, 4, 8, 12)}
    assert list(handed_in(actor=city.actor("wu")).values_list("rows", "instances", "first", "last")) == [(3, 2, ON, ON)]
    assert not handed_in(actor=city.actor("chen")).exists()


def test_the_later_table_stands_and_what_was_measured_stands_before_both(city: Cast) -> None:
    def day() -> Any:
        return rows(do.store())[1].get((ME, "cpu.utilization", ON))

    row = "2026-05-10,S-2026-0001,i-1,{0},{0},{0},,"
    given(city, row.format(50))
    given(city, row.format(20), at=moment("2026-05-11 11:00"))  # a correction downwards
    assert day() == (20, 20, 20, 1)
    deliver(do.store(), [(ME, "cpu.utilization", "", ms("2026-05-10 12:00"), 0, 7.0)])
    do.compact_all(at=AT)
    assert day() == (7, 7, 7, 1)
    given(city, row.format(90), "2026-05-10,S-2026-0001,i-3,1,1,1,,", at=moment("2026-05-11 12:00"))
    assert day() == (7, 7, 7, 1)
    assert ("520100/S-2026-0001/i-3", "cpu.utilization", ON) in rows(do.store())[1]
    do.compact_all(at=moment("2026-05-25 10:00"))  # the samples are gone, their figures stay
    given(city, row.format(95), at=moment("2026-05-25 11:00"))
    assert day() == (7, 7, 7, 1)


def test_every_wrong_row_is_named_and_nothing_is_kept(city: Cast) -> None:
    Service.objects.update(instances="i-1 10.0.0.7")
    with pytest.raises(BadInput) as wrong:
        given(
            city, "2026-05-10,S-2026-0001,i-1,1,1,1,,", "2026-05-10,S-2026-0001,i-1,2,2,2,,", "10/5/2026,,i-1,1,1,1,,",
            "2026-05-10,S-2026-0009,i-1,1,1,1,,", "2026-05-07,S-2026-0001,i-9,1,1,1,24,", "2026-05-12,S-2026-0001,i-1,,,,,x",
            "2026-05-10,S-2026-0001,i-1,9,8,7,1,", "2024-05-10,S-2026-0001,i-1,-1,nan,2000,,", "2026-05-10,S-2026-0001,,1,,,,",
        )  # fmt: skip
    named: dict[str, list[str]] = {}
    for problem in wrong.value.problems:
        named.setdefault(problem.where, []).append(problem.what)
    assert named == {
        "第 3 行": ["与第 2 行是同一实例的同一时间"],
        "第 4 行": ["日期“10/5/2026”须为 2026-01-31 这样的日期", "没有服务编号；合并的单元格请拆开，逐行填写"],
        "第 5 行": ["没有服务“S-2026-0009”，或不是你提供的"],
        "第 6 行": ["时“24”须为 0 至 23 的整数", "S-2026-0001的台账中没有实例“i-9”", "S-2026-0001在 2026-05-07 没有运行"],
        "第 7 行": ["采样数“x”须为 0 至 86,400 的整数", "日期 2026-05-12 晚于今天", "没有一项监测数据"],
        "第 8 行": ["CPU使用率的平均或P95大于最高"],
        "第 9 行": [
            "S-2026-0001在 2024-05-10 没有运行", "日期 2024-05-10 早于数据保留期，全天数据最早接收 2025-04-06",
            "CPU使用率平均“-1”须为 0 至 1,000 的数，单位%", "CPU使用率P95“nan”须为 0 至 1,000 的数，单位%",
            "CPU使用率最高“2000”须为 0 至 1,000 的数，单位%",
        ],
        "第 10 行": ["没有实例编号"],
    }  # fmt: skip
    assert rows(do.store()) == ({}, {})
    assert not UsageTable.objects.exists()
    with pytest.raises(BadInput, match="没有“CPU平均”这一列"):
        given(city, "2026-05-10,S-2026-0001,i-1,1", head="日期,服务编号,实例编号,CPU平均")
    with pytest.raises(BadInput, match="第一行没有“服务编号”"):
        given(city, "2026-05-10", head="日期,实例编号")
    with pytest.raises(NotYours):
        given(city, who="wu")


def test_the_template_comes_back_and_page_and_interface_say_the_same(
    city: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yunheng.interfaces.api import senders
    from yunheng.interfaces.web.views import metering

    for place in (senders, metering):
        monkeypatch.setattr(place.timezone, "now", lambda: AT)
    client = Client()
    client.force_login(city.person("sun"))
    book = load_workbook(io.BytesIO(client.get("/metering/template.xlsx").content))
    assert [cell.value for cell in book.worksheets[0][1]] == tables.heads()
    assert all(row[1].value for row in book.worksheets[1].iter_rows())
    book.worksheets[0].append([datetime(2026, 5, 10), None, "S-2026-0001", "i-1", 1.5, 2, 3])  # noqa: DTZ001
    buffer = io.BytesIO()
    book.save(buffer)

    def post(content: bytes) -> Any:
        return client.post("/metering/new", {"file": SimpleUploadedFile("表.xlsx", content)})

    assert post(buffer.getvalue())["Location"] == "/metering"
    assert "表.xlsx" in client.get("/metering").content.decode()
    do.compact_all(at=AT)
    shown = client.get("/services/S-2026-0001/usage?until=2026-05-11").content.decode()
    assert "2026-05-10" in shown
    assert "1.5" in shown
    for words in ("yh-daily__bar", "现有规格的全部能力", "闲置：P95低于3%"):
        assert words in shown
    api = Caller(city, "chen").get("/services/S-2026-0001/usage?since=2026-05-01&until=2026-05-31").json()
    figures = {"mean": 1.5, "p95": 2.0, "max": 3.0, "n": 1}
    assert api == [{"instance": "i-1", "metric": "cpu.utilization", "day": "2026-05-10", **figures}]
    assert Caller(city, "he").get("/services/S-2026-0001/usage?since=2026-05-01&until=2026-05-31").status_code == 404
    assert client.get("/services/S-2026-0001/usage?since=x").status_code == 422
    assert client.get("/services/S-2026-0001/usage?since=2026-06-01").status_code == 422
    answer = post(b"no workbook")
    assert (answer.status_code, "没有收下" in answer.content.decode()) == (422, True)
    caller, file = Caller(city, "sun"), SimpleUploadedFile("表.xlsx", buffer.getvalue())
    assert caller.client.post("/api/usage/file", {"file": file}, headers=caller.headers).json()["rows"] == 1
    client.force_login(city.person("chen"))
    assert (client.get("/metering").status_code, client.get("/metering/new").status_code) == (200, 403)
