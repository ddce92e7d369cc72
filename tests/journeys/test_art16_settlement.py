"""Article 16: from the units' word to the payment, and what comes to light afterwards."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localdate

from tests.cast import Cast, moment
from tests.journeys.settling import ALL_GOOD, AT, YEAR, D, commissioned, issued, settled, verified, wrong, year
from yunheng.domain.billing.engine.rating import verify
from yunheng.domain.billing.models import Payment
from yunheng.domain.billing.operations import accrue
from yunheng.domain.billing.settlement import comparing, queries, statements, steps, workbook
from yunheng.domain.billing.settlement.statements import issue, read_statement
from yunheng.domain.billing.settlement.steps import Check, LineCut
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import Condition, Service
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotOpen, NotYours, Refusal, Refused
from yunheng.foundation.workflow.queries import cases
from yunheng.law.kernel.period import year_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return year()


# ---- the units --------------------------------------------------------------------------------------------------


def test_a_unit_sees_its_part_and_a_stranger_nothing(cast: Cast) -> None:
    case = issued(cast)
    assert queries.lines_for(case, actor=cast.actor("luo")).count() == case.lines.count()
    assert not queries.lines_for(case, actor=cast.actor("he")).exists()
    assert not cases(actor=cast.actor("he")).filter(pk=case.pk).exists()
    assert not cases(actor=cast.actor("zheng")).filter(pk=case.pk).exists()
    with pytest.raises(NotFound):
        steps.unit_confirm(case, actor=cast.actor("he"), at=AT)


def test_a_query_is_answered_with_adjustment_lines_and_confirmed(cast: Cast) -> None:
    case, code = issued(cast, wrong), cast.education.credit_code
    other = case.parts.create(unit=cast.health)
    steps.unit_query(case, actor=cast.actor("luo"), at=AT - timedelta(hours=1), opinion="首行多一分")
    with pytest.raises(Refusal, match="还没有答复"):
        steps.unit_query(case, actor=cast.actor("luo"), at=AT, opinion="再问")
    with pytest.raises(Refused, match="市教育局的疑问还没有答复"):
        steps.verify(case, checks=ALL_GOOD, actor=cast.actor("wu"), at=AT)
    steps.answer(case, unit=code, actor=cast.actor("sun"), at=AT, opinion="已调整", adjust=True)
    told = Notice.objects.filter(case_id=case.pk, subject__startswith="答复疑问")
    assert {one.organisation_id for one in told} == {cast.education.pk, cast.centre.pk}  # no other unit learns of it
    other.delete()
    part = case.parts.get()
    assert (part.status, part.answer) == ("answered", "已调整")
    steps.unit_confirm(case, actor=cast.actor("luo"), at=AT)
    assert case.parts.get().status == "confirmed"
    with pytest.raises(BadInput, match="没有待答复的疑问"):
        steps.answer(case, unit=code, actor=cast.actor("sun"), at=AT, opinion="再答")


def test_what_was_confirmed_is_asked_again_when_its_amount_changes(cast: Cast) -> None:
    case = issued(cast, wrong)
    steps.unit_confirm(case, actor=cast.actor("luo"), at=AT)
    with pytest.raises(Refusal, match="已经确认"):
        steps.unit_confirm(case, actor=cast.actor("luo"), at=AT)
    comparing.adjust(case, actor=cast.actor("sun"), at=AT)
    assert case.parts.get().status == "waiting"


# ---- verification, account, payment -----------------------------------------------------------------------------


def test_the_four_checks_each_need_a_conclusion(cast: Cast) -> None:
    case = issued(cast, wrong)
    with pytest.raises(Refused, match="服务优化还没有核查结论"):
        steps.verify(
            case, checks={k: v for k, v in ALL_GOOD.items() if k != "optimisation"}, actor=cast.actor("wu"), at=AT
        )
    with pytest.raises(Refused, match="还有5行差异没有调整"):
        steps.verify(case, checks=ALL_GOOD, actor=cast.actor("wu"), at=AT)
    with pytest.raises(Refused, match="费用情况不符合，须写明情况"):
        steps.verify(case, checks=ALL_GOOD | {"fees": Check(False)}, actor=cast.actor("wu"), at=AT)
    steps.verify(case, checks=ALL_GOOD | {"fees": Check(False, "五行差异待核算")}, actor=cast.actor("wu"), at=AT)
    letter = case.letters.get(kind="核查报告")
    assert letter.data["table"]["rows"][3] == ["费用情况", "不符合", "五行差异待核算"]
    assert "未确认1家；未答复不视为同意" in letter.data["paragraphs"][2]


def test_the_sealed_package_is_verified_by_anybody_and_accounted_upon(cast: Cast, tmp_path: Path) -> None:
    case = commissioned(cast, verified(cast, issued(cast)))
    content = comparing.package_of(case)
    (tmp_path / "p.zip").write_bytes(content)
    assert verify(tmp_path / "p.zip").holds
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("statement.csv").decode())))
    assert len(rows) == case.lines.count()
    with pytest.raises(Refused, match="摘要与封存的不符"):
        steps.account(case, digest="0" * 64, cuts={}, actor=cast.actor("zheng"), at=AT)
    with pytest.raises(Refused, match=r"核减.*须在0至送审的"):
        steps.account(
            case, digest=case.package_digest, cuts={1: LineCut(D(99999), "多")}, actor=cast.actor("zheng"), at=AT
        )
    with pytest.raises(Refused, match="核减须写明理由"):
        steps.account(case, digest=case.package_digest, cuts={1: LineCut(D(1), " ")}, actor=cast.actor("zheng"), at=AT)
    with pytest.raises(BadInput, match="账单中没有这一行"):
        steps.account(
            case, digest=case.package_digest, cuts={999: LineCut(D(1), "多")}, actor=cast.actor("zheng"), at=AT
        )
    steps.account(
        case, digest=case.package_digest, cuts={1: LineCut(D("10.50"), "停机")}, actor=cast.actor("zheng"), at=AT
    )
    assert case.accounted == D(case.compared["due_fund"]) - D("10.50")


def test_what_the_fund_does_not_owe_is_cut_whatever_the_account_says(cast: Cast) -> None:
    case = issued(cast, wrong)
    steps.verify(case, checks=ALL_GOOD | {"fees": Check(False, "差异待核算")}, actor=cast.actor("wu"), at=AT)
    commissioned(cast, case)
    excess = [d.stated_fund - d.due_fund for d in case.differences.all() if d.stated_fund > d.due_fund]
    steps.account(
        case, digest=case.package_digest, cuts={1: LineCut(D("0.00"), "不减")}, actor=cast.actor("zheng"), at=AT
    )
    assert case.accounted == D(case.compared["stated_fund"]) - sum(excess)
    assert len(excess) == 4
    assert {(cut.line.service_number, cut.cut) for cut in case.cuts.filter(reason="台账查无此服务")} == {
        ("S-2026-9999", D(100))
    }


def test_what_is_payable_and_nothing_else_is_paid(cast: Cast) -> None:
    steps.pay_progress(
        cast.contract, period_from=YEAR, amount=D(1000), paid_on=date(2026, 7, 1), voucher="JD-1",
        actor=cast.actor("tang"), at=AT,
    )  # fmt: skip
    case = commissioned(cast, verified(cast, issued(cast)))
    steps.account(
        case, digest=case.package_digest, cuts={1: LineCut(D("0.50"), "停机")}, actor=cast.actor("zheng"), at=AT
    )
    with pytest.raises(Refused, match="扣减须写明依据"):
        steps.review(case, actor=cast.actor("zhou"), at=AT, deductions=D(20))
    steps.review(case, actor=cast.actor("zhou"), at=AT, deductions=D(20), ground="服务评价")
    due = D(case.compared["due_fund"]) - D("0.50") - 20 - 1000
    assert case.payable == due
    letters = {letter.kind: letter for letter in case.letters.all()}
    assert set(letters) == {"对账单", "核查报告", "结算单", "自行结算清单"}
    assert "大写：人民币" in letters["结算单"].data["paragraphs"][1]
    assert letters["自行结算清单"].addressee == cast.education
    with pytest.raises(Refused, match="与应付"):
        steps.settle(
            case, amount=due + D("0.01"), paid_on=localdate(AT), voucher="PZ-9", actor=cast.actor("tang"), at=AT
        )
    with pytest.raises(BadInput, match="JD-1已经登记过"):
        steps.settle(case, amount=due, paid_on=localdate(AT), voucher="JD-1", actor=cast.actor("tang"), at=AT)
    with pytest.raises(NotYours):
        steps.settle(case, amount=due, paid_on=localdate(AT), voucher="PZ-9", actor=cast.actor("zhou"), at=AT)
    steps.settle(case, amount=due, paid_on=localdate(AT), voucher="PZ-9", actor=cast.actor("tang"), at=AT)
    assert (case.state, Payment.objects.get(final=True).amount) == ("settled", due)


def test_a_deferred_settlement_is_not_paid_until_it_is_resumed(cast: Cast) -> None:
    case = commissioned(cast, verified(cast, issued(cast)))
    steps.take(case, "defer", actor=cast.actor("zhou"), at=AT, opinion="整改通知书〔2027〕3号")
    assert case.state == "deferred"
    with pytest.raises(NotOpen):
        steps.account(case, digest=case.package_digest, cuts={}, actor=cast.actor("zheng"), at=AT)
    steps.take(case, "resume", actor=cast.actor("zhou"), at=AT, opinion="整改合格")
    assert case.state == "commissioned"


def test_returned_from_the_account_the_year_is_computed_anew(cast: Cast) -> None:
    case = commissioned(cast, verified(cast, issued(cast)))
    steps.account(case, digest=case.package_digest, cuts={1: LineCut(D(1), "停机")}, actor=cast.actor("zheng"), at=AT)
    Condition.objects.create(
        service=Service.objects.get(sku="S-DISK-SSD"), on=date(2026, 12, 1), kind="quantity", value="600"
    )
    steps.give_back(case, actor=cast.actor("zhou"), at=AT, opinion="漏计变更")
    assert (case.state, case.accounted, case.cuts.count()) == ("compared", None, 0)
    assert [d.reason for d in case.differences.all()] == ["数量应为600"]


def test_who_verifies_does_not_audit_and_the_auditor_declares(cast: Cast) -> None:
    case = verified(cast, issued(cast))
    auditor = Organisation.objects.get(kind="auditor")
    with pytest.raises(Refused, match="尚未作出回避声明"):
        steps.commission(case, actor=cast.actor("zhou"), at=AT, auditor=auditor)
    with pytest.raises(BadInput, match="选择受托的第三方机构"):
        steps.commission(case, actor=cast.actor("zhou"), at=AT, auditor=cast.provider, declared=True)


# ---- afterwards -------------------------------------------------------------------------------------------------


def test_a_late_change_becomes_an_adjustment_line_that_the_next_settlement_pays(cast: Cast) -> None:
    case = settled(cast, issued(cast))
    before = list(case.lines.values_list("no", "amount"))
    assert comparing.adjust_late(case, at=AT) == []
    disk = Service.objects.get(sku="S-DISK-SSD")
    Condition.objects.create(service=disk, on=date(2026, 12, 1), kind="quantity", value="400")
    (made,) = comparing.adjust_late(case, at=AT)
    assert made.corrects is not None
    assert (made.corrects.service_id, made.corrects.from_on, made.late) == (disk.pk, date(2026, 12, 1), True)
    assert made.amount == D("-81.53")  # 326.14 − 407.67, each rounded for itself
    assert comparing.adjust_late(case, at=AT) == []
    assert list(case.lines.filter(late=False).values_list("no", "amount")) == before

    accrue(jurisdiction_id=cast.city.pk, period=year_of(2027), at=moment("2028-01-05 09:00"))
    lines = read_statement(workbook.statement_template(cast.contract, year_of(2027)), "账单.xlsx")
    later = moment("2028-01-11 09:00")
    following = issue(contract=cast.contract, start=date(2027, 1, 1), lines=lines, actor=cast.actor("sun"), at=later)
    commissioned(cast, verified(cast, following))
    steps.account(following, digest=following.package_digest, cuts={}, actor=cast.actor("zheng"), at=later)
    steps.review(following, actor=cast.actor("zhou"), at=later)
    assert following.accounted is not None
    assert following.payable == following.accounted + made.amount
    assert following.carried.get().line == made


def test_the_workbook_has_its_eight_sheets(cast: Cast) -> None:
    from openpyxl import load_workbook

    case = settled(cast, issued(cast, lambda lines: lines))
    book = load_workbook(io.BytesIO(workbook.settlement_book(case, actor=cast.actor("tang"))))
    assert book.sheetnames == [
        "汇总（单位）",
        "系统汇总",
        "明细",
        "变更与优化影响",
        "剔除与争议",
        "核查结果",
        "核算结果",
        "支付申请",
    ]
    total = sum((line.amount for line in case.lines.all()), D(0))
    assert D(str(book["汇总（单位）"]["D2"].value)) == total
    assert book["支付申请"].cell(book["支付申请"].max_row, 3).value.startswith("人民币")
    own = load_workbook(io.BytesIO(workbook.settlement_book(case, actor=cast.actor("luo"))))
    assert own["核算结果"].max_row == 1


def test_the_years_of_a_contract(cast: Cast) -> None:
    cast.contract.starts_on, cast.contract.ends_on = date(2024, 2, 29), date(2026, 6, 1)
    assert [(f"{p.start}", f"{p.end}") for p in statements.years_of(cast.contract)] == [
        ("2024-02-29", "2025-03-01"),
        ("2025-03-01", "2026-03-01"),
        ("2026-03-01", "2026-06-01"),
    ]
