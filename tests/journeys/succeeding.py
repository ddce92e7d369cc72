"""How a succession comes to each of its states: 市教育局 and 市卫生健康局 hand systems to each other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.cast import Cast, moment
from tests.journeys.releasing import report
from yunheng.domain.services.models import Service, Succession
from yunheng.domain.services.succession import operations as do
from yunheng.domain.systems.models import InformationSystem

AT = moment("2026-06-10 10:00")
ON = date(2026, 7, 1)


def service(cast: Cast, n: int = 1, **changed: Any) -> Service:
    """A service of the research platform, since 8 May, unless it is said otherwise."""
    values: dict[str, Any] = {
        "jurisdiction": cast.city, "number": f"S-2025-{n:04d}", "unit": cast.education, "system": cast.system,
        "contract": cast.contract, "sku": "C-ECS-4C16G", "name": "云主机 4核16G", "measure": "台",
        "quantity": Decimal(4), "lane": "covered", "opened_on": date(2026, 5, 8), "instances": "i-1 10.0.0.1",
    }  # fmt: skip
    return Service.objects.create(**(values | changed))


def system(cast: Cast, code: str, name: str, *, of: Any = None) -> InformationSystem:
    return InformationSystem.objects.create(
        jurisdiction=cast.city, unit=of or cast.health, code=code, name=name, category="business", built_by="self",
        asset_owner="unit", network_zone="internet", mlps_level=3, registered_at=AT,
    )  # fmt: skip


def begun(
    cast: Cast, who: str, subject: str, *, on: date = ON, content: dict[str, Any] | None = None, unit: str = ""
) -> Succession:
    actor = cast.actor(who)
    case = do.prepare(
        subject=subject,
        effective_on=on,
        basis="筑编〔2026〕12号",
        attachment=report(cast, who),
        unit=unit,
        actor=actor,
        at=AT,
    )
    return do.fill(case, actor=actor, at=AT, **content) if content is not None else case


def to_education(cast: Cast, who: str = "he") -> Succession:
    """The health bureau gives its system to the education bureau; the bureau does so where the unit is gone."""
    if not InformationSystem.objects.filter(code="WJ-001").exists():
        service(cast, unit=cast.health, system=system(cast, "WJ-001", "预约挂号"))
    content = {"receiver": cast.education.credit_code}
    if who == "zhou":
        return begun(cast, who, "unit_abolished", content=content, unit=cast.health.credit_code)
    return begun(cast, who, "system_moved", content=content | {"systems": ["WJ-001"]})


def from_education(cast: Cast) -> Succession:
    service(cast)
    return begun(cast, "chen", "system_moved", content={"receiver": cast.health.credit_code, "systems": ["JY-001"]})


def proposed(cast: Cast, who: str = "zhou") -> Succession:
    case = to_education(cast, who)
    do.propose(case, actor=cast.actor(who), at=AT)
    return case


def signed(cast: Cast, who: str = "zhou") -> Succession:
    case = proposed(cast, who)
    do.sign(case, actor=cast.actor("luo"), at=AT)
    return case
