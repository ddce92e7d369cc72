"""A migration (15.2): pairs of an old node and the new one that was opened for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.ledger import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch3_funding.art15_migration import CAUSES, NamedDay
from yunheng.law.ch3_funding.art15_migration_machine import MIGRATION
from yunheng.law.kernel.machine import By, Step


class Migration(Case):
    """The move of services of one system to new nodes, at the same provider or at another one (R-020)."""

    machine = MIGRATION

    reason = models.TextField("迁移事由")
    cause = models.CharField("原因", max_length=8, choices=CAUSES, blank=True)
    old_provider = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    confirmed_on = models.DateField("确认完成日", null=True, blank=True)

    @property
    def first_day(self) -> date | None:
        """Day 1 of the days on which both run: the opening of the earliest new node (R-021)."""
        days = [pair.target.opened_on for pair in self.pairs.select_related("target") if pair.target]
        return min(days) if days else None

    @property
    def complete(self) -> bool:
        """Whether every old node has its new one."""
        return self.pairs.exists() and not self.pairs.filter(target=None).exists()

    def editable_by(self, actor: Actor) -> bool:
        """Unit and provider may name new nodes until both run."""
        own = (
            actor.kind == "user_unit" and actor.organisation_id == self.unit_id and actor.has("head", self.kind)
        ) or (
            actor.kind == "provider" and actor.organisation_id == self.provider_id and actor.has("delivery", self.kind)
        )
        return own and self.state in ("registered", "cause_decided") and not self.complete

    def holders(self, by: By) -> Iterable[int]:
        """The unit, the provider of the new nodes, the offices; the provider of the old ones takes part."""
        return own_parties(self, by)

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """The day that a step names, and what it may not come before; how often the bureau has decided."""
        if guard == "cause_contested_once":
            return self.events.filter(step="decide_at_bureau").count()
        day = date.fromisoformat(data["day"])
        if guard == "migration_release_valid" and self.confirmed_on:
            return NamedDay(day, self.confirmed_on, "确认完成日", on)
        opened = [pair.target.opened_on for pair in self.pairs.select_related("target") if pair.target]
        return NamedDay(day, max(opened), "新节点开通日", on)

    def received_on(self, step: Step) -> date | None:
        """The days of both are counted from the opening of the new node, whenever it is entered."""
        first = self.first_day
        if step.name == "report_complete" and first is not None and first <= localdate(self.moved_at):
            return first
        return None

    def ordered(self) -> list[dict[str, Any]]:
        """The old nodes with the new ones, as far as they are named."""
        return [
            {
                "key": pair.source.number, "name": pair.source.name,
                "before": {"service": pair.source.number, "sku": pair.source.sku},
                "after": {"service": pair.target.number, "sku": pair.target.sku} if pair.target else None,
            }
            for pair in self.pairs.select_related("source", "target")
        ]  # fmt: skip


class MigrationPair(models.Model):
    """An old node and the new one; the new one may be named later."""

    case = models.ForeignKey(Migration, models.CASCADE, related_name="pairs")
    source = models.ForeignKey(Service, models.PROTECT, related_name="+")
    target = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["case", "id"]
        constraints = [models.UniqueConstraint(fields=["case", "source"], name="migration_source_once")]
