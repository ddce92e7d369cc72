"""Registrations of the tests: three rows of the education bureau, brought to where they are wanted (26)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.cast import Cast, moment
from tests.journeys.inventories import row
from yunheng.domain.services.models import Intake, Registration
from yunheng.domain.services.registrations import deciding, intakes, operations
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.operations import advance

AT, DAY = moment("2026-03-02 10:00"), date(2026, 3, 2)
D = Decimal
ROWS = [
    row("i-1", quantity="4", system="JY-001", since="2025-06-01"),
    row("i-2", "S-DISK-SSD", "500", unit="市教育局", since="2026-02-01"),
    row("i-3", "N-BW", "10", system="JY-001"),
]


def listed(cast: Cast, rows: list[dict[str, Any]] = ROWS) -> Registration:
    """The provider has listed three rows of the education bureau, one without a system."""
    if not Intake.objects.exists():
        seed(jurisdiction_id=cast.city.pk, at=AT)
        intakes.open_intake(provider=cast.provider, day=DAY, actor=cast.actor("zhou"), at=AT)
    taken(cast, rows)
    return Registration.objects.get(unit=cast.education)


def taken(cast: Cast, rows: list[dict[str, Any]]) -> intakes.Taken:
    intake = Intake.objects.get(provider=cast.provider)
    return intakes.take_in(
        intake=intake, raws=list(enumerate(rows, 2)), source="sheet", actor=cast.actor("sun"), at=AT
    )  # fmt: skip


def reviewed(cast: Cast, disputed: str = "") -> Registration:
    case = listed(cast)
    rows = [{"key": "2", "system": "JY-001", "disputed": disputed}]
    operations.review(case, actor=cast.actor("chen"), at=AT, rows=rows)
    return case


def confirmed(cast: Cast, disputed: str = "") -> Registration:
    case = reviewed(cast, disputed)
    advance(case, "confirm_list", actor=cast.actor("luo"), at=AT)
    return case


def terms(**more: Any) -> dict[str, Any]:
    systems = [{"key": "JY-001", "contract": "HT-2026-01", "lane": "covered", "released": "yes"}]
    return {"systems": systems, "disputes": [], "missing": ["plan"], "papers_due": date(2026, 6, 1)} | more


def registered(cast: Cast, **more: Any) -> Registration:
    case = confirmed(cast)
    deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms(**more))
    case.refresh_from_db()
    return case


def paper(cast: Cast, content: bytes = b"%PDF-1.4\n%%EOF", name: str = "材料.pdf") -> Attachment:
    return store(
        content=content,
        filename=name,
        kind="paper",
        jurisdiction_id=cast.city.pk,
        person_id=cast.person("luo").pk,
        at=AT,
    )


def supplied(cast: Cast) -> Registration:
    case = registered(cast)
    operations.supply(case, actor=cast.actor("luo"), at=AT, plan=paper(cast))
    return case
