"""Work orders of a provider: over the interface and as a workbook, each report once, whoever sends it how often."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import Error, connections, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tests.api.test_api import Caller
from tests.cast import Cast, approved, assemble, moment, organisation, person
from tests.journeys import changes
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.audit.models import Record
from yunheng.foundation.audit.operations import broken_links
from yunheng.foundation.workflow.errors import BadInput, Conflict, Refusal
from yunheng.foundation.workflow.models import Case, WorkOrderReport
from yunheng.foundation.workflow.orders import queries, reports
from yunheng.foundation.workflow.orders.returns import take_in
from yunheng.foundation.workflow.orders.sheets import GUIDE, write_orders

pytestmark = pytest.mark.django_db
AT, DAY = moment("2026-05-09 10:00"), "2026-05-08"
SHEET = "服务申请-报告已开通"


def first_line(**more: str) -> dict[str, Any]:
    return {"reports": [{"key": "1", "quantity": "4", "actual_on": DAY, **more}]}


def order_of(cast: Cast, case: Case, step: str = "report_opened") -> str:
    return case.obligations.get(holder=cast.provider, step=step, closed_at=None).order


def second_provider(cast: Cast) -> None:
    other = organisation(cast.city, "provider", "另一家云服务有限公司", 9)
    person(other, "fang", "方圆", "delivery")
    person(cast.provider, "jin", "金辉", "finance")


# ---- over the interface ----------------------------------------------------------------------------------------------


def test_an_opening_over_the_interface_from_the_offer_to_the_last_line(cast: Cast) -> None:
    case, sun = approved(cast), Caller(cast, "sun")
    (offered,) = sun.get("/work-orders?state=offered").json()
    number = offered["id"]
    assert (number, offered["case"], offered["revision"], offered["step"]) == (
        order_of(cast, case), case.number, case.version, "report_opened",
    )  # fmt: skip
    order = sun.get(f"/work-orders/{number}").json()
    assert [(line["key"], line["sku"], line["quantity"]) for line in order["lines"]] == [
        ("1", "C-ECS-4C16G", "4"), ("2", "S-DISK-SSD", "500"),
    ]  # fmt: skip
    assert [field["name"] for field in order["fields"]] == ["reports", "opinion"]
    assert order["letters"] == [letter.number for letter in case.letters.all()]
    due = case.obligations.get(closed_at=None, holder=cast.provider).due_on

    taken = sun.send("POST", f"/work-orders/{number}/accept", {"revision": case.version})
    assert (taken.status_code, taken.json()["state"], taken.json()["reports"][0]["by"]) == (200, "accepted", "孙立")
    assert Record.objects.filter(kind="work_order.accept", subject=case.number).count() == 1
    assert (case.obligations.get(closed_at=None, holder=cast.provider).due_on, case.events.count()) == (
        due, case.version,
    )  # fmt: skip

    body = {"revision": case.version, "opinion": "备件未到，5月12日到货"}
    stuck = sun.send("POST", f"/work-orders/{number}/obstacle", body).json()
    assert (stuck["revision"], stuck["state"]) == (case.version + 1, "accepted")
    part = sun.send("POST", f"/work-orders/{number}/results", {"revision": stuck["revision"], "data": first_line()})
    assert (part.json()["state"], [line["status"] for line in part.json()["lines"]]) == (
        "accepted", ["reported", "pending"],
    )  # fmt: skip
    rest = {"reports": [{"key": "2", "quantity": "500", "actual_on": DAY}]}
    last = sun.send("POST", f"/work-orders/{number}/results", {"revision": part.json()["revision"], "data": rest})
    assert (last.status_code, last.json()["state"]) == (200, "done")
    case.refresh_from_db()
    assert [line.status for line in case.lines.all()] == ["reported", "reported"]
    assert [one["step"] for one in sun.get(f"/work-orders?state=open&after={number}").json()] == ["confirm_opening"]
    assert [one["id"] for one in sun.get("/work-orders?state=done&kind=application&limit=1").json()] == [number]
    assert sun.get("/work-orders?after=x").status_code == 422


def test_what_was_reported_stands_whoever_sends_it_again_and_how_often(cast: Cast) -> None:
    case, sun = approved(cast), Caller(cast, "sun")
    seen, path = case.version, f"/work-orders/{order_of(cast, case)}"
    wrong = sun.send("POST", f"{path}/results", {"revision": seen, "data": first_line(quantity="9")})
    assert (wrong.status_code, WorkOrderReport.objects.count()) == (422, 0)
    good = {"revision": seen, "data": first_line()}
    first = sun.send("POST", f"{path}/results", good)
    assert (first.status_code, "Idempotent-Replay" in first) == (200, False)
    same = {"revision": seen, "opinion": " ", "data": first_line(quantity=4, plugin="")}  # type: ignore[arg-type]
    for again in (sun.send("POST", f"{path}/results", body) for body in (good, same)):
        assert (again.status_code, again["Idempotent-Replay"], again.json()) == (200, "true", first.json())
    assert case.events.filter(step="report_opened").count() == 1

    other = sun.send("POST", f"{path}/results", {"revision": seen, "data": first_line(quantity="3")})
    assert other.status_code == 409
    told = other.json()["reported"]
    assert (told["act"], told["by"], told["content"]["data"]) == ("results", "孙立", first_line())
    stale = sun.send("POST", f"{path}/accept", {"revision": seen})
    assert (stale.status_code, stale.json()["revision"], stale.json()["state"]) == (409, seen + 1, "offered")
    assert f"现在是第 {seen + 1} 版" in stale.json()["detail"]
    ahead = sun.send("POST", f"{path}/results", {"revision": seen + 7, "data": first_line()})
    assert (ahead.status_code, ahead.json()["revision"]) == (409, seen + 1)
    accepted = [sun.send("POST", f"{path}/accept", {"revision": seen + 1}) for _ in (1, 2)]
    assert [("Idempotent-Replay" in one, one.json()) for one in accepted] == [
        (False, accepted[0].json()), (True, accepted[0].json()),
    ]  # fmt: skip
    with pytest.raises(Error), transaction.atomic():
        WorkOrderReport.objects.update(revision=99)


def test_an_order_that_is_withdrawn_says_so_and_takes_nothing(cast: Cast) -> None:
    case, sun = approved(cast), Caller(cast, "sun")
    number, seen = order_of(cast, case), case.version
    operations.take(case, "cancel", actor=cast.actor("luo"), at=moment("2026-04-29 15:00"), opinion="项目调整")
    late = sun.send("POST", f"/work-orders/{number}/results", {"revision": seen, "data": first_line()})
    assert (late.status_code, late.json()["state"], late.json()["revision"]) == (409, "withdrawn", seen + 1)
    order = sun.get(f"/work-orders/{number}").json()
    assert (order["state"], order["fields"], order["obstacle"], order["working_days_left"]) == (
        "withdrawn", [], False, None,
    )  # fmt: skip


def test_orders_are_their_providers_own(cast: Cast) -> None:
    second_provider(cast)
    case = approved(cast)
    number, body = order_of(cast, case), {"revision": case.version, "opinion": "x"}
    for username in ("fang", "luo", "zhou", "he"):
        caller = Caller(cast, username)
        assert caller.get("/work-orders").json() == []
        answers = [caller.get(f"/work-orders/{number}")]
        answers += [
            caller.send("POST", f"/work-orders/{number}/{act}", body) for act in ("accept", "results", "obstacle")
        ]
        assert {answer.status_code for answer in answers} == {404}
    finance = Caller(cast, "jin")  # of the same provider, without the role
    assert [len(finance.get("/work-orders").json()), finance.get(f"/work-orders/{number}").json()["fields"]] == [1, []]
    for act in ("accept", "results", "obstacle"):
        assert finance.send("POST", f"/work-orders/{number}/{act}", body).status_code == 403
    assert Caller(cast, "sun").get(f"/work-orders/{case.number}-{number}").status_code == 404
    assert WorkOrderReport.objects.count() == 0


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
    st.text(), inner)))  # fmt: skip
def test_canonical_content_is_its_own_canonical_form(value: Any) -> None:
    once = reports.canonical(value)
    assert reports.canonical(json.loads(json.dumps(once))) == once


# ---- as a workbook ---------------------------------------------------------------------------------------------------


def exported(cast: Cast) -> Workbook:
    sun = cast.actor("sun")
    content = write_orders(queries.orders(actor=sun, state="open"), actor=sun, on=date(2026, 5, 9))
    return load_workbook(io.BytesIO(content))


def fill(book: Workbook, row: int, sheet: str = SHEET, **cells: Any) -> Workbook:
    page = book[sheet]
    heads = {cell.value: cell.column for cell in page[1]}
    for head, value in cells.items():
        page.cell(row, heads[head]).value = value
    return book


def handed_in(cast: Cast, book: Workbook, username: str = "sun") -> list[tuple[str, bool]]:
    buffer = io.BytesIO()
    book.save(buffer)
    return [(one.act, one.replayed) for one in take_in(buffer.getvalue(), actor=cast.actor(username), at=AT)]


def test_a_workbook_reports_what_the_interface_reports_and_twice_is_once(cast: Cast) -> None:
    approved_case = approved(cast)
    approved_case.title = "=1+1"
    approved_case.save(update_fields=["title"])
    book = exported(cast)
    page = book[SHEET]
    assert [cell.value for cell in page[1]][-7:] == [
        "开通数量", "实际开通日", "实例与地址", "监控插件", "意见", "接单", "办理困难（原因和预计日期）",
    ]  # fmt: skip
    assert (page.cell(2, 4).value, page.cell(2, 4).data_type) == ("=1+1", "s")
    assert [page.cell(row, 12).value for row in (2, 3)] == ["1. 云主机 4核16G", "2. 云盘 SSD"]
    fill(book, 2, 开通数量=4, 实际开通日=date(2026, 5, 8), 接单="是")
    assert handed_in(cast, book) == [("accept", False), ("results", False)]
    assert handed_in(cast, book) == [("accept", True), ("results", True)]
    line = approved_case.lines.get(no=1)
    assert (line.status, line.actual_on, f"{line.opened:f}") == ("reported", date(2026, 5, 8), "4.000000")
    with pytest.raises(BadInput, match="第 6 版已由孙立于5月9日 10:00回报，内容与这次不同"):
        handed_in(cast, fill(book, 2, 开通数量=3))

    # Both orders that the case has now, in one file: the first moves the case, the second rests on the same file.
    both = fill(exported(cast), 2, "服务申请-报告其余资源已开通", 开通数量="500", 实际开通日=DAY)
    fill(both, 2, "服务申请-确认开通日期", 正式开通日期=DAY, 所涉资源="是")
    assert handed_in(cast, both) == [("results", False), ("results", False)]
    assert handed_in(cast, both) == [("results", True), ("results", True)]
    assert [line.provider_day for line in approved_case.lines.all()] == [date(2026, 5, 8), None]
    answer = Caller(cast, "sun").get("/work-orders?state=open").json()
    assert [one["step"] for one in answer] == ["confirm_opening"]


Change = Callable[[Workbook], object]
BAD: tuple[tuple[Change, str], ...] = (
    (lambda book: None, "没有填写任何回报"),
    (lambda book: fill(book, 2, 开通数量="=2+2"), f"“{SHEET}”第 2 行：N2 单元格是公式"),
    (lambda book: fill(book, 3, 开通数量="五百", 实际开通日=DAY), f"“{SHEET}”第 3 行：开通数量：“五百”不是数字"),
    (lambda book: fill(book, 2, 开通数量=4), f"“{SHEET}”第 2 行：实际开通日：须填写日期"),
    (lambda book: fill(book, 2, 开通数量=4, 实际开通日="5月8日"), "“5月8日”不是日期"),
    (lambda book: fill(book, 2, 开通数量=5, 实际开通日=DAY), "超过"),
    (lambda book: fill(book, 2, 版本="5", 接单="是") and fill(book, 3, 版本="5"), "现在是第 6 版"),
    (lambda book: fill(book, 2, 版本="最新", 接单="是"), "版本“最新”不是导出时的版本"),
    (lambda book: fill(book, 3, 版本="5", 接单="是"), "各行的版本不一致"),
    (lambda book: fill(book, 2, 工单编号="SQ-2026-0001-99999999", 接单="是"), "没有这个工单"),
    (lambda book: fill(book, 2, 工单编号=None, 接单="是"), "没有工单编号"),
    (lambda book: fill(book, 2, 接单="好"), "接单须为是或否"),
    (lambda book: fill(book, 2, 行号="7", 开通数量=4, 实际开通日=DAY), "没有“7”这一行"),
    (lambda book: fill(book, 2, 清单="", 开通数量=4), "只在“本次开通的资源”的各行填写"),
    (lambda book: fill(book, 3, 行号="1") and fill(fill(book, 2, 开通数量=4), 3, 开通数量=4), "出现两次"),
    (lambda book: fill(book, 2, 意见="甲") and fill(book, 3, 意见="乙"), "各行的“意见”不一致"),
    (lambda book: book[SHEET].cell(1, 20, "开通数") and book[SHEET].cell(2, 20, "4"), "没有“开通数”这一列"),
    (lambda book: book[SHEET].cell(1, 15, "开通数量"), "表头有重复的列"),
    (lambda book: fill(book, 2, **{"意见": "x", "办理困难（原因和预计日期）": "y"}), "不能同时填写"),
    (lambda book: book.remove(book[SHEET]), "没有带“工单编号”一列的表"),
)  # fmt: skip


def test_a_bad_sheet_names_its_row_and_leaves_nothing_behind(cast: Cast) -> None:
    case = approved(cast)
    wrong = []
    for change, words in BAD:
        book = exported(cast)
        change(book)
        try:
            handed_in(cast, book)
            wrong.append((words, "taken in"))
        except Refusal as refusal:
            if words not in refusal.message:
                wrong.append((words, refusal.message))
    assert wrong == []
    with pytest.raises(BadInput, match="不是可以打开的"):
        take_in(b"PK", actor=cast.actor("sun"), at=AT)
    case.refresh_from_db()
    assert (case.state, case.version, WorkOrderReport.objects.count()) == ("notified", 6, 0)


def test_one_wrong_order_keeps_the_whole_file_out_and_all_wrong_rows_are_named(cast: Cast) -> None:
    good, wrong, worse = approved(cast), approved(cast), approved(cast)
    book = exported(cast)
    fill(book, 2, 开通数量=4, 实际开通日=DAY)
    fill(fill(book, 4, 开通数量=9, 实际开通日=DAY), 6, 开通数量=0, 实际开通日=DAY)
    with pytest.raises(BadInput) as refused:
        handed_in(cast, book)
    assert [problem.where for problem in refused.value.problems] == [f"“{SHEET}”第 4 行", f"“{SHEET}”第 6 行"]
    assert {Case.objects.get(pk=case.pk).version for case in (good, wrong, worse)} == {6}
    fill(fill(book, 4, 开通数量=4), 6, 开通数量=None, 实际开通日=None)
    fill(book, 7, **{"办理困难（原因和预计日期）": "缺货，5月20日到货"})
    assert handed_in(cast, book) == [("results", False), ("results", False), ("obstacle", False)]
    assert worse.events.get(sequence=7).opinion == "缺货，5月20日到货"
    assert broken_links() == []


def test_the_page_is_the_providers_and_does_the_same(cast: Cast) -> None:
    second_provider(cast)
    case = approved(cast)
    number, client = order_of(cast, case), Client()
    for username in ("luo", "zhou"):
        client.force_login(cast.person(username))
        assert client.get("/work-orders").status_code == 404
    client.force_login(cast.person("fang"))
    assert number not in client.get("/work-orders").content.decode()
    client.force_login(cast.person("sun"))
    shown = client.get("/work-orders?kind=application&state=offered").content.decode()
    assert all(words in shown for words in (number, "待接单", "去办理", "报告困难", 'href="/work-orders"'))
    took = {"do": "accept", "order": number, "revision": case.version}
    assert "已接单" in client.post("/work-orders", took, follow=True).content.decode()
    assert "现在是第 6 版" in client.post("/work-orders", took | {"revision": "3"}, follow=True).content.decode()
    assert client.post("/work-orders", took | {"order": "SQ-1"}).status_code == 404
    assert number not in client.get("/work-orders?state=offered").content.decode()
    answer = client.get("/work-orders?as=xlsx")
    book = fill(load_workbook(io.BytesIO(answer.getvalue())), 2, 开通数量=4, 实际开通日=DAY)
    assert book.sheetnames == [SHEET, GUIDE]

    def send(sheet: Workbook) -> Any:
        buffer = io.BytesIO()
        sheet.save(buffer)
        buffer.seek(0)
        buffer.name = "回报.xlsx"
        return client.post("/work-orders", {"do": "import", "file": buffer})

    assert "已导入" in send(book).content.decode()
    assert "已报过同样的内容，没有变动" in send(book).content.decode()
    refused = send(fill(book, 2, 开通数量="x"))
    assert (refused.status_code, "第 2 行" in refused.content.decode()) == (422, True)
    assert client.post("/work-orders", {"do": "import"}).status_code == 422
    assert "已办结" in client.get("/work-orders?closed=on").content.decode()


def test_a_change_is_an_order_with_before_and_after(cast: Cast) -> None:
    case = changes.notified(cast)
    sun = Caller(cast, "sun")
    (offered,) = sun.get("/work-orders?kind=change").json()
    order = sun.get(f"/work-orders/{offered['id']}").json()
    assert (order["step"], order["lines"][0]["before"].keys()) == ("complete", {"sku", "quantity"})
    days = [{"key": key, "effective_on": case.notified_on.isoformat()} for key, _ in order["fields"][0]["keys"]]
    done = sun.send(
        "POST", f"/work-orders/{order['id']}/results", {"revision": order["revision"], "data": {"days": days}}
    )
    assert (done.status_code, done.json()["state"]) == (200, "done"), done.content.decode()


# ---- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("quantities", [("4", "4"), ("4", "3")])
def test_two_reports_at_once_take_the_step_once(transactional_db: None, quantities: tuple[str, str]) -> None:
    cast = assemble()
    case = approved(cast)
    number, gate, sun = order_of(cast, case), Barrier(2), cast.actor("sun")

    def send(quantity: str) -> str:
        try:
            gate.wait(timeout=20)
            data = first_line(quantity=quantity)
            answer = reports.report(number=number, revision=case.version, data=data, actor=sun, at=AT)
            return "again" if answer.replayed else "done"
        except Conflict:
            return "conflict"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(send, quantities))
    assert answers == (["again", "done"] if quantities == ("4", "4") else ["conflict", "done"])
    assert Application.objects.get(pk=case.pk).events.filter(step="report_opened").count() == 1
    assert WorkOrderReport.objects.count() == 1
