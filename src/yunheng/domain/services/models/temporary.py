"""Temporary services (12): what runs for a period that the city government consented to, and no day longer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localdate

from yunheng.domain.parties.queries import own_parties
from yunheng.domain.services.models.application import Application
from yunheng.domain.services.models.ledger import Service
from yunheng.domain.services.models.lines import LineByLine
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art12_consent import CONSENTS
from yunheng.law.ch2_use.art12_machine import TEMPORARY
from yunheng.law.ch2_use.art12_period import ends_on
from yunheng.law.ch2_use.art12_temporary import LEVELS
from yunheng.law.kernel.machine import By, Step

PAPERS = (("consent", "市政府同意"), ("extension", "延期的同意"), ("extended", "已答复的延期同意"))


class Temporary(LineByLine, Case):
    """A temporary service for urgent work of state, province or city, covered for its period only (12.1)."""

    machine = TEMPORARY

    level = models.CharField("重大工作", max_length=8, choices=LEVELS, blank=True)
    purpose = models.TextField("工作安排与事由", blank=True)
    from_on = models.DateField("期间自", null=True, blank=True)
    until = models.DateField("期间至（含当日）", null=True, blank=True)
    consent = models.CharField("市政府同意", max_length=8, choices=CONSENTS, blank=True)
    consent_number = models.CharField("同意文号", max_length=60, blank=True)
    consent_on = models.DateField("同意日期", null=True, blank=True)
    oral_by = models.CharField("口头同意人", max_length=60, blank=True)
    oral_on = models.DateField("口头同意日期", null=True, blank=True)
    oral_time = models.CharField("口头同意时刻", max_length=8, blank=True)
    oral_line = models.CharField("口头同意方式", max_length=100, blank=True)
    overdue_at = models.DateTimeField("书面同意逾期", null=True, blank=True)
    unproven_at = models.DateTimeField("决定自首日起单位自付", null=True, blank=True)
    contract = models.ForeignKey("funding.Contract", models.PROTECT, null=True, blank=True, related_name="temporaries")
    hours = models.PositiveIntegerField("通知的时限（小时）", null=True, blank=True)
    open_by = models.DateTimeField("开通期限", null=True, blank=True)
    notified_on = models.DateField("通知日", null=True, blank=True)
    mediated_on = models.DateField("调解日期", null=True, blank=True)
    with_head = models.BooleanField("已交负责人", default=False)
    asked_until = models.DateField("申请延期至（含当日）", null=True, blank=True)
    asked_number = models.CharField("延期的同意文号", max_length=60, blank=True)
    asked_on = models.DateField("延期的同意日期", null=True, blank=True)
    ended_on = models.DateField("终止日", null=True, blank=True)
    released_on = models.DateField("实际释放日（不计）", null=True, blank=True)
    formal = models.ForeignKey(Application, models.PROTECT, null=True, blank=True, related_name="temporaries")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="temporary_period", condition=Q(until=None) | Q(from_on=None) | Q(until__gte=F("from_on"))
            )
        ]

    @property
    def acts(self) -> Any:  # type: ignore[override]
        """Of an oral consent the bureau records who gave it, when, and by what line."""
        from yunheng.domain.services.temporary.acts import ACTS, OF_ORAL

        return ACTS | OF_ORAL if self.consent == "oral" else ACTS

    @property
    def ends_on(self) -> date | None:
        """The first day past the period."""
        return ends_on(self.until) if self.until else None

    @property
    def services(self) -> list[Service]:
        """What was opened, each with what has followed it in the ledger."""
        found, follows = [], Service.objects.filter(case_id=self.pk)
        while rows := list(follows.select_related("contract__provider", "system", "unit").order_by("number")):
            found += rows
            follows = Service.objects.filter(predecessor__in=rows)
        return found

    @property
    def has_paper(self) -> bool:
        """Whether the consent lies there in writing."""
        return self.papers.filter(kind="consent").exclude(attachment=None).exists()  # type: ignore[attr-defined, no-any-return]

    @property
    def consent_settled(self) -> bool:
        """Whether nothing more is expected of the consent: its paper is there, or the bureau has decided without it."""
        return self.has_paper or self.unproven_at is not None

    def holders(self, by: By) -> Iterable[int]:
        """Unit and provider are the case's own; bureau and centre are those of the jurisdiction."""
        return own_parties(self, by)

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know; raises KeyError for a rule without facts."""
        from yunheng.domain.services.temporary.facts import FACTS

        return FACTS[guard](self, on, data)

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """Handler before head; the paper of an oral consent; an extension that was asked for; what still runs."""
        if self.state == "draft":
            return self.with_head is (step.name == "submit")
        return self.offers(step) and self.awaits_line(step, by)

    def offers(self, step: Step) -> bool:
        """A paper is supplied while it is owed, an extension declined when it was asked for, a release reported once."""
        return {
            "supply_consent": not self.consent_settled,
            "end_coverage": not self.consent_settled and self.overdue_at is not None,
            "extend": self.asked_until is not None,
            "decline_extension": self.asked_until is not None,
            "convert": self.formal_id is None,
            "release": self.released_on is None,
        }.get(step.name, True)

    def arrived(self, step: Step) -> bool:
        """In service when every line is; released when the paper of the consent is not awaited any more either."""
        return self.consent_settled if step.name == "release" else self.all_opened

    def content(self, *, on: date) -> dict[str, Any]:
        """The work it serves, the period (``ends_on`` is the first day past it), and what runs for it."""
        days = {name: getattr(self, name) for name in ("from_on", "until", "ends_on", "ended_on", "released_on")}
        return {
            "level": self.level, "purpose": self.purpose, "consent": self.consent,
            **{name: day.isoformat() if day else None for name, day in days.items()},
            "open_by": self.open_by.isoformat() if self.open_by else None,
            "services": [service.number for service in self.services],
        }  # fmt: skip

    def received_on(self, step: Step) -> date | None:
        """The paper of an oral consent counts from its record; a release from the day on which the service ended."""
        return {"supply_consent": self.notified_on, "release": self.ended_on}.get(step.name)

    def due_on(self, step: Step) -> date | None:
        """The hours of the notice, and the last day of the period."""
        if step.name == "report_opened" and self.open_by:
            return localdate(self.open_by)
        return self.until if step.name == "end" else None
