"""The release of a system (8), and the evidence for it: assessments (19.2), the declaration of data (21), heartbeats."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.ledger import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art08_evidence import CONCLUSIONS, KINDS, NOT_REQUIRED
from yunheng.law.ch2_use.art08_machine import OPEN, RELEASE
from yunheng.law.kernel.machine import By, Step


class Release(Case):
    """The release of one system, from its preparation until it is retired; one open case per system."""

    machine = RELEASE

    further = models.JSONField("其他须做的测评", default=list)  # kinds beyond those that the text names
    renew_by = models.DateField("须续期至", null=True, blank=True)  # the last day that the unit has been told of

    @property
    def look(self) -> str:
        """The look of its state, as the badge shows it."""
        return self.procedure.state(self.state).look

    @property
    def over(self) -> bool:
        """Whether the case is at its end, so that the system may be prepared anew."""
        return self.procedure.state(self.state).final

    def editable_by(self, actor: Actor) -> bool:
        """Evidence comes in as long as the case is open, from the unit's handlers, head and security officer."""
        roles = ("handler", "head", "security")
        own = self.unit_id == actor.organisation_id and any(actor.has(role, self.kind) for role in roles)
        return own and self.state in OPEN

    def holders(self, by: By) -> Iterable[int]:
        """The unit, every provider whose resources the system runs on, and the offices of the jurisdiction."""
        own = own_parties(self, by)
        if by.kind != "provider":
            return own
        others = self.participants.filter(organisation__kind="provider").values_list("organisation_id", flat=True)
        return list(dict.fromkeys([*own, *others]))

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A claim waits for the centre, an expiry for the head, a hold for whoever imposed it."""
        if step.name == "confirm_not_required":
            return pending_claims(self).exists()
        if step.name == "renew":
            return self.renew_by is not None
        if step.name == "unhold":
            held = self.events.filter(step="hold").order_by("-sequence").first()
            return held is not None and held.organisation_id == holder_id
        return True

    def offers(self, step: Step) -> bool:
        """A claim is answered where there is one, a conclusion renewed where one is about to end."""
        if step.name in ("confirm_not_required", "refuse_not_required"):
            return pending_claims(self).exists()
        return step.name != "renew" or self.renew_by is not None

    def due_on(self, step: Step) -> date | None:
        """What is to be renewed holds until its last day."""
        return self.renew_by if step.name == "renew" else None

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rules of article 8 need to know, at the moment that the act names."""
        from yunheng.domain.services.release import facts

        assert self.system is not None
        if guard == "not_required_allowed":
            return facts.claim_of(self.system, data)
        return facts.gate_of(self, at=datetime.fromisoformat(data["at"]))


class Assessment(models.Model):
    """A result of an assessment of a system; the latest one of a kind counts, earlier ones are kept (19.2)."""

    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, related_name="assessments")
    kind = models.CharField("项目", max_length=12, choices=KINDS)
    conclusion = models.CharField(
        "结论", max_length=12,
        choices=(*{c: (c, zh) for kind in CONCLUSIONS.values() for c, zh, _ in kind}.values(), (NOT_REQUIRED, "不需要")),
    )  # fmt: skip
    concluded_on = models.DateField("结论日期", null=True, blank=True)
    valid_until = models.DateField("有效期至（含）", null=True, blank=True)
    level = models.PositiveSmallIntegerField("等保级别")  # of the system on the day of the result
    assessor = models.CharField("测评机构", max_length=80, blank=True)
    number = models.CharField("报告编号", max_length=60, blank=True)
    open_findings = models.PositiveIntegerField("遗留问题（项）", default=0)
    ground = models.CharField("不需要的依据", max_length=300, blank=True)
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间")
    confirmed_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    refused_at = models.DateTimeField("不予认定时间", null=True, blank=True)

    class Meta:
        ordering = ["system", "kind", "-recorded_at", "-id"]
        indexes = [models.Index(fields=["valid_until"])]

    @property
    def name(self) -> str:
        return dict(KINDS)[self.kind]


def pending_claims(case: Case) -> models.QuerySet[Assessment]:
    """What is said to be not required and waits for the centre's word."""
    found = Assessment.objects.filter(system_id=case.system_id, conclusion=NOT_REQUIRED)
    return found.filter(confirmed_at=None, refused_at=None).order_by("id")


class DataDeclaration(models.Model):
    """The sensitive data that a system holds, as its unit declared it; the latest one counts (21)."""

    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, related_name="data_declarations")
    classes = models.JSONField("数据类别", default=list)  # of art21_data.CLASSES; empty: none of them
    masked = models.BooleanField("脱敏脱密已落实", default=False)
    statement = models.CharField("说明", max_length=500, blank=True)
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    declared_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    declared_at = models.DateTimeField("申报时间")

    class Meta:
        ordering = ["system", "-declared_at", "-id"]


class Heartbeat(models.Model):
    """When the monitoring plug-in of an instance was heard last, as the provider reports it (8)."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="heartbeats")
    instance = models.CharField("实例", max_length=80)
    version = models.CharField("插件版本", max_length=40, blank=True)
    heard_at = models.DateTimeField("最近上报")
    doubted = models.BooleanField("数据失真", default=False)  # found so, and not seen to be mended (24.1.4, R-029)

    class Meta:
        ordering = ["service", "instance"]
        constraints = [models.UniqueConstraint(fields=["service", "instance"], name="heartbeat_once")]
