"""The parties that everyone knows: each test and each page is asked as all of them.

数据局 · 服务中心 · 云服务商 · 教育局 · 卫健局 (the stranger) · 财政局 · 第三方. Days are real days of 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.parties.models import Jurisdiction, Organisation, Person, RoleGrant
from yunheng.domain.parties.operations import credit_check, organisation_check
from yunheng.domain.parties.queries import actor_for
from yunheng.domain.services import applications, operations, sizing
from yunheng.domain.services.models import Application, Undertaking
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.workflow.actor import Actor

LOCAL = ZoneInfo("Asia/Shanghai")
D = Decimal


def moment(text: str) -> datetime:
    """2026-04-29 10:00, local time."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def credit_code(prefix: str, n: int) -> str:
    """A fictitious credit code whose two check characters hold."""
    body = f"MB9{n:05d}"
    head = f"{prefix}520100{body}{organisation_check(body)}"
    return head + credit_check(head)


@dataclass
class Cast:
    """A small city with one covered contract and one system of the education bureau."""

    city: Jurisdiction
    bureau: Organisation
    centre: Organisation
    provider: Organisation
    education: Organisation
    health: Organisation
    school: Organisation
    contract: Contract
    own_contract: Contract
    system: InformationSystem

    def person(self, username: str) -> Person:
        return Person.objects.select_related("organisation__parent").get(username=username)

    def actor(self, username: str, at: datetime | None = None) -> Actor:
        return actor_for(person=self.person(username), at=at or moment("2026-04-29 10:00"))


def organisation(city: Jurisdiction, kind: str, name: str, n: int, **fields: object) -> Organisation:
    prefix = "91" if kind == "provider" else "11"
    return Organisation.objects.create(
        jurisdiction=city, kind=kind, name=name, short_name=name, credit_code=credit_code(prefix, n), **fields
    )


def person(org: Organisation, username: str, name: str, *roles: str) -> Person:
    made = Person.objects.create(organisation=org, username=username, name=name, email=f"{username}@example.invalid")
    made.set_password("Yunheng-2026")
    made.save()
    for role in roles:
        RoleGrant.objects.create(person=made, role=role, valid_from=date(2025, 1, 1))
    return made


ITEMS = (
    ("C-ECS-4C16G", "compute", "ECS", "云主机 4核16G", "台", "320"),
    ("S-DISK-SSD", "storage", "DISK", "云盘 SSD", "GB", "0.8"),
    ("N-BW", "network", "EIP", "互联网带宽", "Mbps", "45"),
)


ITEM_LINES = (("C-ECS-4C16G", "4"), ("S-DISK-SSD", "500"))


def assemble() -> Cast:
    """Put the cast on the stage of an empty database."""
    city = Jurisdiction.objects.create(code="520100", name="贵阳市")
    bureau = organisation(city, "bureau", "市大数据局", 1)
    centre = organisation(city, "centre", "市大数据应用服务中心", 2)
    provider = organisation(city, "provider", "示例云服务有限公司", 3)
    education = organisation(city, "user_unit", "市教育局", 4)
    health = organisation(city, "user_unit", "市卫生健康局", 5)
    school = organisation(city, "user_unit", "市第一示例中学", 6, budget_level=2, parent=education)
    finance = organisation(city, "supervisor", "市财政局", 7)
    auditor = organisation(city, "auditor", "示例会计师事务所", 8)
    for org, username, name, roles in (
        (education, "chen", "陈思远", ("handler",)),
        (education, "luo", "罗建华", ("head",)),
        (health, "he", "何静", ("handler", "head")),
        (school, "ma", "马晓", ("handler", "head")),
        (centre, "wu", "吴倩", ("acceptor", "reviewer", "verifier")),
        (bureau, "zhou", "周明", ("approver",)),
        (bureau, "tang", "唐敏", ("finance",)),
        (provider, "sun", "孙立", ("delivery", "finance")),
        (finance, "qian", "钱进", ("inspector",)),
        (auditor, "zheng", "郑审", ("accountant",)),
    ):
        person(org, username, name, *roles)
    contract = Contract.objects.create(
        jurisdiction=city, number="HT-2026-01", name="市级政务云服务", buyer=bureau, provider=provider, lane="covered",
        starts_on=date(2026, 1, 1), ends_on=date(2199, 1, 1),
    )  # fmt: skip
    own = Contract.objects.create(
        jurisdiction=city, number="HT-JY-01", name="教育局云服务", buyer=education, provider=provider, lane="own",
        starts_on=date(2026, 1, 1), ends_on=date(2199, 1, 1),
    )  # fmt: skip
    for code, category, product, name, unit, price in ITEMS:
        Item.objects.create(
            jurisdiction=city, code=code, category=category, product=product, name=name, unit=unit,
            valid_from=date(2025, 1, 1),
        )  # fmt: skip
        for owner in (contract, own):
            Price.objects.create(
                contract=owner, sku=code, unit=unit, per="month", unit_price=D(price), valid_from=date(2026, 1, 1)
            )
    system = InformationSystem.objects.create(
        jurisdiction=city, unit=education, code="JY-001", name="教师研修平台", category="business", built_by="self",
        asset_owner="unit", network_zone="internet", mlps_level=3, started_on=date(2024, 3, 1),
        accepted_on=date(2025, 8, 12), operated_from=date(2025, 9, 1), registered_at=moment("2025-09-01 09:00"),
    )  # fmt: skip
    return Cast(city, bureau, centre, provider, education, health, school, contract, own, system)


def draft(cast: Cast, *, at: str = "2026-04-27 09:00", lines: tuple[tuple[str, str], ...] = ITEM_LINES) -> Application:
    """A complete draft of the education bureau."""
    when, chen = moment(at), cast.actor("chen")
    case = applications.create(system=cast.system, actor=chen, at=when, purpose="全市教师研修")
    rows = [applications.LineInput(f"第 {n} 行", sku, D(quantity)) for n, (sku, quantity) in enumerate(lines, 1)]
    applications.set_lines(case, lines=rows, actor=chen, on=when.date())
    sizing.set_sizing(case, figures={"users": "20000"}, actor=chen, on=when.date())
    for kind in ("form", "plan", "contract", "acceptance"):
        applications.set_paper(case, kind=kind, actor=chen, reason="测试：不适用")
    case.refresh_from_db()
    return case


def sign_undertaking(cast: Cast) -> None:
    """The security undertaking of the education bureau (19.2), unless it is signed."""
    if not cast.education.undertakings.exists():
        signed = moment("2026-04-28 09:00")
        Undertaking.objects.create(unit=cast.education, signed_by=cast.person("luo"), signed_at=signed)


def recommended(cast: Cast, case: Application, *, at: datetime) -> Application:
    """A draft of the education bureau, submitted, accepted and recommended whole; its undertaking is signed."""
    sign_undertaking(cast)
    for step, username in (("pass_to_head", "chen"), ("submit", "luo"), ("accept", "wu")):
        operations.take(case, step, actor=cast.actor(username), at=at)
    grants = {line.no: operations.Cut(line.quantity) for line in case.lines.all()}
    operations.recommend(case, grants=grants, contract=cast.contract, actor=cast.actor("wu"), at=at, opinion="同意")
    return case


def report_opening(cast: Cast, case: Application, *, on: date, at: datetime) -> Application:
    """Each line reported as opened on a day, as approved."""
    reports = [operations.Report(line.no, line.approved or D(0), on) for line in case.lines.all()]
    operations.report_opened(case, reports=reports, actor=cast.actor("sun"), at=at)
    return case


def confirm_opening(cast: Cast, case: Application, *, on: date, at: datetime) -> Application:
    """Both sides name the day of each line."""
    numbers = [line.no for line in case.lines.all()]
    for username in ("luo", "sun"):
        operations.confirm_opening(case, day=on, line_nos=numbers, actor=cast.actor(username), at=at)
    return case


def approved(cast: Cast, *, at: str = "2026-04-29 10:00") -> Application:
    """An application that the bureau approved at ``at`` and that the provider has been notified of."""
    case = recommended(cast, draft(cast), at=moment("2026-04-28 09:00"))
    operations.approve(case, actor=cast.actor("zhou"), at=moment(at))
    return case


def opened(cast: Cast, *, on: date = date(2026, 5, 8)) -> Application:
    """All lines reported as opened on a day, waiting for both to name it."""
    return report_opening(cast, approved(cast), on=on, at=datetime(on.year, on.month, on.day, 4, tzinfo=UTC))


def serving(cast: Cast, *, on: date = date(2026, 5, 8)) -> Application:
    """Both lines in service since ``on``: 4 hosts at 320 a month, 500 GB at 0.8, covered."""
    return confirm_opening(cast, opened(cast, on=on), on=on, at=datetime(on.year, on.month, on.day, 6, tzinfo=UTC))


def in_service(cast: Cast) -> Application:
    """The case of :func:`serving`, made at the first call of a test."""
    found = Application.objects.filter(system=cast.system, state="in_service").first()
    return found or serving(cast)
