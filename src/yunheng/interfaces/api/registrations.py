"""What ran before the platform, over the interface (26): opened by the bureau, listed by the provider; each unit's part is a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.inventories.reading import from_sheet
from yunheng.domain.services.models import Intake
from yunheng.domain.services.registrations import intakes, queries
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, Problem
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, who
from yunheng.interfaces.api.inventories import InstanceIn
from yunheng.law.kernel.citation import art

router = Router(tags=["存量登记"])


class OpeningIn(Schema):
    """Whose stock is registered, of which day. ``provider`` is the credit code."""

    provider: s.Short
    day: s.Day


class StockIn(InstanceIn):
    """A row of what ran before. ``history``: "2025-06-01 4；2026-02-01 8"; without system and unit it is nobody's yet."""

    unit: s.Text = ""
    contract: s.Text = ""
    history: s.Text = ""
    until: s.Text = ""


class IntakeOut(Schema):
    """An intake, with its rows by where they stand."""

    provider: str
    day: date
    opened_at: datetime
    closed_at: datetime | None
    listed: int
    confirmed: int
    entered: int
    left: int
    unclaimed: int


class TakenOut(Schema):
    """What became of a list: units with a case, rows put before them, rows known already, rows that are nobody's yet."""

    inventory: str
    units: int
    listed: int
    known: int
    unclaimed: int


class UnclaimedOut(Schema):
    """Something that runs and is nobody's; ``rejected_by`` is the unit that does not take it for its own."""

    instance_id: str
    name: str
    sku: str
    quantity: str
    spec: str
    owner: str
    since: datetime
    days: int
    rejected_by: str


@router.get("/registrations", response={200: list[IntakeOut], **MISSES})
def list_intakes(request: HttpRequest) -> list[IntakeOut]:
    """The intakes that the caller may see. The parts of the units are cases of kind registration (`/cases`)."""
    return [_out(one) for one in queries.intakes(actor=who(request))]


@router.post("/registrations", response={200: IntakeOut, **MISSES})
def open_one(request: HttpRequest, body: OpeningIn) -> IntakeOut:
    """Open the registration of a provider, once; inventories are compared from the day after on. The bureau's approver."""
    actor = who(request)
    provider = Organisation.objects.filter(jurisdiction_id=actor.jurisdiction_id, credit_code=body.provider).first()
    if provider is None:
        raise BadInput([Problem("云服务商", f"没有统一社会信用代码为“{body.provider}”的云服务商")], cite=art(26))
    return _out(intakes.open_intake(provider=provider, day=body.day, actor=actor, at=timezone.now()))


@router.post("/registrations/{provider}/close", response={200: IntakeOut, **MISSES})
def close_one(request: HttpRequest, provider: s.Short) -> IntakeOut:
    """Nothing more is listed; what is listed is confirmed and decided as before."""
    actor = who(request)
    return _out(intakes.close_intake(_one(actor, provider), actor=actor, at=timezone.now()))


@router.post("/registrations/rows", response={200: TakenOut, **MISSES})
def hand_in(request: HttpRequest, body: list[StockIn]) -> TakenOut:
    """List what ran on the day; with a wrong row nothing is taken and every wrong one is named. Again changes nothing."""
    raws = [(n, row.dict()) for n, row in enumerate(body, 1)]
    actor = who(request)
    return _taken(
        intakes.take_in(intake=_own(actor), raws=raws, source="interface", actor=actor, at=timezone.now())
    )  # fmt: skip


@router.post("/registrations/file", response={200: TakenOut, **MISSES})
def hand_in_file(request: HttpRequest, file: File[UploadedFile]) -> TakenOut:
    """The same from a workbook or CSV file (multipart)."""
    actor = who(request)
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise BadInput([Problem("文件", f"超过 {settings.UPLOAD_MAX_BYTES // 1048576} MB")], cite=art(26))
    raws = from_sheet(file.read(), file.name or "")
    return _taken(intakes.take_in(intake=_own(actor), raws=raws, source="sheet", actor=actor, at=timezone.now()))


@router.post("/registrations/connector", response={200: TakenOut, **MISSES})
def read_connector(request: HttpRequest) -> TakenOut:
    """The same, read from the caller's cloud by its connector, on the day itself."""
    actor = who(request)
    return _taken(intakes.take_in_connected(intake=_own(actor), actor=actor, at=timezone.now()))


@router.get("/registrations/{provider}/unclaimed", response={200: list[UnclaimedOut], **MISSES})
def list_unclaimed(request: HttpRequest, provider: s.Short) -> list[UnclaimedOut]:
    """What is nobody's yet, the oldest first: the provider says whose it is by listing it again."""
    intake, today = _one(who(request), provider), timezone.localdate()
    return [
        UnclaimedOut(
            instance_id=one.row.instance, name=one.row.name, sku=one.row.sku, spec=one.row.spec, since=one.since,
            quantity=f"{one.row.quantity.normalize():f}" if one.row.quantity is not None else "",
            owner=intake.provider.name, days=one.age(today), rejected_by=one.rejected_by,
        )
        for one in queries.unclaimed(intake)
    ]  # fmt: skip


def _one(actor: Actor, provider: str) -> Intake:
    found = queries.intakes(actor=actor).filter(provider__credit_code=provider).first()
    if found is None:
        raise NotFound("没有这次存量登记，或你无权查看", cite=art(26))
    return found


def _own(actor: Actor) -> Intake:
    found = queries.intakes(actor=actor).filter(provider_id=actor.organisation_id).first()
    if found is None:
        raise NotFound("没有开始存量登记，或你无权报送", cite=art(26), todo="由市大数据局先开始存量登记")
    return found


def _out(one: Intake) -> IntakeOut:
    sums: dict[str, Any] = queries.sums(one)
    return IntakeOut(
        provider=one.provider.credit_code, day=one.day, opened_at=one.opened_at, closed_at=one.closed_at,
        unclaimed=len(queries.unclaimed(one)), **sums,
    )  # fmt: skip


def _taken(taken: intakes.Taken) -> TakenOut:
    return TakenOut(
        inventory=taken.run.number, units=taken.units, listed=taken.listed, known=taken.known, unclaimed=taken.unclaimed
    )
