"""Suggestions (10), what was said of every machine last, and the busy periods that units declare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q

from yunheng.domain.parties.queries import offices, own_parties
from yunheng.domain.services.models import Service
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art10_calendar_machine import BUSY_CALENDAR
from yunheng.law.ch2_use.art10_facts import KINDS, RESULTS
from yunheng.law.ch2_use.art10_machine import DISMISSALS, OPEN, SUGGESTION
from yunheng.law.ch2_use.art10_report import REPORT
from yunheng.law.ch2_use.art10_season import RECURRENCES, Busy
from yunheng.law.kernel.machine import By, Step

AT_HAND = ("detected", "issued", "adjusting", "lapsed")  # where a unit may prepare something


class Suggestion(Case):
    """Advice on one line of the ledger whose instances were all found alike; ``evidence`` is frozen as it was found."""

    machine = SUGGESTION
    orders = False

    service = models.ForeignKey(Service, models.PROTECT, related_name="suggestions")
    advice = models.CharField("类别", max_length=12, choices=KINDS)
    found_on = models.DateField("发现日")
    sku_before = models.CharField("发现时目录编码", max_length=40)
    quantity_before = models.CharField("发现时数量", max_length=40)
    to_sku = models.CharField("建议目录编码", max_length=40, blank=True)
    saving = models.DecimalField("每月节约", max_digits=15, decimal_places=2, null=True, blank=True)
    rule_set = models.CharField("规则版本", max_length=20)
    evidence = models.JSONField("依据")
    dismissal = models.CharField("不予提出的原因", max_length=12, choices=DISMISSALS, blank=True)
    delivered_on = models.DateField("收到日", null=True, blank=True)  # of the suggestion, of a refusal, of an excuse
    linked = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="suggestions_adjusted")

    class Meta:
        indexes = [models.Index(fields=["service", "-found_on"])]

    @property
    def going_on(self) -> bool:
        return self.state in OPEN

    def holders(self, by: By) -> Iterable[int]:
        """Unit and provider are the case's own; bureau and centre are those of the jurisdiction."""
        return own_parties(self, by)

    def editable_by(self, actor: Actor) -> bool:
        """The unit draws up its adjustment, or declares a busy period: by itself (10.1), when asked, or late."""
        prepares = actor.has("handler", self.kind) or actor.has("head", self.kind)
        return self.unit_id == actor.organisation_id and prepares and self.state in AT_HAND

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """What lapsed is the bureau's where the fund pays, the centre's to note where the unit pays anyhow."""
        if self.state == "lapsed":
            return (self.lane == "own") is (step.name == "note")
        return True

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        from yunheng.domain.optimization.facts import FACTS

        return FACTS[guard](self, on, data)

    def content(self, *, on: date) -> dict[str, Any]:
        """What was found, on which rules and figures, and what it would save; plain JSON."""
        return {
            "service": self.service.number, "advice": self.advice, "found_on": self.found_on.isoformat(),
            "to_sku": self.to_sku, "saving": None if self.saving is None else f"{self.saving}",
            "rule_set": self.rule_set, "evidence": self.evidence, "linked": self.linked.number if self.linked else "",
        }  # fmt: skip


class MonthlyReport(Case):
    """What a provider reports to the bureau of one month (10.3); ``figures`` are counted, never written."""

    machine = REPORT
    orders = False

    case_ptr = models.OneToOneField(
        Case, models.CASCADE, parent_link=True, primary_key=True, related_name="monthly_report"
    )
    month = models.DateField("月份")  # its first day
    figures = models.JSONField("统计", default=dict)
    remarks = models.TextField("说明", blank=True)

    def holders(self, by: By) -> Iterable[int]:
        """The provider is the case's own; bureau and centre are those of the jurisdiction."""
        if by.kind == "provider":
            return [self.provider_id] if self.provider_id else []
        return offices(self.jurisdiction_id, by.kind)

    def editable_by(self, actor: Actor) -> bool:
        """The provider adds its words until it has signed."""
        mine = self.provider_id == actor.organisation_id and actor.has("delivery", self.kind)
        return mine and self.state in ("drafted", "returned")

    def content(self, *, on: date) -> dict[str, Any]:
        """The month, what was counted, and the provider's words; plain JSON."""
        return {"month": f"{self.month:%Y-%m}", "figures": self.figures, "remarks": self.remarks}


class Answer(models.Model):
    """What was said of one instance, of one kind, when it was last looked at: why nothing was found is an answer too."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="answers")
    instance = models.CharField("实例", max_length=80)
    kind = models.CharField("类别", max_length=12, choices=KINDS)
    result = models.CharField("结果", max_length=12, choices=RESULTS)
    rule = models.CharField(max_length=40)
    sentence = models.CharField("说明", max_length=300)
    on = models.DateField("判断日")

    class Meta:
        ordering = ["service", "instance", "id"]
        constraints = [models.UniqueConstraint(fields=["service", "instance", "kind"], name="answer_once")]


class BusyCalendar(Case):
    """A busy period that a unit declared for its system (10.2): confirmed once, it keeps advice from it and from before."""

    machine = BUSY_CALENDAR
    orders = False

    case_ptr = models.OneToOneField(
        Case, models.CASCADE, parent_link=True, primary_key=True, related_name="busy_calendar"
    )
    name = models.CharField("高峰期名称", max_length=40)
    first = models.DateField("首日")
    last = models.DateField("末日（含）")
    recurs = models.CharField("周期", max_length=12, choices=tuple((code, zh) for code, zh, _ in RECURRENCES))
    factor = models.DecimalField("预计峰值倍数", max_digits=5, decimal_places=1, null=True, blank=True)
    ground = models.TextField("业务依据", blank=True)
    with_head = models.BooleanField("已交负责人", default=False)
    declared_on = models.DateField("申报日", null=True, blank=True)  # the first time; a new word gives no new days
    confirmed_on = models.DateField("确认日", null=True, blank=True)
    before_procedure = models.BooleanField("程序启用前申报", default=False)

    class Meta:
        constraints = [models.CheckConstraint(name="busy_calendar_days", condition=Q(last__gte=F("first")))]

    @property
    def busy(self) -> Busy:
        return Busy(self.name, self.first, self.last, self.recurs)

    def holders(self, by: By) -> Iterable[int]:
        """The unit is the case's own; bureau and centre are those of the jurisdiction."""
        return own_parties(self, by)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A draft waits for the handler until it is handed to the head."""
        return self.state != "draft" or self.with_head is (step.name == "declare")

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        from yunheng.domain.optimization.calendar.facts import FACTS

        return FACTS[guard](self, on)

    def content(self, *, on: date) -> dict[str, Any]:
        """The period as it was declared; plain JSON."""
        return {
            "name": self.name, "first": self.first.isoformat(), "last": self.last.isoformat(), "recurs": self.recurs,
            "factor": None if self.factor is None else f"{self.factor}", "ground": self.ground,
            "declared_on": self.declared_on and self.declared_on.isoformat(),
            "confirmed_on": self.confirmed_on and self.confirmed_on.isoformat(),
            "before_procedure": self.before_procedure,
        }  # fmt: skip
