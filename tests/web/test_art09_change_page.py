"""Article 9 on the pages: the draft filled in, the four figures, the list before and after, the day of the provider."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from django.test import Client

from tests.cast import Cast
from tests.journeys.changes import AT, DAY, DISK, HOST, LINK, argue, draft, recommended, returned, running
from tests.journeys.test_art09_change import look, signed_in
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.services.change import operations
from yunheng.domain.services.change.sheets import write_list
from yunheng.domain.services.models import Change
from yunheng.interfaces.jobs.tasks import lapses

pytestmark = pytest.mark.django_db


def test_the_page_shows_the_figures_the_difference_and_the_day_of_the_provider(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    case = recommended(cast, argue(cast, draft(cast, rows=((HOST, "6"), (DISK, "0"), ("+" + LINK, "2")))))
    page = look(cast, "zhou", case)
    for words in ("20,160.00", "24,120.00", "+3,960.00", "1 行调整，1 行新增，1 行退掉", "与提交时一致", "齐全",
                  "今天批准，云服务商须在6月17日（周三）24:00 前完成变更", "论证意见", "19.64"):  # fmt: skip
        assert words in page, words
    book = signed_in(cast, "zhou").get(f"/cases/{case.number}/lines.xlsx")
    assert book.status_code == 200
    paper = case.papers.first()
    assert signed_in(cast, "zhou").get(f"/cases/{case.number}/papers/{paper.pk}").status_code == 200
    assert signed_in(cast, "he").get(f"/cases/{case.number}/papers/{paper.pk}").status_code == 404
    operations.approve(case, actor=cast.actor("zhou"), at=AT)
    for username in ("chen", "wu", "sun", "zhou"):
        assert "批准时复算，与提交时一致" in look(cast, username, case)
    assert "审核意见书" in look(cast, "sun", case)


def test_a_draft_is_opened_filled_in_and_imported_on_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    host, client = running(cast)[HOST], signed_in(cast, "chen")
    assert client.get("/cases/new/change?system=JY-001").status_code == 200
    opened = client.post("/cases/new/change", {"system": "JY-001", "purpose": "秋季扩容"})
    case = Change.objects.get()
    assert opened["Location"] == f"/cases/{case.number}"
    edit = f"/cases/{case.number}/edits/list"
    assert host.number in client.get(edit).content.decode()
    wrong = client.post(
        edit, {f"lines-{host.number}-quantity": "-1", "lines-new1-sku": LINK, "lines-new1-quantity": "0"}
    )
    assert wrong.status_code == 422
    posted = {f"lines-{host.number}-quantity": "6", "lines-new1-sku": LINK, "lines-new1-quantity": "2"}
    assert client.post(edit, posted).status_code == 302
    assert case.lines.count() == 2
    assert (
        client.post(
            edit, {f"lines-{host.number}-quantity": "6", "lines-N1-sku": LINK, "lines-N1-quantity": "0"}
        ).status_code
        == 302
    )
    assert case.lines.count() == 1
    book = io.BytesIO(write_list(case, on=DAY))
    book.name = "list.xlsx"
    assert client.post(f"/cases/{case.number}/edits/workbook", {"workbook": book}).status_code == 302
    page = look(cast, "chen", case)
    assert f"/cases/{case.number}/edits/argument" in page
    stranger = signed_in(cast, "he").post("/cases/new/change", {"system": "JY-001", "purpose": "x"})
    assert stranger.status_code == 422
    assert Change.objects.count() == 1


def test_a_machine_reads_the_list_and_the_provider_records_other_instances(cast: Cast) -> None:
    case = recommended(cast, draft(cast))
    fees = called(cast, "wu").get(f"/api/cases/{case.number}").json()["content"]["fees"]
    assert (fees["before"], fees["added"]) == ("20160.00", "4920.00")
    assert [(row["mark"], row["no"]) for row in fees["rows"]] == [("changed", 1), ("added", 2), ("same", None)]
    path, body = f"/api/services/{running(cast)[HOST].number}/instances", {"instances": "i-9 10.0.0.9"}
    for username, status in (("sun", 200), ("luo", 404), ("he", 404)):
        answer = called(cast, username).post(path, json.dumps(body), content_type="application/json")
        assert answer.status_code == status
    assert running(cast)[HOST].instances == "i-9 10.0.0.9"


def called(cast: Cast, username: str) -> Client:
    """A machine that acts as somebody."""
    token = issue_token(person=cast.person(username), label="测试", valid_to=date(2199, 1, 1), at=AT)
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_returned_change_lapses_when_nobody_answers_for_ninety_days(cast: Cast) -> None:
    case = returned(cast)
    assert [lapses(AT + timedelta(days=days)) for days in (89, 90, 91)] == [0, 0, 1]
    case.refresh_from_db()
    assert case.state == "lapsed"


def test_a_system_leads_to_its_change(cast: Cast) -> None:
    assert "/cases/new/change" not in signed_in(cast, "chen").get("/systems/JY-001").content.decode()  # nothing runs
    running(cast)
    for username, there in (("chen", True), ("zhou", True), ("wu", False)):
        assert (
            "/cases/new/change?system=JY-001" in signed_in(cast, username).get("/systems/JY-001").content.decode()
        ) is there
