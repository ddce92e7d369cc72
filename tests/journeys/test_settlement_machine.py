"""The procedure of article 16 step by step: in every state, every step, as everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.cast import Cast, moment
from tests.journeys.settling import ALL_GOOD, AT, commissioned, issued, verified, wrong, year
from yunheng.domain.billing.models import Settlement
from yunheng.domain.billing.settlement import steps, workbook
from yunheng.domain.billing.settlement.statements import issue, read_statement
from yunheng.foundation.workflow.errors import NotFound, NotOpen, NotYours
from yunheng.foundation.workflow.operations import begin
from yunheng.law.ch3_funding.art16_machine import OPEN, SETTLEMENT
from yunheng.law.kernel.machine import By
from yunheng.law.kernel.period import year_of

pytestmark = pytest.mark.django_db
WHO = {
    By("provider", "finance"): "sun", By("user_unit", "head"): "luo", By("centre", "verifier"): "wu",
    By("bureau", "approver"): "zhou", By("bureau", "finance"): "tang", By("auditor", "accountant"): "zheng",
}  # fmt: skip
EVERYBODY = ("chen", "luo", "he", "ma", "wu", "zhou", "tang", "sun", "qian", "zheng")


def unpriced(cast: Cast) -> Settlement:
    def without_price(lines: list) -> list:  # type: ignore[type-arg]
        cast.contract.prices.filter(sku="S-DISK-SSD").update(valid_to="2026-07-01")
        return lines

    return issued(cast, without_price)


def stand(case: Settlement, cast: Cast, state: str) -> None:
    """In a state: every step as everybody, and there and back again through a deferral where that can be."""
    case.refresh_from_db()
    assert case.state == state
    actors = {username: cast.actor(username) for username in EVERYBODY}
    for name in {step.name for step in SETTLEMENT.steps}:
        row = SETTLEMENT.find(state, name)
        named = {WHO[by] for by in row.by if by in WHO} if row else set()
        for username, actor in actors.items():
            if username in named:
                assert begin(case, name, actor=actor)[1] is row
            else:
                with pytest.raises((NotYours, NotFound, NotOpen)):
                    begin(case, name, actor=actor)
    if state in OPEN:
        steps.take(case, "defer", actor=actors["zhou"], at=AT, opinion="整改通知书〔2027〕3号")
        assert case.state == "deferred"
        with pytest.raises((NotYours, NotFound, NotOpen)):
            steps.verify(case, checks=ALL_GOOD, actor=actors["wu"], at=AT)
        steps.take(case, "resume", actor=actors["zhou"], at=AT, opinion="整改合格")
        assert case.state == state


@pytest.mark.once
def test_only_those_whom_the_table_names_take_a_step_from_verified_to_settled() -> None:
    cast = year()
    case = verified(cast, issued(cast))
    stand(case, cast, "verified")
    stand(commissioned(cast, case), cast, "commissioned")
    steps.account(case, digest=case.package_digest, cuts={}, actor=cast.actor("zheng"), at=AT)
    stand(case, cast, "accounted")
    steps.review(case, actor=cast.actor("zhou"), at=AT)
    stand(case, cast, "audited")
    assert case.payable is not None
    steps.settle(case, amount=case.payable, paid_on=AT.date(), voucher="PZ-1", actor=cast.actor("tang"), at=AT)
    stand(case, cast, "settled")


@pytest.mark.once
def test_only_those_whom_the_table_names_take_a_step_before() -> None:
    cast = year()
    stand(issued(cast, wrong), cast, "compared")


@pytest.mark.once
def test_only_those_whom_the_table_names_take_a_step_where_nothing_can_be_compared() -> None:
    cast = year()
    stand(unpriced(cast), cast, "issued")


def test_what_is_owed_is_owed_by_those_whose_turn_it_is() -> None:
    cast = year()
    case = issued(cast, wrong)
    assert {(o.step, o.holder.short_name) for o in case.obligations.filter(closed_at=None)} == {
        ("unit_confirm", "市教育局"),
        ("verify", "市大数据应用服务中心"),
    }
    steps.unit_query(case, actor=cast.actor("luo"), at=AT, opinion="首行多一分")
    owed = {(o.step, o.holder.short_name) for o in case.obligations.filter(closed_at=None)}
    assert owed == {("answer", "示例云服务有限公司"), ("verify", "市大数据应用服务中心")}


@pytest.mark.parametrize(("alone", "other"), [(False, "deferred"), (True, "compared")])
def test_a_deferral_reaches_every_open_settlement_of_the_contract_unless_it_names_one(
    *, alone: bool, other: str
) -> None:
    cast = year()
    first = issued(cast)
    lines = read_statement(workbook.statement_template(cast.contract, year_of(2026)), "账单.xlsx")
    later = [
        replace(s, from_on=s.from_on.replace(year=2027), to_on=s.from_on.replace(year=2027, day=28)) for s in lines[:1]
    ]
    at = moment("2028-01-11 09:00")
    second = issue(contract=cast.contract, start=date(2027, 1, 1), lines=later, actor=cast.actor("sun"), at=at)
    steps.defer(first, actor=cast.actor("zhou"), at=at, opinion="整改通知书〔2028〕1号", alone=alone)
    second.refresh_from_db()
    assert (first.state, second.state) == ("deferred", other)
