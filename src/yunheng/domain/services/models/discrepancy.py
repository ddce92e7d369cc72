"""A difference between a provider's inventory and the ledger, as a case (9.1, 22)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models

from yunheng.domain.parties.queries import offices
from yunheng.domain.services.models.inventory import InventoryRun
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art09_difference_kinds import KINDS, OWNERS, KindOf
from yunheng.law.ch2_use.art09_discrepancy import DISCREPANCY
from yunheng.law.kernel.machine import By, Step

DIFFERENCES = tuple((kind, known.zh) for kind, known in KINDS.items())


class Discrepancy(Case):
    """Found by comparing, by nobody's hand. The same difference in a later inventory is the same case: its age runs on.

    ``evidence`` is the row and the line of the ledger as they were when it was found, ``latest`` as last seen.
    ``runs_from`` to ``runs_to`` are the days on which something ran unapproved; the fund never pays them.
    """

    machine = DISCREPANCY

    difference = models.CharField("差异", max_length=16, choices=DIFFERENCES)
    key = models.CharField("对象", max_length=200)  # a line of the ledger, or an instance
    owner = models.CharField("说明方", max_length=10, choices=tuple(OWNERS.items()))
    article = models.CharField("涉及条款", max_length=10)
    found_on = models.DateField("发现日")
    found_in = models.ForeignKey(InventoryRun, models.PROTECT, related_name="found_here")
    seen_in = models.ForeignKey(InventoryRun, models.PROTECT, related_name="seen_here")
    service = models.ForeignKey(
        "services.Service", models.PROTECT, null=True, blank=True, related_name="discrepancies"
    )  # fmt: skip
    evidence = models.JSONField("依据")
    latest = models.JSONField("最近所见", default=dict)
    linked = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="explained_differences")
    runs_from = models.DateField("擅自运行自", null=True, blank=True)
    runs_to = models.DateField("擅自运行至（不含）", null=True, blank=True)
    outcome = models.CharField("核销方式", max_length=16, blank=True)

    class Meta:
        indexes = [models.Index(fields=["difference", "key"])]

    @property
    def known(self) -> KindOf:
        """What the law says of differences of this kind."""
        return KINDS[self.difference]  # type: ignore[index]

    def editable_by(self, actor: Any) -> bool:
        return False

    def holders(self, by: By) -> Iterable[int]:
        """The provider; the unit where the inventory tells whose system it is; centre and bureau."""
        if by.kind == "provider":
            return [self.provider_id] if self.provider_id else []
        if by.kind == "user_unit":
            return [self.unit_id] if self.unit.kind == "user_unit" else []
        return offices(self.jurisdiction_id, by.kind)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """The owner's word is awaited, not the other party's; the centre's only after it was given."""
        if step.name in ("explain", "report_rectified"):
            return by.kind == self.owner
        return step.name != "match" or self.state == "explained"

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        from yunheng.domain.services.discrepancies.facts import linked_facts

        return linked_facts(self, data)
