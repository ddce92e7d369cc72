"""Succession (R-023): a unit, a system or a contract is followed by another, on a day, under a document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models

from yunheng.domain.parties.queries import offices
from yunheng.domain.services.models.ledger import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch3_funding.art15_succession import SUBJECTS
from yunheng.law.ch3_funding.art15_succession_machine import SUCCESSION
from yunheng.law.kernel.machine import By, Step


class Succession(Case):
    """One act of succession; ``unit`` gives, ``receiver`` takes. A renewal by the bureau is the bureau's own case."""

    machine = SUCCESSION

    subject = models.CharField("事由", max_length=20, choices=SUBJECTS)
    effective_on = models.DateField("生效日")
    basis = models.CharField("依据文件", max_length=200)
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    by_bureau = models.BooleanField("由市大数据局提出", default=False)
    new_name = models.CharField("新名称", max_length=80, blank=True)
    new_short_name = models.CharField("新简称", max_length=30, blank=True)
    receiver = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    systems = models.ManyToManyField("systems.InformationSystem", related_name="+", blank=True)
    to_system = models.ForeignKey("systems.InformationSystem", models.PROTECT, null=True, blank=True, related_name="+")
    from_contract = models.ForeignKey("funding.Contract", models.PROTECT, null=True, blank=True, related_name="+")
    to_contract = models.ForeignKey("funding.Contract", models.PROTECT, null=True, blank=True, related_name="+")
    chosen = models.ManyToManyField(Service, related_name="+", blank=True)  # none: all that run

    @property
    def edits(self) -> Any:  # type: ignore[override]
        """What there is to fill in depends on the subject."""
        from yunheng.domain.services.succession.acts import CONTENT

        return {"content": CONTENT[self.subject]}

    @property
    def other_signs(self) -> bool:
        """Whether a unit other than the one that proposes has to sign."""
        return self.receiver_id is not None and self.receiver_id != self.unit_id

    def editable_by(self, actor: Actor) -> bool:
        """Whoever proposes fills it in."""
        if self.state != "preparing":
            return False
        if self.by_bureau:
            return (
                actor.kind == "bureau"
                and actor.has("approver", self.kind)
                and actor.jurisdiction_id == self.jurisdiction_id
            )
        return self.unit_id == actor.organisation_id and (
            actor.has("handler", self.kind) or actor.has("head", self.kind)
        )

    def holders(self, by: By) -> Iterable[int]:
        """Both units once it is proposed; the bureau signs where it proposes, and is told in any case."""
        if by.kind == "user_unit":
            gives = [] if self.by_bureau and by.role else [self.unit_id]
            takes = [self.receiver_id] if self.receiver_id and self.state != "preparing" else []
            return dict.fromkeys(pk for pk in (*gives, *takes) if pk is not None)
        if by.kind == "provider":
            others = self.participants.filter(organisation__kind="provider").values_list("organisation_id", flat=True)
            return [*([self.provider_id] if self.provider_id else []), *others]
        if by == By("bureau", "approver") and not self.by_bureau:
            return []
        return offices(self.jurisdiction_id, by.kind)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """The proposal is its unit's, the second signature that of the unit that takes."""
        return holder_id == self.receiver_id if step.name == "sign" else True

    def lands(self, step: Step) -> str:
        """Where no other unit takes part, one signature is all."""
        return "signed" if step.name == "propose" and not self.other_signs else super().lands(step)

    def due_on(self, step: Step) -> date | None:
        """The second signature is wanted before the day on which it is to take effect."""
        return self.effective_on if step.name == "sign" else None

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule of succession needs to know."""
        from yunheng.domain.services.succession import facts

        return facts.handover(self)
