"""Coverage of a system's services by the fund: asked for, decided from a day, ended, restored (13, 10.3, 24.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.ledger import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch3_funding.art13_ending import GROUNDS, cite_of_ground
from yunheng.law.ch3_funding.art13_machine import COVERAGE
from yunheng.law.kernel.citation import Cite
from yunheng.law.kernel.machine import By, Step


class Coverage(Case):
    """Who pays for a system: all of its services (``whole``), or those that a decision names (``resources``)."""

    machine = COVERAGE

    reason = models.TextField("申请事由", blank=True)
    wished_on = models.DateField("希望纳入日期", null=True, blank=True)
    phase_evidence = models.CharField("所处阶段的依据", max_length=200, blank=True)
    owner_evidence = models.CharField("资产归属和建设方式的依据", max_length=200, blank=True)
    remaining_money = models.DecimalField(
        "技术验收时剩余的云服务费（元）", max_digits=14, decimal_places=2, null=True, blank=True
    )
    money_evidence = models.CharField("剩余云服务费的依据", max_length=200, blank=True)
    with_head = models.BooleanField("已交负责人", default=False)
    prefilled = models.BooleanField("由平台预填", default=False)
    by_bureau = models.BooleanField("由市大数据局列出", default=False)
    whole = models.BooleanField("整个系统", default=True)
    resources = models.ManyToManyField(Service, blank=True, related_name="coverage_cases")
    requested_on = models.DateField("申请日", null=True, blank=True)
    from_on = models.DateField("纳入自", null=True, blank=True)
    source = models.CharField("资金来源", max_length=200, blank=True)
    ended_from = models.DateField("移出自", null=True, blank=True)
    ground = models.CharField("移出依据", max_length=8, choices=GROUNDS, blank=True)
    origin = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="coverage_ended")

    def editable_by(self, actor: Actor) -> bool:
        """The unit's own request; what the bureau lists is not filled in."""
        return not self.by_bureau and super().editable_by(actor)

    def holders(self, by: By) -> Iterable[int]:
        """The unit, every provider of the services once it is decided, the offices."""
        own = own_parties(self, by)
        if by.kind != "provider":
            return own
        others = self.participants.filter(organisation__kind="provider").values_list("organisation_id", flat=True)
        return [*own, *others]

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        from yunheng.domain.services.coverage.facts import FACTS

        return FACTS[guard](self, on, data)

    def under(self, step: Step, data: Mapping[str, Any]) -> Cite:
        """An end stands on its ground (10.3, 13.2, 24.2)."""
        return cite_of_ground(data["ground"]) if step.name == "end" else super().under(step, data)

    @property
    def stands_on(self) -> Cite:
        """What has ended stands on the ground of its end."""
        return cite_of_ground(self.ground) if self.state == "ended" else super().stands_on

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A unit's draft waits for the handler until it is handed to the head; the bureau owes one decision, not two."""
        if self.state == "draft":
            return not self.by_bureau and self.with_head is (step.name == "request")
        return step.name != "decline"

    def offers(self, step: Step) -> bool:
        """A unit's draft is asked for, the bureau's is taken up; what the table says is own is not offered as covered."""
        if self.state == "draft":
            return self.by_bureau is (step.name == "take_up")
        if step.name != "decide":
            return True
        evaluated = self.events.filter(step="evaluate").order_by("sequence").last()
        return evaluated is None or bool(evaluated.data["possible"])

    def barred(self, step: Step, actor: Actor) -> str:
        """Whose draft it is, for whoever tries."""
        own = self.state != "draft" or self.by_bureau is (step.name == "take_up")
        return "" if own else "本件由另一方办理"

    def content(self, *, on: date) -> dict[str, Any]:
        """Which services, from which day and until when, on which ground."""
        from yunheng.domain.services.coverage.queries import concerned

        return {
            "whole": self.whole,
            "services": [service.number for service in concerned(self, on=on)],
            "from_on": self.from_on.isoformat() if self.from_on else None,
            "ended_from": self.ended_from.isoformat() if self.ended_from else None,
            "ground": self.ground or None,
            "source": self.source,
        }
