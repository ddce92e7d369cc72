"""The same steps over the machine interface: tokens, problems, and a whole journey."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, approved, draft, moment
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.services.models import Undertaking

pytestmark = pytest.mark.django_db


class Caller:
    """Somebody's machine."""

    def __init__(self, cast: Cast, username: str) -> None:
        token = issue_token(
            person=cast.person(username), label="测试", valid_to=date(2199, 1, 1), at=moment("2026-01-01 00:00")
        )
        self.client, self.headers = Client(), {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api{path}", headers=self.headers)

    def send(self, method: str, path: str, body: Any) -> Any:
        return self.client.generic(
            method, f"/api{path}", json.dumps(body), content_type="application/json", headers=self.headers
        )

    def step(self, number: str, name: str, **body: Any) -> Any:
        known = {name: body.pop(name) for name in ("version", "opinion", "waiver") if name in body}
        return self.send("POST", f"/cases/{number}/steps/{name}", {**known, "data": body})


def test_without_a_token_the_answer_is_401_and_says_so(cast: Cast) -> None:
    answer = Client().get("/api/me")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_strangers_case_is_not_there(cast: Cast) -> None:
    case = draft(cast)
    for answer in (
        Caller(cast, "he").get(f"/cases/{case.number}"),
        Caller(cast, "he").step(case.number, "submit"),
        Caller(cast, "zhou").get(f"/cases/{case.number}"),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"] == "没有这个办件，或你无权查看"


def test_the_journey_over_the_interface(cast: Cast) -> None:
    Undertaking.objects.create(unit=cast.education, signed_by=cast.person("luo"), signed_at=moment("2026-01-05 09:00"))
    chen, luo, wu, zhou, sun = (Caller(cast, name) for name in ("chen", "luo", "wu", "zhou", "sun"))
    number = chen.send("POST", "/applications", {"system": "JY-001", "purpose": "研修"}).json()["number"]
    lines = [{"sku": "C-ECS-4C16G", "quantity": "4"}]
    assert chen.send("PUT", f"/applications/{number}/lines", lines).status_code == 200
    chen.send("PUT", f"/applications/{number}/sizing", {"figures": {"users": "20000"}})
    for kind in ("form", "plan", "contract"):
        chen.send("PUT", f"/applications/{number}/papers/{kind}", {"reason": "不适用"})
    chen.step(number, "pass_to_head")
    refused = luo.step(number, "submit")
    assert (refused.status_code, refused.json()["article"]) == (422, "第六条第二款")
    assert "验收意见" in refused.json()["detail"]
    chen.send("PUT", f"/applications/{number}/papers/acceptance", {"reason": "不适用"})
    done = luo.step(number, "submit")
    assert done.status_code == 200, done.json()
    assert wu.step(number, "accept").json()["state"] == "accepted"
    assert (
        wu.step(number, "recommend", contract="HT-2026-01", grants=[{"key": "1", "approved": "4"}]).status_code == 200
    )
    assert zhou.step(number, "approve").json()["state"] == "notified"
    report = [{"key": "1", "quantity": "4", "actual_on": str(_local_today())}]
    assert sun.step(number, "report_opened", reports=report).json()["state"] == "opened"
    for party in (luo, sun):
        party.step(number, "confirm_opening", day=str(_local_today()), lines=[1])
    assert chen.get(f"/cases/{number}").json()["state"] == "in_service"
    accrue_month(jurisdiction_id=cast.city.pk, month=_local_today(), at=moment("2026-12-01 01:00"))
    line = chen.get(f"/bill/lines?year={_local_today().year}").json()[0]
    assert (line["sku"], line["payer"], line["from_on"]) == ("C-ECS-4C16G", "fund", str(_local_today()))


def _local_today() -> date:
    from django.utils import timezone

    return timezone.localdate()


def test_a_stale_version_is_answered_with_who_was_first(cast: Cast) -> None:
    case = approved(cast)
    answer = Caller(cast, "zhou").step(case.number, "approve", version=4)
    assert answer.status_code == 409
    assert "已由周明批准并通知开通" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([{"sku": "C-ECS-4C16G", "quantity": "NaN"}], id="不是数"),
        pytest.param([{"sku": "C-ECS-4C16G", "quantity": "1e400"}], id="过大"),
        pytest.param([{"sku": "C-ECS-4C16G", "quantity": "0"}], id="零"),
        pytest.param([{"sku": "X\u0000", "quantity": "1"}], id="空字符"),
        pytest.param([{"sku": "没有的编码", "quantity": "1"}], id="编码不在目录"),
        pytest.param({"sku": "C-ECS-4C16G"}, id="不是清单"),
    ],
)
def test_a_wrong_list_is_refused_and_the_old_one_stays(cast: Cast, body: Any) -> None:
    case = draft(cast)
    answer = Caller(cast, "chen").send("PUT", f"/applications/{case.number}/lines", body)
    assert answer.status_code == 422
    assert answer.json()["problems"]
    assert case.lines.count() == 2


def test_the_description_is_there(cast: Cast) -> None:
    described = Caller(cast, "chen").get("/openapi.json").json()
    assert "/api/cases/{number}/steps/{step}" in described["paths"]


def test_the_registers_of_articles_3_and_14(cast: Cast) -> None:
    chen, zhou, he = (Caller(cast, username) for username in ("chen", "zhou", "he"))
    given = {
        "name": "智慧教育云", "category": "business", "built_by": "self", "asset_owner": "unit",
        "network_zone": "internet",
    }  # fmt: skip
    made = chen.send("POST", "/systems", given).json()
    assert chen.get(f"/systems/{made['code']}").json()["name"] == "智慧教育云"
    assert he.get(f"/systems/{made['code']}").status_code == 404
    refused = chen.send("POST", "/systems", {**given, "name": "涉密系统", "classified": True})
    assert (refused.status_code, "不得使用政务云服务" in refused.json()["detail"]) == (422, True)
    prices = [{"sku": "N-BW", "per": "month", "unit_price": "40", "valid_from": "2026-07-01"}]
    after = zhou.send("POST", "/contracts/HT-2026-01/prices", prices).json()
    assert [p["valid_to"] for p in after["prices"] if p["sku"] == "N-BW"] == ["2026-07-01", None]
    assert he.get("/contracts/HT-JY-01").status_code == 404
    assert chen.send("POST", "/contracts/HT-2026-01/prices", prices).status_code == 404


def test_what_the_schema_finds_wrong_is_said_in_chinese(cast: Cast) -> None:
    chen = Caller(cast, "chen")
    answer = chen.send("POST", "/systems", {"name": "x" * 500, "mlps_level": "三", "started_on": "昨天"})
    found = {problem["where"].split(".")[-1]: problem["what"] for problem in answer.json()["problems"]}
    assert answer.status_code == 422
    assert found["category"] == "须填写"
    assert found["mlps_level"] == "须为整数"
    assert found["started_on"] == "须为 2026-01-31 这样的日期"
    assert found["name"].startswith("最多 ")


def test_a_line_is_reported_once_in_a_report(cast: Cast) -> None:
    case = approved(cast)
    row = {"key": "1", "quantity": "4", "actual_on": "2026-05-08"}
    answer = Caller(cast, "sun").step(case.number, "report_opened", reports=[row, row])
    assert (answer.status_code, "同一行出现两次" in answer.json()["detail"]) == (422, True)


def test_an_address_that_is_not_there_is_a_problem_too(cast: Cast) -> None:
    for answer in (Caller(cast, "chen").get("/nothing/here"), Caller(cast, "chen").send("POST", "/nothing", {})):
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["detail"] == "接口没有这个地址"
