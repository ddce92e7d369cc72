"""The year 2025 is settled: the first provider's statement is paid, the second one's lies before the centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from yunheng.demo.calendar import Story
from yunheng.domain.billing.models import Settlement
from yunheng.domain.billing.settlement import comparing, statements, steps, workbook
from yunheng.domain.billing.settlement.statements import Stated
from yunheng.domain.parties.models import Organisation
from yunheng.law.ch3_funding.art16_settlement import CHECKS
from yunheng.law.kernel.period import year_of

YEAR = 2025
FEN = Decimal("0.01")


def settle_year(story: Story) -> int:
    """Two statements of 2025, as far as there has been time for them; returns how many."""
    done = 0
    if story.until > date(YEAR + 1, 6, 30):
        _paid(story, 1, date(YEAR + 1, 1, 12))
        done += 1
    if story.until > date(YEAR + 1, 7, 31):
        _before_the_centre(story, 2, story.earlier(story.working(story.until), 10))
        done += 1
    return done


def _issued(story: Story, lot: int, day: date, *, slips: bool) -> Settlement:
    contract, at = story.contracts["covered", 10 * YEAR + lot], story.moment(day)
    lines = statements.read_statement(workbook.statement_template(contract, year_of(YEAR)), "账单.xlsx")
    actor = story.actor(contract.provider, "finance", at)
    stated = _slips(lines) if slips else lines
    return statements.issue(contract=contract, start=date(YEAR, 1, 1), lines=stated, actor=actor, at=at)


def _slips(lines: list[Stated]) -> Sequence[Stated]:
    """What goes wrong in a statement: a fen, a doubled line, one forgotten, a unit's line for the fund, days, a price."""
    own = [line for line in lines if line.payer == "unit"][:1]
    fund = [line for line in lines if line.payer == "fund" and line not in own]
    if len(fund) < 26:
        return lines
    fen, twice, forgotten, early, dear = fund[3], fund[9], fund[17], fund[0], fund[25]
    changed = {
        id(fen): replace(fen, amount=fen.amount - FEN),
        id(early): replace(
            early, from_on=early.from_on - timedelta(days=1), amount=(early.amount * Decimal("1.05")).quantize(FEN)
        ),
        id(dear): replace(dear, unit_price=dear.unit_price * 2, amount=dear.amount * 2),
        **{id(line): replace(line, payer="fund") for line in own},
    }
    kept = [changed.get(id(line), line) for line in lines if line is not forgotten]
    ghost = replace(twice, service="S-2025-9901", amount=Decimal("1280.00"))
    return [*kept, twice, ghost]


def _units(story: Story, case: Settlement, day: date, *, asks: bool) -> None:
    """The heads answer; of a statement with mistakes one asks and one has not answered yet."""
    at = story.moment(day)
    parts = list(case.parts.select_related("unit").order_by("pk"))
    for n, part in enumerate(parts):
        actor = story.actor(part.unit, "head", at)
        if asks and n == 0:
            steps.unit_query(case, actor=actor, at=at, opinion="请说明云主机自5月起所用单价的依据")
        elif not (asks and n == 1):
            steps.unit_confirm(case, actor=actor, at=at)


def _paid(story: Story, lot: int, day: date) -> None:
    """Through all steps: mistakes adjusted, a cut by the accountant, a deduction, the payment."""
    case, city = _issued(story, lot, day, slips=True), story.city
    provider = case.contract.provider
    at = story.moment(story.later(day, 4))
    comparing.adjust(case, actor=story.actor(provider, "finance", at), at=at)
    _units(story, case, story.later(day, 8), asks=False)
    at = story.moment(story.later(day, 15))
    checks = {key: steps.Check(True) for key, _ in CHECKS}
    steps.verify(
        case,
        checks=checks,
        actor=story.actor(city.centre, "verifier", at),
        at=at,
        opinion="账单与复算一致，各单位均已确认。",
    )
    at = story.moment(story.later(day, 22))
    auditor = Organisation.objects.get(jurisdiction=city.place, kind="auditor")
    steps.commission(case, auditor=auditor, declared=True, actor=story.actor(city.bureau, "approver", at), at=at)
    at = story.moment(story.later(day, 45))
    stated = case.lines.filter(payer="fund", corrects=None).order_by("no")[:41]
    line = [line for line in stated if steps.fund_of(line) == line.amount][-1]
    cut = {line.no: steps.LineCut((line.amount / 10).quantize(FEN), "当月可用性低于约定，按合同核减")}
    steps.account(case, digest=case.package_digest, cuts=cut, actor=story.actor(auditor, "accountant", at), at=at)
    at = story.moment(story.later(day, 55))
    steps.review(
        case,
        deductions=Decimal("5000.00"),
        ground="2025年度服务评价扣减",
        actor=story.actor(city.bureau, "approver", at),
        at=at,
    )
    at = story.moment(story.later(day, 60))
    assert case.payable is not None
    finance = story.actor(city.bureau, "finance", at)
    steps.settle(case, amount=case.payable, paid_on=at.date(), voucher=f"ZF-{YEAR + 1}-0031", actor=finance, at=at)


def _before_the_centre(story: Story, lot: int, day: date) -> None:
    case = _issued(story, lot, day, slips=True)
    _units(story, case, story.later(day, 5), asks=True)
