"""What units and providers agree on themselves (9.1, 12.1, 14): in force, waiting for a signature, declined, drawn up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from yunheng.demo.calendar import Story
from yunheng.demo.papers import paper
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.agreement import operations as do
from yunheng.domain.services.agreement.queries import opening_lines
from yunheng.domain.services.involvements import free
from yunheng.domain.services.ledger import running_on
from yunheng.domain.services.models import Agreement, AgreementLine, Application, Service
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.operations import advance

# How far it has come, and how many working days ago it began.
STAGES = (("in_force", 15), ("declined", 9), ("withdrawn", 6), ("proposed", 3), ("drafted", 1))


def tell(story: Story) -> int:
    """Agreements of the own lane, as far as there is one; one for the first unit, so that its head has one to sign."""
    done, last = 0, story.working(story.until)
    for stage, back in STAGES:
        service = _free(story, story.earlier(last, back))
        if service is not None:
            _changed(story, service, stage, story.earlier(last, back))
            done += 1
    return done + _temporary(story, story.earlier(last, 2)) + _charge_start(story, story.earlier(last, 1))


def signature(
    story: Story, system: InformationSystem, provider: Organisation, subject: str, day: date, *,
    lines: Callable[[Agreement], Sequence[AgreementLine]], send: bool = True, **terms: Any,
) -> Agreement:  # fmt: skip
    """Drawn up by the provider, and signed by it where it is sent."""
    at = story.moment(day, 10)
    actor = story.actor(provider, "delivery", at)
    case = do.create(system=system, provider=provider, subject=subject, actor=actor, at=at)
    document = store(
        content=paper("政务云服务协议"), filename="政务云服务协议.pdf", kind="document", person_id=actor.person_id, at=at,
        jurisdiction_id=story.city.place.pk, case_id=case.pk,
    )  # fmt: skip
    do.set_terms(case, lines=lines(case), document=document, **terms)
    if send:
        do.propose(case, actor=actor, at=at + timedelta(hours=1))
    return case


def sign(story: Story, case: Agreement, day: date) -> None:
    """The unit signs what the provider proposed."""
    at = story.moment(day, 11)
    do.sign(case, actor=story.actor(case.unit, "head", at), at=at)


def _free(story: Story, day: date) -> Service | None:
    """A service that its unit pays for, that runs on the day, that nobody is busy with or has agreed on."""
    found = running_on(Service.objects.filter(jurisdiction=story.city.place, lane="own", trial=False), day)
    found = found.filter(agreement_lines=None, closed_on=None).select_related("system", "contract__provider", "unit")
    rows = (service for service in free(found.order_by("-pk")) if service.at("lane", day) == "own")
    return next(rows, None)


def _changed(story: Story, service: Service, stage: str, start: date) -> None:
    wanted = [do.Wanted(service.number, service.quantity + 2, service=service)]
    case = signature(
        story, service.system, service.contract.provider, "change", start, send=stage != "drafted",
        lines=lambda case: do.changed(case, wanted, from_on=start, today=start), from_on=start,
        words="业务量增加，双方商定扩容",
    )  # fmt: skip
    at = story.moment(story.later(start, 1), 15)
    if stage == "in_force":
        sign(story, case, story.later(start, 2))
    if stage == "declined":
        head = story.actor(case.unit, "head", at)
        advance(case, "decline", actor=head, at=at, opinion="本年度预算不足，明年再议")
    if stage == "withdrawn":
        delivery = story.actor(service.contract.provider, "delivery", at)
        advance(case, "withdraw", actor=delivery, at=at, opinion="数量有误，另行拟订")


def _temporary(story: Story, day: date) -> int:
    """A fortnight of capacity for the first unit under its own contract, waiting for its head."""
    unit = story.city.units[0]
    contract = story.contracts.get(("own", unit.pk))
    system = InformationSystem.objects.filter(unit=unit).order_by("-pk").first()
    if contract is None or system is None or not contract.starts_on <= day < contract.ends_on - timedelta(days=40):
        return 0
    wanted = [do.Wanted("第 1 行", Decimal(4), "C-ECS-4C16G")]
    signature(
        story, system, contract.provider, "temporary", day, contract=contract,
        lines=lambda case: do.entered(case, wanted, today=day), from_on=day + timedelta(days=7),
        until=day + timedelta(days=21), words="线上报名高峰，报名结束即停",
    )  # fmt: skip
    return 1


def _charge_start(story: Story, day: date) -> int:
    """From when an application of the own lane is paid, before both confirm that it is opened."""
    found = Application.objects.filter(lane="own", state__in=("notified", "opened"), provider__isnull=False)
    found = found.filter(events__step="notify", events__at__lt=story.moment(day, 9)).order_by("pk")
    case = found.select_related("system", "provider").first()
    if case is None or case.system is None or case.provider is None:
        return 0
    signature(
        story, case.system, case.provider, "charge_start", day,
        lines=lambda made: do.about_lines(opening_lines(made)), from_on=day + timedelta(days=7),
        words="系统联调一周，自联调完成之日起计费",
    )  # fmt: skip
    return 1
