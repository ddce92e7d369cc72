"""What goes in and out of settlements (16). Amounts are yuan to the fen, as strings; days are local."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from ninja import Schema
from pydantic import Field

from yunheng.interfaces.api.schemas import CaseDetail, Day, Quantity, Short, Text

Yuan = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


class StatedIn(Schema):
    """A line of a statement; ``payer`` is fund or unit, ``to`` the first day that it does not bill."""

    service: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]
    sku: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]
    from_on: Day
    to_on: Day
    quantity: Quantity
    unit_price: Quantity
    payer: Annotated[str, Field(pattern="^(fund|unit)$")]
    amount: Yuan


class StatementIn(Schema):
    """The statement of the year of a contract that begins on ``start``."""

    contract: Short
    start: Day
    lines: Annotated[list[StatedIn], Field(max_length=200_000)]


class StatementLineOut(Schema):
    """A line as issued, or an adjustment that names the line it corrects."""

    no: int
    corrects: int | None
    adjustment: bool
    late: bool
    service: str
    sku: str
    from_on: date
    to_on: date
    quantity: Decimal
    unit_price: Decimal
    payer: str
    amount: Decimal
    reason: str


class DifferenceOut(Schema):
    """Where the statement as adjusted is not what the law gives. ``id`` is what a step ``adjust`` names."""

    id: int
    kind: str
    line: int | None
    service: str
    sku: str
    from_on: date
    to_on: date
    stated_fund: Decimal
    stated_unit: Decimal
    due_fund: Decimal
    due_unit: Decimal
    amount: Decimal
    reason: str
    article: str
    reading: str


class PartOut(Schema):
    """A unit's part: confirmed, queried, answered or waiting."""

    unit: str
    credit_code: str
    fund: Decimal
    own: Decimal
    status: str
    query: str
    answer: str


class SettlementOut(CaseDetail):
    """A settlement with what the caller may see of it."""

    contract: str
    period_from: date
    period_to: date
    compared_at: datetime | None
    package_digest: str
    accounted: Decimal | None
    payable: Decimal | None
    differences: list[DifferenceOut]
    parts: list[PartOut]


class CheckIn(Schema):
    """The conclusion of one of the four checks."""

    passed: bool
    words: Short = ""


class CutIn(Schema):
    """What the accountant takes off a line."""

    no: Number
    cut: Yuan
    reason: Short


class SettlementStepIn(Schema):
    """What a step carries; a step reads the fields that it needs.

    adjust: ``differences`` (none: all) · answer: ``unit``, ``adjust`` · verify: ``checks`` by units, systems,
    optimisation, fees · commission: ``auditor``, ``panel``, ``declared`` · account: ``digest``, ``cuts`` ·
    audit: ``deductions``, ``ground`` · settle: ``amount``, ``paid_on``, ``voucher`` ·
    defer: ``alone`` (else every open settlement of the contract).
    """

    version: int | None = None
    opinion: Text = ""
    differences: list[Number] | None = None
    unit: Short = ""
    adjust: bool = False
    checks: dict[Short, CheckIn] = {}
    auditor: Short = ""
    panel: Short = ""
    declared: bool = False
    digest: Short = ""
    cuts: list[CutIn] = []
    deductions: Yuan = Decimal(0)
    ground: Short = ""
    amount: Yuan = Decimal(0)
    paid_on: Day | None = None
    voucher: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = ""
    alone: bool = False


class PaymentIn(Schema):
    """A progress payment for the year of a contract that begins on ``start``."""

    contract: Short
    start: Day
    amount: Yuan
    paid_on: Day
    voucher: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]


class PaymentOut(PaymentIn):
    """A payment; ``final`` is the one that settled the year."""

    final: bool
