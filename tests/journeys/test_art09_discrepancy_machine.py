"""Article 9.1: the procedure of a difference asked what every procedure is asked, and its pages and interface."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import Cast, in_service, moment, serving
from tests.journeys.inventories import as_approved, compare, only
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.services.discrepancies import operations
from yunheng.domain.services.inventories.reading import COLUMNS
from yunheng.domain.services.models import Discrepancy
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch2_use.art09_discrepancy import DISCREPANCY

AT = moment("2026-06-03 10:00")
DAY = date(2026, 6, 1)


def paper(cast: Cast) -> Attachment:
    return store(
        content=b"%PDF-1.4\n%%EOF", filename="依据.pdf", kind="paper", jurisdiction_id=cast.city.pk,
        person_id=cast.person("sun").pk, at=AT,
    )  # fmt: skip


def unapproved(cast: Cast) -> Discrepancy:
    """Something runs for the system that nobody approved; the system's application of April is a fitting case."""
    in_service(cast)
    extra = {"instance_id": "i-9", "sku": "N-BW", "quantity": "1", "state": "运行", "system": "JY-001"}
    compare(cast, [*as_approved(), extra], DAY)
    return only()


def taken(cast: Cast, step: str, who: str, **sent: Any) -> Discrepancy:
    case = unapproved(cast)
    given = {"opinion": "理由", **sent}
    own = getattr(operations, step, None)
    if own:
        own(case, actor=cast.actor(who), at=AT, **given)
    else:
        advance(case, step, actor=cast.actor(who), at=AT, opinion="理由")
    return case


def reported(cast: Cast) -> Discrepancy:
    case = taken(cast, "rectify", "wu", article="22")
    advance(case, "report_rectified", actor=cast.actor("sun"), at=AT, opinion="已停机")
    return case


def vanished(cast: Cast) -> Discrepancy:
    case = unapproved(cast)
    compare(cast, as_approved(), date(2026, 6, 2))
    case.refresh_from_db()
    return case


def _application(case: Discrepancy) -> str:
    from yunheng.domain.services.models import Application

    return Application.objects.get(system_id=case.system_id).number


def converted(cast: Cast) -> Discrepancy:
    case = unapproved(cast)
    operations.convert(case, linked=_application(case), actor=cast.actor("wu"), at=AT)
    return case


def carried(cast: Cast, case: Any, step: str) -> dict[str, Any]:
    if step == "correct":
        return {"paper": paper(cast)}
    if step in ("match", "convert"):
        return {"linked": _application(case)}
    return {"article": "22"} if step == "rectify" else {}


class TestArticle9Differences(ProcedureTests):
    recipes = Recipes(
        machine=DISCREPANCY,
        at=AT,
        ground=in_service,
        reached={
            "found": unapproved,
            "explained": lambda cast: taken(cast, "explain", "sun"),
            "corrected": lambda cast: taken(cast, "correct", "sun", paper=paper(cast)),
            "converted": converted,
            "to_rectify": lambda cast: taken(cast, "rectify", "wu", article="22"),
            "reported": reported,
            "closed": vanished,
        },
        carried=carried,
        by_clock={
            "vanish": lambda case, at: advance(case, "vanish", actor=CLOCK, at=at),
            "reappear": lambda case, at: advance(case, "reappear", actor=CLOCK, at=at),
        },
    )


# ---- pages and interface -----------------------------------------------------------------------------------------


def client(cast: Cast, username: str) -> Client:
    made = Client()
    made.force_login(cast.person(username))
    return made


def _sheet(rows: list[dict[str, Any]]) -> SimpleUploadedFile:
    keys = [key for key in COLUMNS if key != "unit"]
    lines = [",".join(COLUMNS[key] for key in keys)]
    lines += [",".join(str(row.get(key, "")) for key in keys) for row in rows]
    return SimpleUploadedFile("清单.csv", "\n".join(lines).encode())


def test_a_provider_hands_in_a_sheet_and_everybody_sees_its_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    serving(cast)
    sun, rows = client(cast, "sun"), as_approved()
    assert sun.get("/reconciliation/new").status_code == 200
    wrong = sun.post("/reconciliation/new", {"as_of": "2026-06-01", "file": _sheet([rows[0] | {"quantity": "-1"}])})
    assert wrong.status_code == 422
    assert "第 2 行" in wrong.content.decode()
    answer = sun.post("/reconciliation/new", {"as_of": "2026-06-01", "file": _sheet(rows[:1])}, follow=True)
    assert "已批准、清单无" in answer.content.decode()
    number = only().number
    for username, status in (("chen", 200), ("wu", 200), ("zhou", 200), ("sun", 200), ("he", 404), ("qian", 404)):
        tab = client(cast, username)
        assert tab.get(f"/cases/{number}").status_code == status, username
        assert (number in tab.get("/reconciliation").content.decode()) is (status == 200), username
    assert client(cast, "chen").get("/reconciliation/QD-2026-0001").status_code == 404  # it holds other units' things
    assert client(cast, "chen").get("/reconciliation/new").status_code == 403
    assert number not in client(cast, "wu").get("/reconciliation?kind=changed").content.decode()
    book = client(cast, "wu").get("/reconciliation?as=xlsx")
    assert book.content[:2] == b"PK"
    assert sun.get("/reconciliation/template.xlsx").content[:2] == b"PK"


def test_the_interface_takes_an_inventory_and_names_wrong_rows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    serving(cast)

    def call(username: str, method: str, path: str, body: Any = None) -> Any:
        token = issue_token(person=cast.person(username), label="测试", valid_to=date(2199, 1, 1), at=AT)
        send = getattr(Client(), method)
        kind = {"content_type": "application/json"} if method == "post" else {}
        return send(
            f"/api{path}", *([json.dumps(body)] if body else []), headers={"Authorization": f"Bearer {token}"}, **kind
        )

    rows = [r | {"state": "running"} for r in as_approved()]
    bad = call("sun", "post", "/inventories", {"as_of": "2026-06-01", "rows": [*rows, rows[0] | {"quantity": "x"}]})
    assert bad.status_code == 422
    assert bad.json()["problems"][0]["where"] == "第 3 行"
    assert call("wu", "post", "/inventories", {"as_of": "2026-06-01", "rows": rows}).status_code == 403
    made = call("sun", "post", "/inventories", {"as_of": "2026-06-01", "rows": rows[:1]}).json()
    again = call("sun", "post", "/inventories", {"as_of": "2026-06-01", "rows": rows[:1]}).json()
    assert (made["rows"], made["found"]["new"], again["number"]) == (1, 1, made["number"])
    assert [d["kind"] for d in call("chen", "get", "/discrepancies").json()] == ["absent"]
    assert call("he", "get", "/discrepancies").json() == []
    assert call("chen", "get", f"/inventories/{made['number']}").status_code == 404
