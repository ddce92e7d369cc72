"""What happens in the city: systems, contracts, and applications that live through the product's own operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from yunheng.demo.people import City, read
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.queries import actor_for
from yunheng.domain.services import applications, operations, sizing
from yunheng.domain.services.models import Application, Undertaking
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.law.kernel.period import month_of
from yunheng.law.kernel.terms import Calendar

LOCAL = ZoneInfo("Asia/Shanghai")
Say = Callable[[str], None]
# How far the newest applications have come: one or more for every stage, so that each desk has work.
STAGES = (
    "submitted", "submitted", "accepted", "recommended", "recommended", "rejected", "approved", "notified", "notified",
    "late", "half_confirmed", "disputed", "cancelled", "draft", "with_head", "returned", "opened",
)  # fmt: skip
OWN_WORK = 4
CUTS = ("按目标利用率复核，核减后可满足", "与既有资源合并使用", "先按一半开通，视使用情况再申请变更")


@dataclass
class Story:
    """One run: who, until when, and with which chance (always the same)."""

    city: City
    until: date
    chance: Random
    calendar: Calendar
    contracts: dict[tuple[str, int], Contract]
    skus: dict[str, list[Any]]

    def moment(self, day: date, hour: int = 10) -> datetime:
        """A moment within office hours of a working day on or before ``day``."""
        while not self.calendar.is_working_day(day):
            day -= timedelta(days=1)
        minute = self.chance.randrange(60)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LOCAL)

    def later(self, day: date, working_days: int) -> date:
        """So many working days later."""
        days = self.calendar.working_days_after(day)
        for _ in range(working_days):
            day = next(days)
        return day

    def actor(self, organisation: Organisation, role: str, at: datetime) -> Any:
        return actor_for(person=self.city.who(organisation, role), at=at)


def live(city: City, *, until: date, say: Say) -> None:
    """From January 2025 to ``until``."""
    story = Story(city, until, Random(20250101), calendar_for(city.place.pk), {}, read("catalogue.toml"))  # noqa: S311
    _market(story)
    systems = _register(story)
    say(f"登记系统 {len(systems)} 个")
    say(f"签署承诺书 {_undertake(story)} 家")
    unsigned = next(system for system in systems if system.unit == city.units[-1])
    systems.remove(unsigned)
    systems.insert(len(systems) - len(STAGES) + 1 + STAGES.index("approved"), unsigned)
    settled = systems[: len(systems) - len(STAGES)]
    span = (until - date(2025, 2, 10)).days - 45
    for n, system in enumerate(settled):
        _apply(story, system, date(2025, 2, 10) + timedelta(days=span * n // max(1, len(settled))), "in_service")
    say(f"办结申请 {len(settled)} 件")
    for stage, system in zip(STAGES, systems[len(settled) :], strict=True):
        _apply(story, system, _start_of(story, stage), stage)
    say(f"在办申请 {len(STAGES)} 件")
    months = _months(story)
    say(f"计提费用 {months} 个月")


def _start_of(story: Story, stage: str) -> date:
    back = {"late": 24, "disputed": 24, "opened": 20, "half_confirmed": 20, "cancelled": 18}.get(stage, 9)
    return story.until - timedelta(days=back)


def _market(story: Story) -> None:
    """The catalogue, and per year one covered contract; a second lot; a supplement that lowers two prices."""
    city, first = story.city, date(2025, 1, 1)
    for code, (category, product, name, unit, *_) in story.skus.items():
        Item.objects.create(
            jurisdiction=city.place,
            code=code,
            category=category,
            product=product,
            name=name,
            unit=unit,
            valid_from=first,
        )
    for lot, provider in enumerate(city.providers, 1):
        for year in (2025, 2026):
            number = f"HT-{year}-0{lot}"
            story.contracts["covered", 10 * year + lot] = _contract(
                story, number, city.bureau, provider, "covered", year
            )
    for n, unit in enumerate(city.units):
        story.contracts["own", unit.pk] = _contract(
            story, f"HT-ZG-{n + 1:03d}", unit, city.providers[n % 2], "own", 2025, 3
        )
    supplement = date(2026, 7, 1)
    for price in Price.objects.filter(contract__number="HT-2026-01", sku__in=("C-ECS-8C32G", "C-ECS-VCPU")):
        price.valid_to = supplement
        price.save(update_fields=["valid_to"])
        lower = (price.unit_price * Decimal("0.95")).quantize(Decimal("0.01"))
        Price.objects.create(
            contract=price.contract,
            sku=price.sku,
            unit=price.unit,
            per=price.per,
            unit_price=lower,
            valid_from=supplement,
        )


def _contract(
    story: Story, number: str, buyer: Organisation, provider: Organisation, lane: str, year: int, years: int = 2
) -> Contract:
    """Signed for its year; prices hold through the renewal, so that what runs is never without one."""
    made = Contract.objects.create(
        jurisdiction=story.city.place, number=number, name=f"{year}年政务云服务采购合同", buyer=buyer, provider=provider,
        lane=lane, starts_on=date(year, 1, 1), ends_on=date(year + years, 1, 1),
    )  # fmt: skip
    Price.objects.bulk_create(
        Price(
            contract=made, sku=code, unit=row[3], per="once" if code.startswith("P-") else "month",
            unit_price=Decimal(row[4]), valid_from=date(year, 1, 1),
        )
        for code, row in story.skus.items()
    )  # fmt: skip
    return made


def _register(story: Story) -> list[InformationSystem]:
    """The systems of all units, in an order in which neighbours belong to different units."""
    made: list[InformationSystem] = []
    rows = [
        (unit, text) for (name, texts), unit in zip(read("city.toml")["units"].items(), story.city.units, strict=True)
        for text in texts
    ]  # fmt: skip
    story.chance.shuffle(rows)
    shown = [row for row in rows if row[0] == story.city.units[0]][-OWN_WORK:]
    rows = [row for row in rows if row not in shown] + shown  # the first unit has work of its own, and services as well
    for n, (unit, text) in enumerate(rows, 1):
        name, category, zone, level = text.split(":")
        bought, building = n % 11 == 0, n % 7 == 0
        begun = date(2023, 1 + n % 12, 1 + n % 27)
        accepted = None if building else begun + timedelta(days=300 + n % 120)
        made.append(
            InformationSystem.objects.create(
                jurisdiction=story.city.place, unit=unit, code=f"XT-{n:04d}", name=name, category=category,
                built_by="purchased" if bought else "self", asset_owner="supplier" if bought else "unit",
                network_zone=zone, mlps_level=int(level), started_on=begun, accepted_on=accepted,
                operated_from=accepted + timedelta(days=30) if accepted else None,
                registered_at=story.moment(date(2025, 1, 13)),
            )
        )  # fmt: skip
    return made


def _undertake(story: Story) -> int:
    """Each unit signs before its first opening; the last one has not yet, and its application waits for it."""
    signing = story.city.units[:-1]
    for unit in signing:
        head = story.city.who(unit, "head")
        Undertaking.objects.create(unit=unit, signed_by=head, signed_at=story.moment(date(2025, 1, 20)))
    return len(signing)


def _list(story: Story) -> list[applications.LineInput]:
    codes = story.chance.sample(sorted(story.skus), k=story.chance.randint(3, 8))
    return [
        applications.LineInput(
            f"第 {n} 行", code, Decimal(story.chance.randint(*story.skus[code][5:7])), purpose=story.chance.choice(
                ("应用服务", "数据库", "文件与影像", "接口服务", "安全防护", "备份")
            ),
        )
        for n, code in enumerate(sorted(codes), 1)
    ]  # fmt: skip


def _figures(story: Story) -> dict[str, str]:
    """What a middling system says of itself in the worksheet."""
    users = story.chance.randrange(2000, 200000, 500)
    sessions, stock = max(50, users // 40), story.chance.randrange(100, 2000, 50)
    return {
        "users": str(users), "daily_share": "0.3", "operations": "20", "peak_factor": "3", "cpu_ms": "60",
        "sessions": str(sessions), "session_mb": "8", "baseline_mb": "4096", "stock_gb": str(stock),
        "yearly_gb": str(stock // 4), "years": "3", "page_kb": "60",
    }  # fmt: skip


def _apply(story: Story, system: InformationSystem, start: date, stage: str) -> None:
    """One application, from its draft on ``start`` to where ``stage`` says."""
    unit, at = system.unit, story.moment(start)
    handler = story.actor(unit, "handler", at)
    case = applications.create(
        system=system, actor=handler, at=at, purpose=f"{system.name}上云运行", expected_on=start + timedelta(days=30)
    )
    applications.set_lines(case, lines=_list(story), actor=handler, on=start)
    sizing.set_sizing(case, figures=_figures(story), basis="按近一年峰值测算", actor=handler, on=start)
    for kind in ("form", "plan", "contract", "acceptance"):
        applications.set_paper(case, kind=kind, actor=handler, reason="纸质件已在服务中心存档")
    case.refresh_from_db()
    if stage == "draft":
        return
    operations.take(case, "pass_to_head", actor=handler, at=at)
    if stage == "with_head":
        return
    at = story.moment(story.later(start, 1), 15)
    operations.take(case, "submit", actor=story.actor(unit, "head", at), at=at)
    if stage != "submitted":
        _review(story, case, start, stage)


def _review(story: Story, case: Application, start: date, stage: str) -> None:
    city, at = story.city, story.moment(story.later(start, 2), 9)
    acceptor = story.actor(city.centre, "acceptor", at)
    if stage == "returned":
        operations.take(case, "return", actor=acceptor, at=at, opinion="需求测算未说明峰值来源；实施方案缺部署图")
        return
    operations.take(case, "accept", actor=acceptor, at=at)
    if stage == "accepted":
        return
    at = story.moment(story.later(start, 3), 11)
    grants = {line.no: _cut(story, line) for line in case.lines.all()}
    contract = _contract_for(story, case, at.date())
    operations.recommend(
        case, grants=grants, contract=contract, actor=story.actor(city.centre, "reviewer", at), at=at,
        opinion="经逐项核定，建议批准",
    )  # fmt: skip
    if stage != "recommended":
        _decide(story, case, start, stage)


def _cut(story: Story, line: Any) -> operations.Cut:
    if line.quantity >= 4 and story.chance.random() < 0.25:
        return operations.Cut((line.quantity * Decimal("0.75")).to_integral_value(), story.chance.choice(CUTS))
    return operations.Cut(line.quantity)


def _contract_for(story: Story, case: Application, on: date) -> Contract:
    covered = operations.is_covered(case, on=on)
    return story.contracts[("covered", 10 * on.year + 1 + case.pk % 2) if covered else ("own", case.unit_id)]


def _decide(story: Story, case: Application, start: date, stage: str) -> None:
    at = story.moment(story.later(start, 5), 16)
    approver = story.actor(story.city.bureau, "approver", at)
    if stage == "rejected":
        operations.reject(case, actor=approver, at=at, opinion="与政务服务一体化平台功能重复，应整合使用")
        return
    operations.approve(case, actor=approver, at=at)
    if stage == "cancelled":
        head = story.actor(case.unit, "head", at)
        operations.take(case, "cancel", actor=head, at=at + timedelta(hours=1), opinion="项目调整，暂不上云")
    elif stage not in ("approved", "notified", "late"):
        _open(story, case, story.later(start, 8), stage)


def _open(story: Story, case: Application, day: date, stage: str) -> None:
    assert case.provider is not None
    at = story.moment(day, 14)
    delivery = story.actor(case.provider, "delivery", at)
    reports = [
        operations.Report(line.no, line.approved, day, instances=f"i-{case.pk:05d}{line.no:02d}", plugin="1.0")
        for line in case.lines.all()
        if line.approved
    ]
    operations.report_opened(case, reports=reports, actor=delivery, at=at)
    nos = [report.no for report in reports]
    head = story.actor(case.unit, "head", at)
    if stage == "disputed":
        later = at + timedelta(hours=2)
        operations.take(case, "dispute_day", actor=head, at=later, opinion="当日网络未通，次日方可使用")
    elif stage != "opened":
        operations.confirm_opening(case, day=day, line_nos=nos, actor=head, at=at + timedelta(hours=1))
        if stage != "half_confirmed":
            operations.confirm_opening(case, day=day, line_nos=nos, actor=delivery, at=at + timedelta(hours=2))


def _months(story: Story) -> int:
    """Accrue each complete month on the first day of the next."""
    month, count = date(2025, 1, 1), 0
    while month_of(month).end <= story.until:
        end = month_of(month).end
        at = datetime(end.year, end.month, end.day, 1, tzinfo=LOCAL)
        accrue_month(jurisdiction_id=story.city.place.pk, month=month, at=at)
        month, count = end, count + 1
    return count
