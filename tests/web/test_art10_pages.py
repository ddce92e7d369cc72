"""Article 10 in pages and interface: why something is suggested, why nothing is, and a busy period declared."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.test import Client

from tests.cast import Cast, moment
from tests.journeys.advising import AT, detected, host, measured
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.models import BusyPeriod, Suggestion
from yunheng.domain.optimization.pictures import measures
from yunheng.domain.parties.operations import issue_token

pytestmark = pytest.mark.django_db
SEASON = {"system": "JY-001", "name": "年报", "first": "2026-06-01", "last": "2026-06-15", "recurs": "yearly"}


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
    assert "i-busy" not in as_(cast, "he").get("/optimization").content.decode()
    token = issue_token(person=cast.person("chen"), label="测试", valid_to=date(2199, 1, 1), at=AT)
    headers = {"Authorization": f"Bearer {token}"}
    rows = Client().get("/api/advice?service=S-2026-0002&result=quiet", headers=headers).json()
    assert {row["instance"] for row in rows} == {"i-busy-2-0", "i-busy-2-1"}
    assert Client().get(f"/api/cases/{case.number}", headers=headers).json()["content"]["rule_set"] == "10.2-2"


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


def test_a_busy_period_is_declared_on_the_page_or_by_a_machine_and_keeps_the_rules_quiet(cast: Cast) -> None:
    host(cast)
    chen = as_(cast, "chen")
    assert chen.post("/optimization/season", {**SEASON, "last": "2026-05-01"}).status_code == 422
    assert not BusyPeriod.objects.exists()
    assert chen.post("/optimization/season", SEASON).status_code == 302
    assert "年报" in as_(cast, "zhou").get("/optimization").content.decode()
    assert as_(cast, "sun").get("/optimization/season").status_code == 403
    token = issue_token(person=cast.person("luo"), label="测试", valid_to=date(2199, 1, 1), at=AT)
    for code, status in (("JY-001", 200), ("JY-999", 404)):
        body = {**SEASON, "last": "2026-06-20"}
        body.pop("system")
        answer = Client().put(
            f"/api/systems/{code}/seasons", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.status_code == status
    assert BusyPeriod.objects.get().last == date(2026, 6, 20)
    at = moment("2026-05-20 10:00")
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(at=at), at=at) == 0
    assert not Suggestion.objects.exists()
