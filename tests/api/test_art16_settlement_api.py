"""Article 16 over the machine interface: a provider's machine hands in the statement, every party's machine goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_api import Caller
from tests.cast import Cast, moment
from tests.journeys.settling import right, year
from yunheng.domain.billing.models import Settlement
from yunheng.domain.parties.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The year is over for the interface, which takes its time from the clock."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment("2027-01-11 09:00"))
    return year()


def statement(cast: Cast, **changed: Any) -> dict[str, Any]:
    lines = [
        {
            "service": line.service, "sku": line.sku, "from_on": f"{line.from_on}", "to_on": f"{line.to_on}",
            "quantity": f"{line.quantity}", "unit_price": f"{line.unit_price}", "payer": line.payer, "amount": f"{line.amount}",
        }
        for line in right(cast)
    ]  # fmt: skip
    return {"contract": cast.contract.number, "start": "2026-01-01", "lines": [{**lines[0], **changed}, *lines[1:]]}


def test_a_year_is_settled_over_the_interface(cast: Cast) -> None:
    callers = {name: Caller(cast, name) for name in ("sun", "luo", "wu", "zhou", "zheng", "tang")}
    made = callers["sun"].send("POST", "/settlements", statement(cast, amount="986.31"))
    assert made.status_code == 200, made.json()
    number, (difference,) = made.json()["number"], made.json()["differences"]
    assert (difference["reason"], difference["article"]) == ("折算天数或基数与合同不符", "第十五条第一款")

    def step(who: str, name: str, **body: Any) -> dict[str, Any]:
        answer = callers[who].send("POST", f"/settlements/{number}/steps/{name}", body)
        assert answer.status_code == 200, answer.json()
        found: dict[str, Any] = answer.json()
        return found

    assert step("sun", "adjust", differences=[difference["id"]])["differences"] == []
    assert step("luo", "unit_confirm")["parts"][0]["status"] == "confirmed"
    checks = {key: {"passed": True} for key in ("units", "systems", "optimisation", "fees")}
    assert step("wu", "verify", checks=checks)["state"] == "verified"
    auditor = Organisation.objects.get(kind="auditor").credit_code
    sealed = step("zhou", "commission", auditor=auditor, declared=True)["package_digest"]
    package = callers["zheng"].get(f"/settlements/{number}/package")
    assert package.content[:2] == b"PK"
    assert callers["luo"].get(f"/settlements/{number}/package").status_code == 404
    cuts = [{"no": 1, "cut": "1.00", "reason": "停机"}]
    assert step("zheng", "account", digest=sealed, cuts=cuts)["state"] == "accounted"
    payable = step("zhou", "audit", deductions="10.00", ground="服务评价")["payable"]
    done = step("tang", "settle", amount=payable, paid_on="2027-01-10", voucher="PZ-1")
    assert (done["state"], done["payable"]) == ("settled", payable)
    lines = callers["luo"].get(f"/settlements/{number}/lines?after=1&limit=200").json()
    assert [line["corrects"] for line in lines if line["adjustment"]] == [1]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"amount": "1.005"}, "amount"),
        ({"payer": "city"}, "payer"),
        ({"to_on": "2026-05-08"}, "止应晚于起"),
        ({"from_on": "2025-12-31"}, "不在账期"),
    ],
)
def test_a_statement_with_a_wrong_line_is_refused_and_nothing_is_stored(
    cast: Cast, changed: dict[str, str], told: str
) -> None:
    answer = Caller(cast, "sun").send("POST", "/settlements", statement(cast, **changed))
    assert answer.status_code == 422
    assert told in str(answer.json())
    assert not Settlement.objects.exists()


def test_a_stranger_finds_no_settlement_and_a_unit_learns_nothing_of_others(cast: Cast) -> None:
    number = Caller(cast, "sun").send("POST", "/settlements", statement(cast)).json()["number"]
    for path in ("", "/lines", "/package"):
        assert Caller(cast, "he").get(f"/settlements/{number}{path}").status_code == 404
    assert Caller(cast, "he").send("POST", f"/settlements/{number}/steps/unit_confirm", {}).status_code == 404
    seen = Caller(cast, "luo").get(f"/settlements/{number}").json()
    assert (seen["package_digest"], seen["payable"], len(seen["parts"])) == ("", None, 1)
    wrong = Caller(cast, "luo").send("POST", f"/settlements/{number}/steps/verify", {})
    assert (wrong.status_code, wrong.json()["article"]) == (403, "第十六条")
