"""What goes in and out. Amounts are yuan, quantities decimals, both as strings; days are ISO dates, local."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

Text = Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")]
Short = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Quantity = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=6)]
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]


class Problem(Schema):
    """A problem document."""

    type: str
    title: str
    status: int
    detail: str
    article: str = ""
    todo: str = ""
    problems: list[dict[str, str]] = []


class Me(Schema):
    """As whom the token acts, today."""

    person: str
    organisation: str
    kind: str
    roles: list[str]


class ItemOut(Schema):
    """An item of the catalogue (Article 2)."""

    code: str
    category: str
    product: str
    name: str
    unit: str


class SystemOut(Schema):
    """A government information system (Article 3)."""

    code: str
    name: str
    category: str
    network_zone: str
    mlps_level: int


class LineIn(Schema):
    """A line of a resource list (6.2)."""

    sku: Short
    quantity: Quantity
    spec: Short = ""
    purpose: Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")] = ""
    trial: bool = False


class LineOut(Schema):
    """A line with what became of it: applied, approved, opened, and the agreed first day of charge."""

    no: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    approved: Decimal | None
    cut_reason: str
    opened: Decimal | None
    actual_on: date | None
    agreed_day: date | None
    status: str


class ObligationOut(Schema):
    """What is owed: by whom, since when, until when (none where the law sets no term), under which article.

    ``working_days_left`` counts today and is negative when late; ``first_due_on`` is the day before a calendar was
    imported (R-010); ``told_at`` and ``opened_at`` are the receipt (R-014), given by the ledger alone.
    """

    id: int
    case: str
    title: str
    holder: str
    role: str
    step: str
    label: str
    article: str
    since: datetime
    received_on: date
    due_on: date | None
    working_days_left: int | None
    provisional: bool
    first_due_on: date | None
    follows: str
    lapse: str
    closed_at: datetime | None
    outcome: str
    told_at: datetime | None = None
    opened_at: datetime | None = None


class EventOut(Schema):
    """What was done, with its verdicts."""

    sequence: int
    step: str
    at: datetime
    organisation: str
    person: str
    article: str
    opinion: str
    verdicts: list[dict[str, Any]]


class CaseOut(Schema):
    """A case as it stands."""

    number: str
    kind: str
    title: str
    state: str
    state_zh: str
    lane: str
    unit: str
    version: int
    moved_at: datetime


class FieldOut(Schema):
    """One thing that an act carries. ``columns`` are those of a field of rows, whose rows bear the ``keys`` offered."""

    name: str
    label: str
    kind: str
    required: bool
    choices: list[tuple[str, str]] = []
    columns: list[FieldOut] = []
    keys: list[tuple[str, str]] = []


class ActOut(Schema):
    """An act by name, with its article and what it carries."""

    name: str
    label: str
    article: str
    fields: list[FieldOut]


class InstancesIn(Schema):
    """The instances behind a service, one per line: id address (9.1)."""

    instances: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]


class InstancesOut(Schema):
    """A service with the instances that are recorded now."""

    number: str
    instances: str


class RolesIn(Schema):
    """What the instances behind a service are for, one per line: instance role (10.2)."""

    roles: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")]


class RolesOut(Schema):
    """A service with the roles that are recorded now, by instance."""

    number: str
    roles: dict[str, str]


class CaseDetail(CaseOut):
    """A case with everything that the caller may see, and the steps open to the caller."""

    lines: list[LineOut]
    obligations: list[ObligationOut]
    events: list[EventOut]
    steps: list[str]
    open: list[ActOut] = []
    edits: list[ActOut] = []
    content: dict[str, Any] = {}


class ApplicationIn(Schema):
    """A new draft for one of the unit's systems (6.1)."""

    system: Short
    purpose: Text = ""
    expected_on: Day | None = None
    wants_coverage: bool = True


class PaperIn(Schema):
    """Why a paper of 6.2 does not apply."""

    reason: Short


class SizingIn(Schema):
    """The basis of the demand (6.1): the inputs of the worksheet by name (users, daily_share, …), and words."""

    figures: dict[Short, Short]
    basis: str = ""


class CaseIn(Schema):
    """A new case of a kind, with what GET /procedures says it begins with."""

    kind: Short
    data: dict[str, Any] = {}


class EditIn(Schema):
    """What a part of a case is filled in with, by the fields that the case names."""

    data: dict[str, Any] = {}


class ProcedureOut(Schema):
    """A procedure: what a case of it begins with; null where it is not begun by hand."""

    kind: str
    label: str
    article: str
    opening: list[FieldOut] | None


class FileOut(Schema):
    """A file that was taken in; its id stands for it in a field of kind file."""

    id: int
    filename: str
    size: int
    digest: str


class StepIn(Schema):
    """What a step carries, by the fields that the case names for it. ``version`` is the version that the caller saw."""

    version: int | None = None
    opinion: Text = ""
    waiver: Text = ""
    data: dict[str, Any] = {}


class ServiceOut(Schema):
    """A line of the ledger."""

    number: str
    unit: str
    system: str
    contract: str
    sku: str
    quantity: Decimal
    lane: str
    opened_on: date
    closed_on: date | None
    roles: dict[str, str] = {}


class PlanIn(Schema):
    """What is planned for a service from a day on; of a migration ``confirmed_on`` is when it is expected to be done."""

    kind: Literal["change", "exit", "migration"]
    on: Day
    quantity: Quantity | None = None
    sku: Short = ""
    cause: Literal["unit", "platform"] = "unit"
    confirmed_on: Day | None = None


class SpanOut(Schema):
    """What the fund and the unit bear of some days, before and after a plan; the difference of the sums, in yuan."""

    from_on: date
    to_on: date
    before_fund: Decimal
    before_unit: Decimal
    after_fund: Decimal
    after_unit: Decimal
    difference: Decimal


class BillLineOut(Schema):
    """A line of the bill, as in a settlement package."""

    service: str
    unit: str
    system: str
    contract: str
    sku: str
    from_on: date
    to_on: date
    days: int
    quantity: Decimal
    unit_price: Decimal
    per: str
    payer: str
    rule: str
    amount: Decimal


class TotalsOut(Schema):
    """Sums of rounded lines, in yuan."""

    fund: Decimal
    unit: Decimal
