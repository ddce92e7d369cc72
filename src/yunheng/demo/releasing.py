"""Systems on their way to the public (8): in preparation, ready, released, about to expire, amber, stopped."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from yunheng.demo.calendar import LOCAL, Story
from yunheng.demo.papers import paper
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Release, Service
from yunheng.domain.services.release import operations as do
from yunheng.domain.services.release.facts import instances_of
from yunheng.domain.services.release.heartbeats import Beat, hear
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.operations import advance

# How far the newest have come, and how many working days ago they began; what is left of the city is not prepared yet.
STAGES = (
    ("released", 40), ("near", 30), ("expired", 15), ("silent", 12), ("held", 9), ("gated", 4), ("claiming", 6),
    ("unheard", 5), ("preparing", 3), ("released", 34), ("released", 28), ("released", 22), ("released", 18),
)  # fmt: skip
RESULTS = {"system_test": "passed", "mlps": "mostly", "crypto": "mostly", "software": "passed"}
ASSESSORS = {"system_test": "示例软件评测中心", "mlps": "示例网络安全测评有限公司", "crypto": "示例密码测评有限公司",
             "software": "示例软件评测中心"}  # fmt: skip
ONE_DAY = timedelta(days=1)


def tell(story: Story) -> int:
    """So many releases; fewer where the city has fewer systems that run."""
    last, count = story.working(story.until), 0
    long = Service.objects.filter(closed_on=None, opened_on__lt=story.earlier(last, 45), sku__in=_compute(story))
    ready = list(InformationSystem.objects.filter(services__in=long).distinct().order_by("pk"))
    for (stage, back), system in zip(STAGES, ready[: len(ready) * 2 // 3], strict=False):
        _one(story, system, stage, story.earlier(last, back))
        count += 1
    return count


def report_new(story: Story) -> None:
    """What was opened since for systems that are released, or ready to be, reports as well."""
    at = datetime.combine(story.until, datetime.min.time(), LOCAL) + timedelta(hours=8)
    for case in Release.objects.filter(state__in=("gated", "released", "held")).select_related("system"):
        _hear(story, case, at)


def _one(story: Story, system: InformationSystem, stage: str, day: date) -> None:
    at = story.moment(day, 9)
    handler = story.actor(system.unit, "handler", at)
    case = do.prepare(system=system.code, actor=handler, at=at)
    _prove(story, case, stage, day, at)
    if stage == "claiming":
        head = story.actor(system.unit, "head", at + timedelta(hours=2))
        ground = "本系统为成品软件，随合同附有第三方测评报告"
        do.claim_not_required(case, what="software", ground=ground, actor=head, at=at + timedelta(hours=2))
    if stage in ("preparing", "claiming", "unheard"):
        return
    _hear(story, case, story.moment(day, 11))
    case.refresh_from_db()
    if stage == "gated":
        _hear(story, case, datetime.combine(story.until, datetime.min.time(), LOCAL) + timedelta(hours=8))
        return
    at = story.moment(day, 15)
    do.judged(case, "release", actor=story.actor(system.unit, "head", at), at=at)
    _after(story, case, stage, day)


def _after(story: Story, case: Release, stage: str, day: date) -> None:
    """What became of a released system."""
    if stage == "silent":
        do.evaluate(case, at=story.moment(story.later(day, 2), 10))
        return
    if stage == "expired":
        at = story.moment(story.later(day, 11), 9)
        _hear(story, case, at)
        do.evaluate(case, at=at)
    if stage == "held":
        at = story.moment(story.later(day, 2), 16)
        assert case.provider is not None
        delivery = story.actor(case.provider, "delivery", at)
        advance(case, "hold", actor=delivery, at=at, opinion="巡检发现高危漏洞，先停止对外服务，修复后解除")
    _hear(story, case, datetime.combine(story.until, datetime.min.time(), LOCAL) + timedelta(hours=8))


def _prove(story: Story, case: Release, stage: str, day: date, at: datetime) -> None:
    handler, head = (story.actor(case.unit, role, at) for role in ("handler", "head"))
    wanted = {"preparing": ("system_test", "mlps"), "claiming": ("system_test", "mlps", "crypto")}.get(stage, RESULTS)
    for n, kind in enumerate(wanted):
        held = store(
            content=paper("测评报告"), filename=f"{kind}.pdf", kind="attachment", jurisdiction_id=case.jurisdiction_id,
            person_id=handler.person_id, at=at, case_id=case.pk,
        )  # fmt: skip
        do.record(
            case, kind=kind, conclusion=RESULTS[kind], concluded_on=day - timedelta(days=30 + 9 * n),
            valid_until=_last(story, stage, day) if kind == "crypto" else None, assessor=ASSESSORS[kind],
            number=f"CP-{day.year}-{case.pk:04d}-{n + 1}", open_findings=n if kind == "mlps" else 0, attachment=held,
            actor=handler, at=at,
        )  # fmt: skip
    if stage != "preparing":
        do.declare(case, classes=["personal"], masked=True, statement="展示与共享均脱敏", actor=head, at=at)


def _last(story: Story, stage: str, day: date) -> date | None:
    """The last day of the one conclusion that is about to run out, or has."""
    if stage == "near":
        return story.until + timedelta(days=24)
    return story.later(day, 10) if stage == "expired" else None


def _compute(story: Story) -> set[str]:
    return {code for code, (category, *_) in story.skus.items() if category == "compute"}


def _hear(story: Story, case: Release, at: datetime) -> None:
    """The provider's machines report their plug-ins; machines know no holidays."""
    assert case.system is not None
    compute = _compute(story)
    beats: dict[int, list[Beat]] = {}
    for service in ledger.running_of(case.system, at.date()):
        if service.sku in compute:
            found = beats.setdefault(service.contract.provider_id, [])
            found += [Beat("", service.number, one, "2.3.1", at) for one in instances_of(service)]
    for provider in story.city.providers:
        if provider.pk in beats:
            hear(beats=beats[provider.pk], actor=story.actor(provider, "monitor", at), at=at)
