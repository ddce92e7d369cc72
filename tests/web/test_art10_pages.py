"""Article 10 in pages and interface: why something is suggested, why nothing is, and a busy period declared."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.test import Client

from tests.cast import Cast, moment
from tests.journeys.advising import AT, detected, host, measured, step
from tests.journeys.calendars import confirmed, take
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.models import BusyCalendar, Suggestion
from yunheng.domain.optimization.pictures import measures
from yunheng.domain.parties.operations import issue_token

pytestmark = pytest.mark.django_db
LATER = {
    "name": "年报",
    "first": "2026-06-01",
    "last": "2026-06-20",
    "recurs": "yearly",
    "ground": "企业年度报告集中报送",
}
SEASON = {**LATER, "system": "JY-001", "last": "2026-06-15"}


def as_(cast: Cast, username: str) -> Client:
    client = Client()
    client.force_login(cast.person(username))
    return client


def test_every_answer_is_shown_with_its_reason_to_those_whom_it_concerns(cast: Cast) -> None:
    host(cast, n=1)
    host(cast, load="busy", n=2)
    case = detected(cast)
    for username in ("chen", "sun", "zhou", "wu"):
        page = as_(cast, username).get("/optimization").content.decode()
        for words in ("i-busy-2-1", "在用：CPU的P95为60%", case.number, "44台中1台又忙起来（2.3%）"):
            assert words in page
    units = as_(cast, "zhou").get("/optimization").content.decode().partition('id="idle"')[2]
    assert [units.count(f'data-label="{word}">2<') for word in ("闲置", "未见闲置")] == [1, 1]
    quiet = as_(cast, "chen").get("/optimization?result=quiet&kind=idle&q=busy").content.decode()
    assert "i-busy-2-1" in quiet
    assert "i-idle-1-1" not in quiet
    stranger = as_(cast, "he").get("/optimization").content.decode()
    assert ("i-busy" in stranger, "没有你可以查看的资源" in stranger) == (False, True)
    token = issue_token(person=cast.person("chen"), label="测试", valid_to=date(2199, 1, 1), at=AT)
    headers = {"Authorization": f"Bearer {token}"}
    rows = Client().get("/api/advice?service=S-2026-0002&result=quiet", headers=headers).json()
    assert {row["instance"] for row in rows} == {"i-busy-2-0", "i-busy-2-1"}
    assert Client().get(f"/api/cases/{case.number}", headers=headers).json()["content"]["rule_set"] == "10.2-3"


def test_the_drawing_of_use_holds_the_capacity_that_an_open_suggestion_proposes(cast: Cast) -> None:
    case = detected(cast, load="cpu")
    page = as_(cast, "zhou").get(f"/cases/{case.number}").content.decode()
    assert f"/services/{case.service.number}/usage?until=2026-05-20&amp;instance=i-cpu-1-0" in page
    asked = {"service": case.service, "metric": "cpu.utilization", "on": AT.date()}
    known = measures(**asked, instance="i-cpu-1-0", actor=cast.actor("zhou", AT))
    assert [(one.at, one.capacity) for one in known] == [(100, True), (50, True), (45, False), (35, False)]
    assert "建议规格2核" in known[1].words
    others = measures(**asked, instance="i-cpu-1-0", actor=cast.actor("he", AT))  # the suggestion is none of theirs
    assert [one.at for one in others] == [100, 20, 3]


def test_a_busy_period_is_declared_on_the_page_and_by_a_machine_and_shown_with_its_state(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    host(cast)
    chen = as_(cast, "chen")
    assert chen.post("/cases/new/busy_calendar", {**SEASON, "last": "2026-05-01"}).status_code == 422
    assert not BusyCalendar.objects.exists()
    assert chen.post("/cases/new/busy_calendar", SEASON).status_code == 302
    case = BusyCalendar.objects.get()
    assert as_(cast, "zhou").get(f"/cases/{case.number}").status_code == 404  # a draft is the unit's own
    assert as_(cast, "sun").get("/cases/new/busy_calendar").status_code == 403
    token = issue_token(person=cast.person("luo"), label="测试", valid_to=date(2199, 1, 1), at=AT)
    headers = {"Authorization": f"Bearer {token}"}
    for part, body, status in (
        (f"{case.number}/edits/period", {**LATER, "first": "2026-07-01"}, 422),
        (f"{case.number}/edits/period", LATER, 200),
        (f"{case.number}/steps/declare", {"data": {}}, 200),
    ):
        send = Client().put if "edits" in part else Client().post
        content = json.dumps({"data": body} if "edits" in part else body)
        answer = send(f"/api/cases/{part}", content, content_type="application/json", headers=headers)
        assert answer.status_code == status, answer.content
    [row] = Client().get("/api/seasons", headers=headers).json()
    assert (row["case"], row["last"], row["state"], row["protects"]) == (case.number, "2026-06-20", "declared", True)
    for username, path, link in (
        ("wu", "/optimization", True), ("sun", "/optimization", False), ("luo", "/systems/JY-001", True),
    ):  # fmt: skip
        page = as_(cast, username).get(path).content.decode()
        assert "核对期间暂予保护，至2026-06-03" in page
        assert (f'href="/cases/{case.number}">年报</a>' in page) is link
    assert "年报" not in as_(cast, "he").get("/optimization").content.decode()
    page = as_(cast, "wu").get(f"/cases/{case.number}").content.decode()
    for words in (
        "核对期间暂予保护，至2026-06-03",
        "2026-06-01 至 2026-06-20",
        "2026-05-02",
        "核对后报市大数据局",
        "企业年度报告",
    ):
        assert words in page
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(at=AT), at=AT) == 0
    assert not Suggestion.objects.exists()


def test_the_page_of_a_suggestion_draws_what_was_frozen_and_nothing_that_came_later(cast: Cast) -> None:
    case = detected(cast, load="cpu")
    luo = as_(cast, "luo")
    page = luo.get(f"/cases/{case.number}").content.decode()
    for words in (
        "60天使用情况", "i-cpu-1-0，4核16G，3月21日至5月19日，数据覆盖100%", "建议规格2核的全部能力（50%）",
        "最忙一小时上限45%", "P99.5上限35%", "另一台i-cpu-1-1", "建议由4核16G调整为2核16G", "按P99.5需要",
        "7,680.00元", "4,800.00元", "2,880.00元", "2台 ×（320.00 \u2212 200.00）× 12个月，合同", "这条规则准不准",
        "判为偏大的机器中，其后30天有3小时以上超过建议规格的比例", "不是本市数据", 'id="days"', "逐日数据，60 天",
    ):  # fmt: skip
        assert words in page
    assert page.count('role="img"') == 2  # the same picture wide and narrow; one of them is shown
    other = luo.get(f"/cases/{case.number}?instance=i-cpu-1-1").content.decode()
    assert "i-cpu-1-1，4核16G" in other
    unknown = luo.get(f"/cases/{case.number}?instance=%3Cscript%3E").content.decode()
    assert "i-cpu-1-0，4核16G" in unknown
    for kept in case.evidence["instances"]:
        del kept["series"]  # as it was before days were kept
    Suggestion.objects.filter(pk=case.pk).update(evidence=case.evidence)
    old = luo.get(f"/cases/{case.number}").content.decode()
    assert "没有逐日曲线" in old
    assert 'role="img"' not in old.partition('id="use"')[2]


def test_an_idle_machine_is_drawn_against_the_limits_of_idleness_and_given_back_whole(cast: Cast) -> None:
    case = detected(cast)
    page = as_(cast, "chen").get(f"/cases/{case.number}").content.decode()
    for words in ("30天使用情况", "闲置：最高值低于20%", "闲置：P95低于3%", "回收后年费", "7,680.00元",
                  "其后30天又忙起来的比例", "2.3<small>%"):  # fmt: skip
        assert words in page


def test_what_no_longer_goes_on_shows_no_quiet_days_and_what_was_declared_before_says_so(cast: Cast) -> None:
    case = confirmed(cast)
    BusyCalendar.objects.filter(pk=case.pk).update(before_procedure=True, declared_on=AT.date())
    page = as_(cast, "zhou").get(f"/cases/{case.number}").content.decode()
    for words in (
        "已经确认：高峰期内及其之前不提建议",
        "今后一年的安静期",
        "业务日历程序启用前由用户单位申报",
        "终止业务高峰期",
    ):
        assert words in page
    take(cast, case, "end")
    page = as_(cast, "luo").get(f"/cases/{case.number}").content.decode()
    assert "今后一年的安静期" not in page
    assert "业务高峰期终止函" in page


def test_what_was_found_stands_first_and_a_unit_leads_to_its_idle_instances(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    host(cast, n=1, load="unheard")
    host(cast, n=2, load="busy")
    host(cast, n=3)
    detect_place(jurisdiction_id=cast.city.pk, db=measured(), at=AT)
    zhou = as_(cast, "zhou")
    page = zhou.get("/optimization").content.decode()
    order = [page.index(word) for word in ("i-idle-3-0", "i-busy-2-0", "i-unheard-1-0")]
    assert order == sorted(order)
    assert "按vCPU，CPU的P95，近30天" in page
    unit = f"?idle=on&amp;unit={cast.education.pk}#answers"
    assert unit in page
    own = zhou.get(f"/optimization?idle=on&unit={cast.education.pk}").content.decode()
    assert f"只看{cast.education.name}闲置的 2 项判断" in own
    assert "i-idle-3-1" in own
    assert "i-busy-2-0" not in own
    step(cast, Suggestion.objects.get(), "dismiss", AT)
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(), at=moment("2026-05-21 10:00")) == 0
    later = zhou.get(f"/optimization?idle=on&unit={cast.education.pk}").content.decode()
    assert "已有建议或变更，不足90天" in later  # it was asked about, and is idle all the same
    assert later.partition('id="idle"')[2].count('data-label="闲置">2<') == 1
    for wrong in (cast.health.pk, "x", "9" * 30):
        assert "i-idle-3-0" not in zhou.get(f"/optimization?unit={wrong}").content.decode()
    monkeypatch.setattr("yunheng.interfaces.web.views.optimization.UNITS_SHOWN", 1)
    other = host(cast, n=4)
    type(other).objects.filter(pk=other.pk).update(unit=cast.health)
    detect_place(jurisdiction_id=cast.city.pk, db=measured(), at=AT)
    first, second = (zhou.get(f"/optimization?units={n}").content.decode().partition('id="idle"')[2] for n in (1, 2))
    assert ["第 1 页，共 2 页" in first, "第 2 页，共 2 页" in second, "共 2 个单位" in second] == [True] * 3
    names = {cast.education.name, cast.health.name}
    shown = [{name for name in names if f">{name}</a></th>" in part} for part in (first, second)]
    assert [len(one) for one in shown] == [1, 1]
    assert set.union(*shown) == names


def test_the_pages_of_use_are_open_to_those_whose_ledger_shows_it_and_say_up_to_when(cast: Cast) -> None:
    service = host(cast)
    for path in (f"/systems/{cast.system.code}/usage", f"/services/{service.number}/usage?by=hours"):
        assert "还没有汇总过监测数据" in as_(cast, "chen").get(path).content.decode()
        assert as_(cast, "he").get(path).status_code == 404
        assert as_(cast, "sun").get(f"{path.partition('?')[0]}?since=2026-05-01&until=x").status_code == 422
    assert (
        f"/systems/{cast.system.code}/usage" in as_(cast, "zhou").get(f"/systems/{cast.system.code}").content.decode()
    )
