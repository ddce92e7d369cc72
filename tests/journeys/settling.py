"""A year of settlement for the tests: the statement of two services, right or wrong, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate

from tests.cast import Cast, assemble, moment, serving
from yunheng.domain.billing.models import Settlement
from yunheng.domain.billing.operations import accrue
from yunheng.domain.billing.settlement import steps, workbook
from yunheng.domain.billing.settlement.statements import Stated, issue, read_statement
from yunheng.domain.billing.settlement.steps import Check
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import Condition, Service
from yunheng.law.ch3_funding.art16_settlement import CHECKS
from yunheng.law.kernel.period import year_of

D = Decimal
AT = moment("2027-01-11 09:00")
YEAR = date(2026, 1, 1)
ALL_GOOD = {key: Check(True) for key, _ in CHECKS}


def year(*, at: datetime = AT) -> Cast:
    """Two services of the education bureau; one grows in August and is its own from 12 September on."""
    made = assemble()
    serving(made)
    host = Service.objects.get(sku="C-ECS-4C16G")
    Condition.objects.create(service=host, on=date(2026, 8, 3), kind="quantity", value="6")
    Condition.objects.create(service=host, on=date(2026, 9, 12), kind="lane", value="own", rule="art10.3")
    accrue(jurisdiction_id=made.city.pk, period=year_of(2026), at=at)
    return made


def right(cast: Cast) -> list[Stated]:
    """The statement as it should be: the platform's template, handed back."""
    return read_statement(workbook.statement_template(cast.contract, year_of(2026)), "账单.xlsx")


def issued(cast: Cast, change: Callable[[list[Stated]], Sequence[Stated]] = lambda lines: lines) -> Settlement:
    return issue(contract=cast.contract, start=YEAR, lines=change(right(cast)), actor=cast.actor("sun"), at=AT)


def wrong(lines: list[Stated]) -> list[Stated]:
    """A fen too much, a line billed twice, one forgotten, one for the fund that the unit owes, one of nobody."""
    own = next(line for line in lines if line.payer == "unit")
    rest = [line for line in lines if line is not own]
    first, forgotten = rest[0], rest[3]
    changed = [replace(first, amount=first.amount + D("0.01")), *[line for line in rest[1:] if line is not forgotten]]
    ghost = replace(first, service="S-2026-9999", amount=D("100.00"))
    return [*changed, replace(own, payer="fund"), rest[1], ghost]


def verified(cast: Cast, case: Settlement) -> Settlement:
    steps.unit_confirm(case, actor=cast.actor("luo"), at=AT)
    steps.verify(case, checks=ALL_GOOD, actor=cast.actor("wu"), at=AT)
    return case


def commissioned(cast: Cast, case: Settlement) -> Settlement:
    auditor = Organisation.objects.get(kind="auditor")
    steps.commission(case, actor=cast.actor("zhou"), at=AT, auditor=auditor, declared=True)
    return case


def settled(cast: Cast, case: Settlement) -> Settlement:
    commissioned(cast, verified(cast, case))
    steps.account(case, digest=case.package_digest, cuts={}, actor=cast.actor("zheng"), at=AT)
    steps.review(case, actor=cast.actor("zhou"), at=AT)
    assert case.payable is not None
    steps.settle(case, amount=case.payable, paid_on=localdate(AT), voucher="PZ-1", actor=cast.actor("tang"), at=AT)
    case.refresh_from_db()
    return case
