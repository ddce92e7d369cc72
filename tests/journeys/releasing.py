"""How a release comes to each of its states: short acts of the cast, shared by the tests of article 8."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.cast import Cast, moment
from yunheng.domain.services.models import Assessment, Heartbeat, Release, Service
from yunheng.domain.services.release import operations as do
from yunheng.domain.services.release.heartbeats import Beat, hear
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.operations import advance

AT = moment("2026-05-09 10:00")
DAY = date(2026, 5, 9)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
GOOD = {"system_test": "passed", "mlps": "good", "crypto": "fit", "software": "passed"}


def report(cast: Cast, who: str = "chen") -> Attachment:
    return store(
        content=PDF, filename="报告.pdf", kind="attachment", jurisdiction_id=cast.city.pk,
        person_id=cast.person(who).pk, at=AT,
    )  # fmt: skip


def compute() -> Service:
    return Service.objects.get(sku="C-ECS-4C16G", closed_on=None)


def beat(cast: Cast, *, heard_at: datetime = AT, instance: str = "i-1", at: datetime | None = None) -> int:
    beats = [Beat("第 1 条", compute().number, instance, "2.1", heard_at)]
    return hear(beats=beats, actor=cast.actor("sun"), at=at or max(AT, heard_at))


def record(
    cast: Cast, case: Release, kind: str, *, on: date = DAY, until: date | None = None, at: datetime = AT
) -> None:
    do.record(
        case, kind=kind, conclusion=GOOD[kind], concluded_on=on, valid_until=until, attachment=report(cast),
        actor=cast.actor("chen"), at=at,
    )  # fmt: skip
    case.refresh_from_db()


def preparing(cast: Cast) -> Release:
    """Four hosts run since 2026-05-08; nothing is proved yet."""
    if not Service.objects.exists():
        Service.objects.create(
            jurisdiction=cast.city, number="S-2026-0001", unit=cast.education, system=cast.system, measure="台",
            contract=cast.contract, sku="C-ECS-4C16G", name="云主机 4核16G", quantity=Decimal(4), lane="covered",
            opened_on=DAY - timedelta(days=1),
        )  # fmt: skip
    return do.prepare(system="JY-001", actor=cast.actor("chen"), at=AT)


def proved(cast: Cast) -> Release:
    """Every paper is there, no plug-in was heard."""
    case, chen = preparing(cast), cast.actor("chen")
    Assessment.objects.bulk_create(
        Assessment(
            system=cast.system, kind=kind, conclusion=conclusion, concluded_on=DAY, level=3, recorded_at=AT,
            valid_until=date(2027, 5, 9) if kind in ("mlps", "crypto") else None, recorded_by_id=chen.person_id,
        )
        for kind, conclusion in GOOD.items()
    )  # fmt: skip
    do.declare(case, classes=["personal"], masked=True, statement="展示层脱敏", actor=chen, at=AT)
    case.refresh_from_db()
    return case


def heard(case: Release) -> Release:
    """The plug-in was heard, and nobody has looked at the gate since."""
    Heartbeat.objects.update_or_create(service=compute(), instance="i-1", defaults={"heard_at": AT})
    return case


def gated(cast: Cast) -> Release:
    case = proved(cast)
    beat(cast)
    case.refresh_from_db()
    return case


def released(cast: Cast) -> Release:
    case = gated(cast)
    do.judged(case, "release", actor=cast.actor("luo"), at=AT)
    return case


def silent(case: Release) -> Release:
    """The plug-in was heard too long ago, and nobody has looked since."""
    Heartbeat.objects.update(heard_at=AT - timedelta(hours=25))
    Service.objects.update(opened_on=DAY - timedelta(days=9))
    return case


def amber(cast: Cast) -> Release:
    case = silent(released(cast))
    do.evaluate(case, at=AT)
    return case


def near(cast: Cast) -> Release:
    """A conclusion ends within the days of the first reminder, and nobody has looked since."""
    case = released(cast)
    case.system.assessments.filter(kind="mlps").update(valid_until=DAY + timedelta(days=60))
    return case


def renewing(cast: Cast) -> Release:
    """The end was announced; another conclusion lies there, and nobody has looked since."""
    case = near(cast)
    do.evaluate(case, at=AT)
    case.system.assessments.filter(kind="mlps").update(valid_until=DAY + timedelta(days=365))
    return case


def held(cast: Cast) -> Release:
    case = released(cast)
    advance(case, "hold", actor=cast.actor("sun"), at=AT, opinion="发现高危漏洞")
    return case


def claiming(cast: Cast, case: Release) -> Release:
    do.claim_not_required(case, what="software", ground="合同未要求软件测评", actor=cast.actor("luo"), at=AT)
    return case


def ended(cast: Cast, step: str) -> Release:
    case = preparing(cast)
    advance(case, step, actor=cast.actor("luo"), at=AT)
    return case
