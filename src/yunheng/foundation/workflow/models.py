"""Cases, what was done in them, and what is owed: the tables that ``advance`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act
from yunheng.law.kernel.citation import Cite
from yunheng.law.kernel.machine import BACK, MACHINES, By, Machine, Step
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Verdict


class Case(models.Model):
    """A case (办件) of any procedure. A domain's case is a subclass with its own table beside this one."""

    machine: ClassVar[Machine]
    opening: ClassVar[Act | None] = None  # what a case of this kind begins with
    acts: ClassVar[Mapping[str, Act]] = {}  # what each step carries and the operation that takes it, where it has one
    edits: ClassVar[Mapping[str, Act]] = {}  # what its own side fills in before a step is taken
    orders: ClassVar[bool] = True  # whether what its provider owes is a work order, taken by the fields of the acts

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="cases")
    kind = models.CharField("程序", max_length=24)
    number = models.CharField("编号", max_length=24)
    title = models.CharField("事项", max_length=120)
    state = models.CharField("状态", max_length=24)
    unit = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="unit_cases")
    provider = models.ForeignKey(
        "parties.Organisation", models.PROTECT, null=True, blank=True, related_name="provider_cases"
    )
    system = models.ForeignKey("systems.InformationSystem", models.PROTECT, null=True, blank=True, related_name="cases")
    lane = models.CharField("保障方式", max_length=8, blank=True)
    created_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField("建立时间")
    moved_at = models.DateTimeField("最近办理")
    version = models.PositiveIntegerField(default=0)  # number of the last event; the optimistic lock of forms and API

    class Meta:
        ordering = ["-moved_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "number"], name="case_number_once")]
        indexes = [
            models.Index(fields=["unit", "-moved_at", "-id"]),
            models.Index(fields=["provider", "-moved_at", "-id"]),
            models.Index(fields=["jurisdiction", "state", "-moved_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def procedure(self) -> Machine:
        """The table that this case follows."""
        return MACHINES[self.kind]

    @property
    def state_zh(self) -> str:
        return self.procedure.state(self.state).zh

    # What a procedure may say for itself; the defaults suit a plain one.

    def editable_by(self, actor: Actor) -> bool:
        """Whether the actor may fill in the case now: its own unit, while it is a draft or returned."""
        own = self.unit_id == actor.organisation_id and (
            actor.has("handler", self.kind) or actor.has("head", self.kind)
        )
        return own and self.state in ("draft", "returned")

    def holders(self, by: By) -> Iterable[int]:
        """Ids of the organisations that stand for a party in this case."""
        raise NotImplementedError

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        """What the rule named ``guard`` needs to know."""
        raise NotImplementedError

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """Whether an awaited step is still owed by that party (joint steps, handing from handler to head)."""
        return True

    def offers(self, step: Step) -> bool:
        """Whether there is anything to take a step for now; whose it is and what it needs is judged when it is taken."""
        return True

    def barred(self, step: Step, actor: Actor) -> str:
        """Why a step that the table grants to the actor is another one's in this case; "" where it is not so.

        Of two parties in one row only one may act: a proposal is signed by the other side.
        """
        return ""

    def received_on(self, step: Step) -> date | None:
        """The day of receipt from which a duty counts, where it is another one than the day on which it arose."""
        return None

    def under(self, step: Step, data: Mapping[str, Any]) -> Cite:
        """The article under which a step is taken with what it carries: that of the reason, where reasons differ."""
        return step.under

    @property
    def stands_on(self) -> Cite:
        """The article under which the case stands: of its procedure, or of what decided it."""
        return self.procedure.cite

    def due_on(self, step: Step) -> date | None:
        """The last day for a step, where the case itself names it (the end of a period, a term with days held)."""
        return None

    def arrived(self, step: Step) -> bool:
        """Whether a joint step has been taken by all, so that the case moves."""
        return True

    def shows(self, event: Event, *, to: Any) -> bool:
        """Whether an organisation that may see the case may know of this event in it."""
        return True

    def content(self, *, on: date) -> dict[str, Any]:
        """What the machine interface shows of the case beside what every case shows; plain JSON."""
        return {}

    def ordered(self) -> list[dict[str, Any]]:
        """What the provider is to carry out, a line each, as approved: ``key``, ``name`` and what it is; plain JSON."""
        return []

    def lands(self, step: Step) -> str:
        """The state to which a step leads; ``BACK`` is where the case was before it entered the present one."""
        if step.target != BACK:
            return step.target or self.state
        entered = self.events.filter(to_state=self.state).exclude(from_state=self.state).order_by("-sequence")[0]
        return entered.from_state


class Participant(models.Model):
    """A party to a case beside its unit and its provider: it sees the case, and what of it is its own."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="participants")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="participations")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "organisation"], name="participant_once")]


class Event(models.Model):
    """What somebody did in a case. Append-only; the database refuses to change or delete a row."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField("序号")
    step = models.CharField("步骤", max_length=24)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24)
    at = models.DateTimeField("时间")
    person = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf_of = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=40)
    actor_organisation = models.CharField(max_length=80)
    actor_role = models.CharField(max_length=12, blank=True)
    cite = models.CharField("依据", max_length=10)
    opinion = models.TextField("意见", blank=True)
    waiver = models.TextField("例外理由", blank=True)
    verdicts = models.JSONField("判定", default=list)
    parameters = models.CharField("参数版本", max_length=10)
    data = models.JSONField("内容", default=dict)
    record = models.OneToOneField("audit.Record", models.PROTECT, related_name="event")

    class Meta:
        ordering = ["case", "sequence"]
        constraints = [models.UniqueConstraint(fields=["case", "sequence"], name="event_once")]
        indexes = [models.Index(fields=["organisation", "-at"]), models.Index(fields=["step", "-at"])]

    @property
    def article(self) -> Cite:
        return Cite.parse(self.cite)

    @property
    def label(self) -> str:
        """What was done, in the words of the procedure."""
        steps = self.case.procedure.named(self.step)
        return steps[0].label if steps else self.step

    @property
    def found(self) -> list[Verdict]:
        """The verdicts as they were found then."""
        return [Verdict.from_dict(stored) for stored in self.verdicts]


class Obligation(models.Model):
    """What a party owes: since when, until when, under which article, what may follow. No term: ``due_on`` is empty."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="obligations")
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="obligations")
    role = models.CharField("角色", max_length=12, blank=True)
    step = models.CharField("步骤", max_length=24)
    cite = models.CharField("依据", max_length=10)
    since = models.DateTimeField("自")
    received_on = models.DateField("收到日")
    term = models.CharField("时限参数", max_length=40, blank=True)
    term_days = models.PositiveSmallIntegerField("时限", null=True, blank=True)
    term_unit = models.CharField(max_length=10, blank=True)  # working · calendar
    due_on = models.DateField("截止日", null=True, blank=True)
    provisional = models.BooleanField("暂定", default=False)
    first_due_on = models.DateField("重算前截止日", null=True, blank=True)  # kept when a calendar was imported
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # done · moot

    class Meta:
        ordering = ["due_on", "since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "holder", "role", "step"], condition=Q(closed_at__isnull=True), name="owed_once"
            )
        ]
        indexes = [
            models.Index(fields=["holder", "closed_at", "due_on"]),
            models.Index(fields=["closed_at", "due_on"]),
        ]

    @property
    def article(self) -> Cite:
        return Cite.parse(self.cite)

    @property
    def order(self) -> str:
        """Its number as a work order (SQ-2026-0391-17), where a provider owes it."""
        return f"{self.case.number}-{self.pk}"

    @property
    def row(self) -> Step:
        """The row of the procedure that it comes from: of the present state while it is owed, else the first one."""
        machine = self.case.procedure
        now = None if self.closed_at else machine.find(self.case.state, self.step)
        return now if now and now.awaited else next(row for row in machine.named(self.step) if row.awaited)


class WorkOrderReport(models.Model):
    """What was said of a work order, with the answer that it got: the same again gets the same answer again.

    A work order is a duty of a provider; a ``revision`` of it is the version of its case. Append-only.
    """

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="reports")
    revision = models.PositiveIntegerField("版本")
    act = models.CharField(max_length=12)  # accept · results · obstacle
    digest = models.CharField("SM3", max_length=64)
    content = models.JSONField("内容")
    body = models.JSONField("答复")
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=40)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["obligation", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "revision"], condition=Q(act="accept"), name="order_accepted_once"
            ),
            models.UniqueConstraint(
                fields=["obligation", "revision"], condition=~Q(act="accept"), name="order_reported_once"
            ),
        ]


class Reminder(models.Model):
    """Something that was told of an obligation, under a name of its own, once."""

    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="reminders")
    name = models.CharField(max_length=60)  # a parameter that watches, or "late", with the last day it was about
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["obligation", "name"], name="reminded_once")]


class Numbering(models.Model):
    """The last number given out, per jurisdiction, prefix and year."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="+")
    prefix = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "prefix", "year"], name="numbering_once")]


class ParameterOverlay(models.Model):
    """A figure that a jurisdiction sets differently from a day on (Articles 26, 27)."""

    jurisdiction = models.ForeignKey("parties.Jurisdiction", models.PROTECT, related_name="overlays")
    name = models.CharField("参数", max_length=40)
    value = models.CharField("取值", max_length=40)
    valid_from = models.DateField("自")
    ground = models.CharField("依据", max_length=200)

    class Meta:
        ordering = ["jurisdiction", "name", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["jurisdiction", "name", "valid_from"], name="overlay_once")]


def parameters_on(day: date, jurisdiction_id: int) -> Parameters:
    """The figures in force on a day in a jurisdiction."""
    rows = ParameterOverlay.objects.filter(jurisdiction_id=jurisdiction_id, valid_from__lte=day).order_by("valid_from")
    return Parameters(day, {row.name: row.value for row in rows})
