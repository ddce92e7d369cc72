"""Article 26: what ran before the platform: the unit goes through its rows, the bureau decides the ledger."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
import xlsxwriter

from tests.cast import Cast
from tests.journeys.inventories import compare, row
from tests.journeys.procedures import ProcedureTests, Recipes
from tests.journeys.registering import AT, DAY, ROWS, D, confirmed, listed, paper, registered, reviewed, supplied, terms
from yunheng.domain.funding.models import Price
from yunheng.domain.services.models import Registration, Release, Service
from yunheng.domain.services.registrations import deciding, operations
from yunheng.domain.services.registrations.sheets import HEAD
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import BadInput, Refused
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch6_supplementary.art26_registration import REGISTRATION


def carried(cast: Cast, case: Any, step: str) -> dict[str, Any]:
    if step == "answer":
        return {"answers": [{"key": "2", "answer": "已核对"}]}
    if step == "decide":
        disputes = [{"key": f"{line.no}", "enter": "no"} for line in case.lines.exclude(disputed="")]
        return terms(disputes=disputes) | {"papers_due": "2026-06-01"}
    return {"plan": paper(cast)} if step == "supply" else {}


class TestArticle26Registration(ProcedureTests):
    recipes = Recipes(
        machine=REGISTRATION,
        at=AT,
        reached={
            "listed": listed,
            "confirmed": confirmed,
            "registered": registered,
            "supplied": supplied,
            "completed": lambda cast: registered(cast, missing=[]),
        },
        ready={
            ("confirm_list", "listed"): reviewed,
            ("answer", "confirmed"): lambda cast: confirmed(cast, "不是本单位的"),
        },
        carried=carried,
        by_clock={"complete": lambda case, at: advance(case, "complete", actor=CLOCK, at=at)},
    )


# ---- the unit ----------------------------------------------------------------------------------------------------


def test_each_row_is_given_to_a_system_or_disputed_before_the_head_confirms(cast: Cast) -> None:
    case = listed(cast)
    with pytest.raises(Refused, match="还有1行没有归入系统"):
        advance(case, "confirm_list", actor=cast.actor("luo"), at=AT)
    wrong = [{"key": "2", "system": "WJ-001", "disputed": ""}]
    with pytest.raises(BadInput):
        doors.edit(case, "review", sent={"rows": wrong}, actor=cast.actor("chen"), at=AT)
    right = [{"key": "2", "system": "", "disputed": "不是本单位的"}]
    doors.edit(case, "review", sent={"rows": right}, actor=cast.actor("chen"), at=AT)
    advance(case, "confirm_list", actor=cast.actor("luo"), at=AT)
    assert {(o.holder.kind, o.step) for o in case.obligations.filter(closed_at=None)} == {
        ("provider", "answer"), ("bureau", "decide"),
    }  # fmt: skip


def test_all_rows_at_once_by_the_sheet_with_wrong_rows_named(cast: Cast) -> None:
    case = listed(cast)

    def sheet(*rows: tuple[Any, ...]) -> Attachment:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            page = book.add_worksheet()
            for n, cells in enumerate([HEAD, *rows]):
                page.write_row(n, 0, cells)
        return paper(cast, buffer.getvalue(), "清单.xlsx")

    def cells(no: Any, system: str, disputed: str = "") -> tuple[Any, ...]:
        return (no, *[""] * (len(HEAD) - 3), system, disputed)

    chen = cast.actor("chen")
    with pytest.raises(BadInput) as refusal:
        operations.review_sheet(case, actor=chen, at=AT, file=sheet(cells("x", ""), cells(1, ""), cells(1, "")))
    assert [p.where for p in refusal.value.problems] == ["第 2 行", "第 4 行"]
    with pytest.raises(BadInput) as refusal:
        operations.review_sheet(case, actor=chen, at=AT, file=sheet(cells(9, ""), cells(2, "JY-404")))
    assert [p.where for p in refusal.value.problems] == ["序号 9", "序号 2"]
    operations.review_sheet(case, actor=chen, at=AT, file=sheet(cells(2, "JY-001"), cells(3, "", "已停用")))
    assert [(line.system_id, line.disputed) for line in case.lines.all()][1:] == [
        (cast.system.pk, ""),
        (None, "已停用"),
    ]


# ---- the decision ------------------------------------------------------------------------------------------------


def test_the_ledger_takes_it_with_basis_and_missing_papers_are_owed_by_a_day(cast: Cast) -> None:
    case = registered(cast)
    services = list(Service.objects.order_by("number"))
    assert [(s.sku, s.quantity, s.opened_on, s.lane, s.case_id) for s in services] == [
        ("C-ECS-4C16G", D(4), date(2026, 1, 1), "covered", case.pk),  # found since 2025; the contract begins in 2026
        ("S-DISK-SSD", D(500), date(2026, 2, 1), "covered", case.pk),
        ("N-BW", D(10), DAY, "covered", case.pk),
    ]
    assert services[0].instances == "i-1"
    owed = case.obligations.get(closed_at=None)
    assert (owed.step, owed.due_on, owed.holder) == ("supply", date(2026, 6, 1), cast.education)
    decision = cast.system.coverage.get()
    assert (decision.covered, decision.from_on, decision.verdict["rule"]) == (True, DAY, "coverage")
    assert Release.objects.get(system=cast.system).state == "amber"


def test_each_contract_that_is_named_is_decided_by_itself_and_a_quantity_keeps_its_story(cast: Cast) -> None:
    rows = [
        row("i-1", quantity="8", system="JY-001", since="2025-06-01", history="2025-06-01 2；2025-12-01 4；2026-02-01 8"),
        row("i-2", quantity="1", system="JY-001", contract="HT-JY-01", since="2026-03-01"),
    ]  # fmt: skip
    case = listed(cast, rows)
    advance(case, "confirm_list", actor=cast.actor("luo"), at=AT)
    offered = {
        one.key: (one.values["contract"], one.words)
        for one in Registration.acts["decide"].fields[0].rows_for(case, None)
    }
    assert {key: held for key, (held, _) in offered.items()} == {"JY-001": "HT-2026-01", "JY-001 HT-JY-01": "HT-JY-01"}
    assert "年费 30,720.00 元" in offered["JY-001"][1]
    groups = [
        {"key": "JY-001", "contract": "HT-2026-01", "lane": "covered", "released": "no"},
        {"key": "JY-001 HT-JY-01", "contract": "HT-JY-01", "lane": "own", "released": "no"},
    ]  # fmt: skip
    deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms(systems=groups, missing=[]))
    first, second = Service.objects.order_by("pk")
    assert (first.opened_on, first.quantity, first.lane) == (date(2026, 1, 1), D(4), "covered")
    assert [(c.on, c.kind, c.value) for c in first.conditions.all()] == [(date(2026, 2, 1), "quantity", "8")]
    assert (second.contract.number, second.lane, second.opened_on) == ("HT-JY-01", "own", date(2026, 3, 1))
    assert cast.system.coverage.get().covered
    assert case.events.get(step="decide").verdicts[0]["sentence"] == "入账2行，不入账0行"


def test_what_had_ended_under_the_contract_is_entered_with_its_end_and_expected_by_no_comparison(cast: Cast) -> None:
    rows = [
        row("i-1", quantity="1", system="JY-001", since="2025-06-01", until="2026-02-11", history="2025-06-01 2；2026-02-01 1"),
        row("i-2", quantity="1", system="JY-001", since="2025-06-01", until="2026-01-01"),
        row("i-3", system="JY-001"),
    ]  # fmt: skip
    case = listed(cast, rows)
    assert compare(cast, [rows[2]], DAY + timedelta(days=1)).found["new"] == 0
    advance(case, "confirm_list", actor=cast.actor("luo"), at=AT)
    with pytest.raises(BadInput, match="序号 2（i-2）：2026-01-01 已停用，合同“HT-2026-01”2026-01-01 才开始"):
        deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms())
    case.lines.filter(no=2).update(until=date(2026, 1, 2))
    deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms())
    lives = [(s.opened_on, s.closed_on, s.quantity, s.conditions.count()) for s in Service.objects.order_by("pk")]
    assert lives == [
        (date(2026, 1, 1), date(2026, 2, 11), D(2), 1), (date(2026, 1, 1), date(2026, 1, 2), D(1), 0), (DAY, None, D(1), 0),
    ]  # fmt: skip


def test_what_is_wrong_with_the_decision_is_named_at_once_and_nothing_is_entered(cast: Cast) -> None:
    case = listed(cast, [*ROWS, row("i-4", unit="市教育局"), row("i-5", system="JY-001", contract="HT-2026-01")])
    rows = [{"key": "2", "system": "JY-001", "disputed": ""}, {"key": "4", "system": "", "disputed": "查无此机"}]
    operations.review(case, actor=cast.actor("chen"), at=AT, rows=rows)
    advance(case, "confirm_list", actor=cast.actor("luo"), at=AT)
    Price.objects.filter(contract__number="HT-2026-01", sku="S-DISK-SSD").update(valid_from=date(2026, 2, 2))

    def wrong(**more: Any) -> list[tuple[str, str]]:
        with pytest.raises(BadInput) as refusal:
            deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms(**more))
        return [(p.where, p.what[:20]) for p in refusal.value.problems]

    enter = [{"key": "4", "enter": "yes", "reason": ""}]
    assert wrong(disputes=enter, papers_due=DAY) == [
        ("序号 2（i-2）", "合同“HT-2026-01”在 2026"), ("序号 4（i-4）", "没有归入系统，不能入账；退单位重新确认，"),
        ("序号 5（i-5）", "没有写明“JY-001 HT-2026-"), ("补交截止日", "须晚于今天"),
    ]  # fmt: skip
    bad = [{"key": "JY-001", "contract": "HT-JY-01", "lane": "covered", "released": "no"}]
    assert wrong(systems=bad)[0] == ("JY-001", "纳入市级统筹的，须用市级统筹的合同")
    assert (Service.objects.count(), case.lines.exclude(entered=None).count()) == (0, 0)


def test_what_papers_are_missing_is_handed_in_kind_by_kind(cast: Cast) -> None:
    case = registered(cast, missing=["plan", "contract"])
    with pytest.raises(Refused, match="还缺“合同”"):
        operations.supply(case, actor=cast.actor("luo"), at=AT, plan=paper(cast), contract=None)
    assert case.papers.count() == 0
    operations.supply(case, actor=cast.actor("luo"), at=AT, plan=paper(cast), contract=paper(cast))
    assert sorted(case.papers.values_list("kind", flat=True)) == ["contract", "plan"]


def test_a_row_in_dispute_is_entered_only_where_the_bureau_says_so(cast: Cast) -> None:
    case = confirmed(cast, "不是本单位的")
    disputes = [{"key": "2", "enter": "no", "reason": "经查属其他租户"}]
    deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms(disputes=disputes, missing=[]))
    assert (case.state, Service.objects.count()) == ("completed", 2)
    line = case.lines.get(no=2)
    assert (line.entered, line.answer) == (False, "经查属其他租户")
