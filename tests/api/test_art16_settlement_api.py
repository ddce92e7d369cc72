"""Article 16 over the machine interface: a provider's machine hands in the statement, every party's machine goes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api.test_api import Caller
from tests.cast import Cast, moment
from tests.journeys.settling import right, year
from yunheng.domain.billing.models import Settlement
from yunheng.domain.billing.settlement import workbook
from yunheng.domain.parties.models import Organisation
from yunheng.law.kernel.period import year_of

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


def test_a_long_statement_comes_as_a_file_and_a_progress_payment_is_taken_off(cast: Cast) -> None:
    sun, tang = Caller(cast, "sun"), Caller(cast, "tang")
    paid = {
        "contract": cast.contract.number,
        "start": "2026-01-01",
        "amount": "1000.00",
        "paid_on": "2026-07-01",
        "voucher": "JD-1",
    }
    assert tang.send("POST", "/payments", paid).json()["final"] is False
    assert tang.send("POST", "/payments", paid).status_code == 422
    assert tang.send("POST", "/payments", {**paid, "start": "2026-02-01", "voucher": "JD-2"}).status_code == 422
    assert Caller(cast, "zhou").send("POST", "/payments", {**paid, "voucher": "JD-3"}).status_code == 403
    assert [row["voucher"] for row in sun.get("/payments").json()] == ["JD-1"]
    book = SimpleUploadedFile("账单.xlsx", workbook.statement_template(cast.contract, year_of(2026)))
    fields = {"contract": cast.contract.number, "start": "2026-01-01", "file": book}
    answer = sun.client.post("/api/settlements/file", fields, headers=sun.headers)
    assert (answer.status_code, answer.json()["differences"]) == (200, [])
    none = {"contract": cast.contract.number, "start": "2026-01-01", "file": SimpleUploadedFile("a.csv", b"")}
    refused = sun.client.post("/api/settlements/file", none, headers=sun.headers)
    assert (refused.status_code, "第一行没有" in refused.json()["detail"]) == (422, True)


def test_the_pages_of_money_as_everybody(cast: Cast) -> None:
    number = Caller(cast, "sun").send("POST", "/settlements", statement(cast)).json()["number"]
    seen = {}
    for name in ("luo", "he", "wu", "zhou", "tang", "sun", "zheng", "qian"):
        browser = Client()
        browser.force_login(cast.person(name))
        pages = (
            f"/settlements/{number}",
            f"/settlements/{number}/lines",
            f"/settlements/{number}/package.zip",
            "/settlements/payments",
        )
        seen[name] = [browser.get(path).status_code for path in pages]
    assert seen == {
        "luo": [200, 200, 404, 200], "he": [404, 404, 404, 200], "wu": [200] * 4, "zhou": [200] * 4, "tang": [200] * 4,
        "sun": [200] * 4, "zheng": [404, 404, 404, 200], "qian": [404, 404, 404, 200],
    }  # fmt: skip
    browser = Client()
    browser.force_login(cast.person("tang"))
    with CaptureQueriesContext(connection) as asked:
        browser.get(f"/settlements/{number}/lines")
    of_lines = [one["sql"] for one in asked if 'FROM "billing_statementline"' in one["sql"]]
    assert of_lines, "the page shows no lines"
    assert all(" LIMIT 101" in sql and "(" not in sql.split(" FROM ")[0] for sql in of_lines)  # no sum, no count of all
    form = {"year": f"{cast.contract.number} 2026-01-01", "amount": "x", "paid_on": "2027-02-01", "voucher": ""}
    wrong = browser.post("/settlements/payments", form)
    assert (wrong.status_code, "须为数字" in wrong.content.decode()) == (422, True)
    form |= {"amount": "500", "voucher": "JD-9"}
    assert "不能晚于今天" in browser.post("/settlements/payments", form).content.decode()
    assert browser.post("/settlements/payments", form | {"paid_on": "2026-08-01"}).status_code == 302
