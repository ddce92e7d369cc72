"""Exits: services that a unit no longer needs, from its request to an inventory without them (11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.ledger import Service
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art11_exit import DIGESTS
from yunheng.law.ch2_use.art11_machine import EXIT
from yunheng.law.kernel.machine import By, Step


class Exit(Case):
    """An exit of some or all services that one provider runs for a system, in whichever lane (11)."""

    machine = EXIT

    reason = models.TextField("退出事由", blank=True)
    wants_backup = models.BooleanField("需要备份", null=True, blank=True)
    backup_to = models.CharField("备份移交到", max_length=200, blank=True)
    whole = models.BooleanField("整个系统退出", default=False)
    with_head = models.BooleanField("已交负责人", default=False)
    delivered_on = models.DateField("送达日", null=True, blank=True)
    digest_kind = models.CharField("摘要算法", max_length=8, choices=DIGESTS, blank=True)
    digest = models.CharField("备份摘要", max_length=64, blank=True)
    place = models.CharField("备份存放位置", max_length=200, blank=True)
    released_on = models.DateField("实际终止日（不计）", null=True, blank=True)
    disposal = models.TextField("处置结果", blank=True)
    destroyed = models.BooleanField("数据已销毁", null=True, blank=True)

    @property
    def services(self) -> list[Service]:
        """What exits, in the order of the ledger."""
        found = Service.objects.filter(involvements__case=self).select_related("contract__provider", "unit", "system")
        return list(found.order_by("number"))

    def holders(self, by: By) -> Iterable[int]:
        """Unit and provider are the case's own; bureau and centre are those of the jurisdiction."""
        return own_parties(self, by)

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        from yunheng.domain.services.exit.facts import FACTS

        return FACTS[guard](self, on, data)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A draft waits for the handler until it is handed to the head; the provider backs up only what is asked for."""
        if self.state == "draft":
            return self.with_head is (step.name == "submit")
        if self.state == "submitted" and step.name in ("back_up", "release"):
            return bool(self.wants_backup) is (step.name == "back_up")
        return True

    def received_on(self, step: Step) -> date | None:
        """The provider's one term counts from the delivery of the request, whatever it has to do next."""
        return self.delivered_on if step.term else None

    def due_on(self, step: Step) -> date | None:
        """The last day of that term, moved by the days on which the provider had to wait."""
        from yunheng.domain.services.exit.queries import due_of

        return due_of(self) if step.term else None
