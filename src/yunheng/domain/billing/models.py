"""Monthly accruals (15.1): what each service costs in a month and who pays, as the law says when it is asked.

Settlements (16): the provider's statement of a contract's year, never edited, with everything that was found of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from yunheng.domain.parties.models import Organisation
from yunheng.foundation.workflow.models import Case, Event
from yunheng.law.ch3_funding.art14_contract import PAYERS
from yunheng.law.ch3_funding.art16_machine import SETTLEMENT
from yunheng.law.kernel.machine import By, Step
from yunheng.law.kernel.period import Period

WHOLE = ("bureau", "centre", "provider", "auditor")  # who sees a statement as a whole; a unit sees its part


class NamedThen:
    """A line keeps the name that its unit had on its first day."""

    unit: Organisation | None
    from_on: date

    @property
    def unit_name(self) -> str:
        return self.unit.called(self.from_on)[0] if self.unit else ""

    @property
    def unit_short_name(self) -> str:
        return self.unit.called(self.from_on)[1] if self.unit else ""


class Accrual(models.Model):
    """One month of one jurisdiction, worked out at a moment. A later run replaces the lines that differ."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="accruals")
    month = models.DateField("月份")  # its first day
    computed_at = models.DateTimeField("计算时间")
    parked = models.JSONField("挂起", default=list)  # what could not be worked out, and why

    class Meta:
        ordering = ["jurisdiction", "month"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "month"], name="accrual_once")]


class AccrualLine(NamedThen, models.Model):
    """A piece of a service's month with one price and one payer; columns as in a settlement package."""

    accrual = models.ForeignKey(Accrual, models.CASCADE, related_name="lines")
    service = models.ForeignKey("services.Service", models.PROTECT, related_name="accrual_lines")
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="accrual_lines")
    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, related_name="accrual_lines")
    contract = models.ForeignKey("funding.Contract", models.PROTECT, related_name="accrual_lines")
    sku = models.CharField("目录编码", max_length=40)
    from_on = models.DateField("起")
    to_on = models.DateField("止（不含）")
    days = models.PositiveSmallIntegerField("天数")
    quantity = models.DecimalField("数量", max_digits=15, decimal_places=6)
    unit_price = models.DecimalField("单价", max_digits=15, decimal_places=6)
    per = models.CharField("计价", max_length=8)
    payer = models.CharField("承担方", max_length=8, choices=PAYERS)
    rule = models.CharField("规则", max_length=30)
    amount = models.DecimalField("金额（元）", max_digits=16, decimal_places=2)

    class Meta:
        ordering = ["service", "from_on", "sku"]
        constraints = [models.UniqueConstraint(fields=["service", "from_on", "sku"], name="accrual_line_once")]
        indexes = [
            models.Index(fields=["unit", "from_on"]),
            models.Index(fields=["system", "from_on"]),
            models.Index(fields=["accrual", "payer"]),
        ]


class Settlement(Case):
    """The settlement of one contract's year, from the provider's statement to the payment (16)."""

    machine = SETTLEMENT
    orders = False  # statements and their steps have doors of their own

    contract = models.ForeignKey("funding.Contract", models.PROTECT, related_name="settlements")
    period_from = models.DateField("账期自")
    period_to = models.DateField("账期至（不含）")
    compared_at = models.DateTimeField("复算时间", null=True, blank=True)
    compared = models.JSONField("复算结果", default=dict)  # lines and sums of both sides, see settlement.comparing
    parked = models.JSONField("挂起", default=list)  # what cannot be worked out, and why
    package = models.CharField("结算包", max_length=80, blank=True)  # where its file lies
    package_digest = models.CharField("结算包 SM3", max_length=64, blank=True)
    auditor = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    panel = models.CharField("专家组", max_length=200, blank=True)
    accounted = models.DecimalField("审定金额", max_digits=16, decimal_places=2, null=True, blank=True)
    payable = models.DecimalField("应付金额", max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "period_from"], name="settlement_once"),
            models.CheckConstraint(name="settlement_period", condition=Q(period_to__gt=F("period_from"))),
        ]

    @property
    def period(self) -> Period:
        return Period(self.period_from, self.period_to)

    def holders(self, by: By) -> Iterable[int]:
        """The provider of the contract, the units with lines in it, the centre, the bureau, whoever accounts it."""
        if by.kind == "provider":
            return [self.contract.provider_id]
        if by.kind == "user_unit":
            return list(self.parts.values_list("unit_id", flat=True))
        if by.kind == "auditor":
            return [self.auditor_id] if self.auditor_id else []
        return Organisation.objects.filter(jurisdiction_id=self.jurisdiction_id, kind=by.kind).values_list(
            "pk", flat=True
        )

    def shows(self, event: Event, *, to: Organisation) -> bool:
        """Of the other units' words and their answers a unit learns nothing."""
        if to.kind in WHOLE or event.organisation_id == to.pk:
            return True
        by_unit = event.organisation is not None and event.organisation.kind == "user_unit"
        return not by_unit and event.data.get("unit", to.credit_code) == to.credit_code

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """A unit owes its word until it has given it; the provider an answer to each query."""
        if step.name == "unit_confirm":
            return (
                self.parts.filter(unit_id=holder_id, confirmed_at=None)
                .exclude(Q(queried_at__isnull=False) & Q(answered_at=None))
                .exists()
            )
        if step.name == "answer":
            return self.parts.filter(queried_at__isnull=False, answered_at=None).exists()
        return step.name != "recompute"  # the platform's own; a person may repeat it

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        from yunheng.domain.billing.settlement.facts import FACTS

        return FACTS[guard](self, data)


class StatementLine(NamedThen, models.Model):
    """A line that the provider states, or one that adjusts it. Append-only: what was issued is never edited."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines")
    no = models.PositiveIntegerField("行号")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="adjustments")
    adjustment = models.BooleanField("调整行", default=False)
    late = models.BooleanField("结算后调整", default=False)
    service = models.ForeignKey("services.Service", models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, null=True, blank=True, related_name="+")
    service_number = models.CharField("服务编号", max_length=40)
    sku = models.CharField("目录编码", max_length=40)
    from_on = models.DateField("起")
    to_on = models.DateField("止（不含）")
    days = models.PositiveIntegerField("天数")
    quantity = models.DecimalField("数量", max_digits=24, decimal_places=6)
    unit_price = models.DecimalField("单价", max_digits=15, decimal_places=6)
    payer = models.CharField("承担方", max_length=8, choices=PAYERS)
    amount = models.DecimalField("金额（元）", max_digits=16, decimal_places=2)
    reason = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        ordering = ["settlement", "no"]
        constraints = [models.UniqueConstraint(fields=["settlement", "no"], name="statement_line_once")]
        indexes = [
            models.Index(fields=["settlement", "unit", "no"]),
            models.Index(fields=["settlement", "service_number", "from_on"]),
        ]


class CarriedLine(models.Model):
    """A late adjustment of an earlier year, and the settlement in which it was paid or taken off."""

    line = models.OneToOneField(StatementLine, models.PROTECT, related_name="carried")
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="carried")


class Difference(models.Model):
    """Where the statement, as adjusted so far, is not what the law gives; replaced by each comparison."""

    KINDS = (
        ("amount", "金额不一致"), ("payer", "承担方不一致"), ("missing", "在运行、未入账"), ("absent", "已入账、不应计"),
    )  # fmt: skip

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="differences")
    kind = models.CharField("类别", max_length=8, choices=KINDS)
    line = models.ForeignKey(StatementLine, models.CASCADE, null=True, blank=True, related_name="differences")
    service = models.ForeignKey("services.Service", models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    service_number = models.CharField("服务编号", max_length=40)
    sku = models.CharField("目录编码", max_length=40)
    from_on = models.DateField("起")
    to_on = models.DateField("止（不含）")
    quantity = models.DecimalField("数量", max_digits=24, decimal_places=6)
    unit_price = models.DecimalField("单价", max_digits=15, decimal_places=6)
    stated_fund = models.DecimalField("账单统筹", max_digits=16, decimal_places=2)
    stated_unit = models.DecimalField("账单自付", max_digits=16, decimal_places=2)
    due_fund = models.DecimalField("复算统筹", max_digits=16, decimal_places=2)
    due_unit = models.DecimalField("复算自付", max_digits=16, decimal_places=2)
    reason = models.CharField("原因", max_length=100)
    cite = models.CharField("依据", max_length=10)
    reading = models.CharField("释义", max_length=8, blank=True)

    class Meta:
        ordering = ["settlement", "id"]

    @property
    def stated(self) -> Decimal:
        return self.stated_fund + self.stated_unit

    @property
    def due(self) -> Decimal:
        return self.due_fund + self.due_unit

    @property
    def amount(self) -> Decimal:
        """Recomputed less stated."""
        return self.due - self.stated


class UnitPart(models.Model):
    """What of a statement is one unit's: confirmed, queried, answered. Silence is no consent."""

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="parts")
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="settlement_parts")
    fund = models.DecimalField("统筹（元）", max_digits=16, decimal_places=2, default=0)
    own = models.DecimalField("自付（元）", max_digits=16, decimal_places=2, default=0)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    query = models.TextField("疑问", blank=True)
    queried_at = models.DateTimeField("提出时间", null=True, blank=True)
    answer = models.TextField("答复", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        ordering = ["settlement", "unit__name"]
        constraints = [models.UniqueConstraint(fields=["settlement", "unit"], name="unit_part_once")]

    @property
    def status(self) -> str:
        """confirmed · queried · answered · waiting"""
        if self.confirmed_at:
            return "confirmed"
        if self.queried_at:
            return "answered" if self.answered_at else "queried"
        return "waiting"


class AccountedLine(models.Model):
    """What the accountant cut of a line, and why; lines that are not here are approved as submitted."""

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="cuts")
    line = models.ForeignKey(StatementLine, models.PROTECT, related_name="cuts")
    submitted = models.DecimalField("送审", max_digits=16, decimal_places=2)
    cut = models.DecimalField("核减", max_digits=16, decimal_places=2)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        ordering = ["settlement", "line__no"]
        constraints = [models.UniqueConstraint(fields=["settlement", "line"], name="accounted_once")]

    @property
    def approved(self) -> Decimal:
        return self.submitted - self.cut


class Payment(models.Model):
    """Money that was paid for a settlement: progress payments before it, and the one that settles the rest."""

    contract = models.ForeignKey("funding.Contract", models.PROTECT, related_name="payments")
    settlement = models.ForeignKey(Settlement, models.PROTECT, null=True, blank=True, related_name="payments")
    period_from = models.DateField("所属账期自")
    final = models.BooleanField("结算支付", default=False)
    amount = models.DecimalField("金额（元）", max_digits=16, decimal_places=2)
    paid_on = models.DateField("支付日")
    voucher = models.CharField("凭证号", max_length=40)
    recorded_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ["contract", "paid_on", "id"]
        constraints = [models.UniqueConstraint(fields=["contract", "voucher"], name="voucher_once")]
