"""Article 16: the statement of a year, issued once, and every difference explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from tests.cast import Cast, moment
from tests.journeys.settling import AT, YEAR, D, issued, right, wrong, year
from yunheng.domain.billing.models import Settlement, StatementLine
from yunheng.domain.billing.settlement import comparing, steps
from yunheng.domain.billing.settlement.statements import Stated, issue, read_statement
from yunheng.domain.services.models import Condition, Service
from yunheng.foundation.workflow.errors import BadInput, NotFound, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return year()


# ---- statement and comparison -----------------------------------------------------------------------------------


def test_a_statement_that_is_right_has_no_difference(cast: Cast) -> None:
    case = issued(cast)
    assert (case.state, case.differences.count(), case.compared["same"]) == ("compared", 0, case.lines.count())
    assert case.compared["stated_fund"] == case.compared["due_fund"]


def test_every_difference_is_named_with_reason_and_article(cast: Cast) -> None:
    case = issued(cast, wrong)
    found = {(d.kind, d.reason, d.cite) for d in case.differences.all()}
    assert found == {
        ("amount", "尾差，应按行四舍五入到分", "15.1"),
        ("payer", "承担方与台账不符", "10.3"),
        ("missing", "在运行、未入账", "15.1"),
        ("absent", "同一期间重复计费", "15.2"),
        ("absent", "台账查无此服务", "16"),
    }
    fen = case.differences.get(kind="amount")
    assert (fen.amount, fen.line.no if fen.line else 0) == (D("-0.01"), 1)


@pytest.mark.parametrize(
    ("change", "reason", "cite"),
    [
        (lambda s: replace(s, unit_price=D(300), amount=D("930.41")), "单价应为320.00", "15.1"),
        (lambda s: replace(s, quantity=D(3), amount=D("757.48")), "数量应为4", "9.1"),
        (lambda s: replace(s, from_on=s.from_on - timedelta(days=1), amount=s.amount + 42), "起计日与台账不符", "7.1"),
        (lambda s: replace(s, to_on=s.to_on - timedelta(days=1), amount=s.amount - 42), "止计日与台账不符", "11"),
        (lambda s: replace(s, amount=s.amount + 10), "折算天数或基数与合同不符", "15.1"),
    ],
)
def test_why_a_line_is_not_as_the_law_has_it(
    cast: Cast, change: Callable[[Stated], Stated], reason: str, cite: str
) -> None:
    case = issued(cast, lambda lines: [change(lines[0]), *lines[1:]])
    (found,) = case.differences.all()
    assert (found.reason, found.cite) == (reason, cite)


@pytest.mark.parametrize(
    ("kind", "value", "days", "reason", "cite"),
    [
        ("suspended", "true", 0, "暂停期间计费", "24.2"),
        ("quantity", "0", 0, "数量为零仍计费", "15.1"),
    ],
)
def test_days_that_nobody_pays(cast: Cast, kind: str, value: str, days: int, reason: str, cite: str) -> None:
    lines = right(cast)
    disk = Service.objects.get(sku="S-DISK-SSD")
    Condition.objects.create(service=disk, on=date(2026, 12, 1), kind=kind, value=value)
    case = issued(cast, lambda _: lines)
    (found,) = case.differences.all()
    assert (found.kind, found.reason, found.cite, found.due) == ("absent", reason, cite, D(0))


def test_before_the_opening_after_the_release(cast: Cast) -> None:
    disk = Service.objects.get(sku="S-DISK-SSD")
    lines = right(cast)
    disk.closed_on = date(2026, 12, 1)
    disk.save()
    line = next(s for s in lines if s.service == disk.number)
    early = replace(line, from_on=date(2026, 4, 1), to_on=date(2026, 5, 1))
    case = issued(cast, lambda _: [early, *lines])
    assert [(d.reason, d.cite, d.reading) for d in case.differences.order_by("from_on")] == [
        ("早于双方确认的开通日", "7.1", "R-005"),
        ("释放之日起不计", "11", "R-005"),
    ]


def test_a_statement_is_issued_once_by_its_provider_after_the_year(cast: Cast) -> None:
    lines = right(cast)
    with pytest.raises(NotFound):
        issue(contract=cast.contract, start=YEAR, lines=lines, actor=cast.actor("zhou"), at=AT)
    with pytest.raises(Refusal, match="届满后出具账单"):
        issue(contract=cast.contract, start=YEAR, lines=lines, actor=cast.actor("sun"), at=moment("2026-12-31 23:59"))
    with pytest.raises(BadInput, match="没有从2026-02-01开始的结算年度"):
        issue(contract=cast.contract, start=date(2026, 2, 1), lines=lines, actor=cast.actor("sun"), at=AT)
    case = issue(
        contract=cast.contract, start=YEAR, lines=lines, actor=cast.actor("sun"), at=moment("2027-01-01 00:01")
    )
    with pytest.raises(Refusal, match=f"已出具账单{case.number}"):
        issue(contract=cast.contract, start=YEAR, lines=lines, actor=cast.actor("sun"), at=AT)
    assert Settlement.objects.count() == 1
    with pytest.raises(Refusal, match="自行结算"):
        issue(contract=cast.own_contract, start=YEAR, lines=lines, actor=cast.actor("sun"), at=AT)


def test_a_line_that_was_issued_can_not_be_changed_nor_deleted(cast: Cast) -> None:
    line = issued(cast).lines.get(no=1)
    for act in (line.delete, lambda: StatementLine.objects.filter(pk=line.pk).update(amount=0)):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


HEAD = "服务编号,目录编码,起,止（不含）,数量,单价,承担方,金额（元）\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("服务编号,目录编码\n", "第一行没有“起”“止（不含）”“数量”“单价”“承担方”“金额（元）”列"),
        (HEAD + "S-1,E,2026-01-01,2026-02-01,1,1,市级统筹,1.005\n", "第 2 行：金额（元）“1.005”小数点后超过2位"),
        (HEAD + "S-1,E,2026-01-01,2026-02-01,1,1,市级统筹,-1\n", "第 2 行：金额（元）“-1”不是合格的数"),
        (HEAD + "S-1,E,2026-02-30,2026-02-01,1,1,市级统筹,1\n", "第 2 行：起“2026-02-30”不是日期"),
        (HEAD + "S-1,E,2026-02-01,2026-02-01,1,1,市级统筹,1\n", "第 2 行：止2026-02-01应晚于起2026-02-01"),
        (HEAD + "S-1,E,2026-01-01,2026-02-01,1,1,财政,1\n", "第 2 行：承担方“财政”只能是"),
        (HEAD + ",E,2026-01-01,2026-02-01,x,1,市级统筹,1\n", "第 2 行：服务编号为空；第 2 行：数量“x”不是合格的数"),
    ],
)
def test_a_statement_that_cannot_be_read(text: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_statement(text.encode(), "账单.csv")
    assert told in refused.value.message


def test_a_line_outside_the_year_or_of_another_contract_is_refused(cast: Cast) -> None:
    first = right(cast)[0]
    Service.objects.filter(sku="S-DISK-SSD").update(contract=cast.own_contract)
    disk = Service.objects.get(sku="S-DISK-SSD")
    bad = [replace(first, to_on=date(2027, 1, 2)), replace(first, service=disk.number)]
    with pytest.raises(BadInput, match=r"不在账期2026-01-01至2027-01-01内；.*属于其他合同"):
        issue(contract=cast.contract, start=YEAR, lines=bad, actor=cast.actor("sun"), at=AT)
    assert not Settlement.objects.exists()
    assert not StatementLine.objects.exists()


def test_a_missing_price_parks_the_statement_until_it_is_there(cast: Cast) -> None:
    lines = right(cast)
    cast.contract.prices.filter(sku="S-DISK-SSD").update(valid_to=date(2026, 7, 1))
    case = issued(cast, lambda _: lines)
    assert (case.state, [(gap["sku"], gap["from"]) for gap in case.parked]) == (
        "issued",
        [("S-DISK-SSD", "2026-07-01")],
    )
    with pytest.raises(Refusal, match="仍然挂起"):
        steps.take(case, "recompute", actor=cast.actor("wu"), at=AT)
    cast.contract.prices.filter(sku="S-DISK-SSD").update(valid_to=None)
    steps.take(case, "recompute", actor=cast.actor("wu"), at=AT)
    case.refresh_from_db()
    assert (case.state, case.parked, case.differences.count()) == ("compared", [], 0)


# ---- adjustments ------------------------------------------------------------------------------------------------


def test_adjustment_lines_name_what_they_correct_and_leave_no_difference(cast: Cast) -> None:
    case = issued(cast, wrong)
    before = list(case.lines.values_list("no", "amount"))
    comparing.adjust(case, actor=cast.actor("sun"), at=AT)
    assert list(case.lines.filter(adjustment=False).values_list("no", "amount")) == before
    assert case.differences.count() == 0
    made = case.lines.filter(adjustment=True)
    assert {line.corrects.no if line.corrects else None for line in made} == {1, None, *[n for n, _ in before[-3:]]}
    moved = made.filter(reason="承担方与台账不符").order_by("payer")
    assert [(line.payer, line.amount) for line in moved] == [("fund", -moved[1].amount), ("unit", moved[1].amount)]
    assert case.compared["stated_fund"] == case.compared["due_fund"]


def test_comparing_twice_changes_nothing(cast: Cast) -> None:
    case = issued(cast, wrong)
    once = list(case.differences.values_list("line", "stated_fund", "due_fund", "due_unit", "reason"))
    comparing.compare(case, at=AT)
    assert list(case.differences.values_list("line", "stated_fund", "due_fund", "due_unit", "reason")) == once
    with pytest.raises(Refusal, match="没有选中的差异"):
        comparing.adjust(case, actor=cast.actor("sun"), at=AT, chosen=[])
