"""Inventories over the interface: handed in as rows or as a file, compared at once; and the differences (9.1, 22)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.inventories import runs
from yunheng.domain.services.inventories.connected import compare_connected
from yunheng.domain.services.inventories.queries import OPEN, discrepancies, inventories
from yunheng.domain.services.inventories.reading import Raw, from_sheet
from yunheng.domain.services.models import InventoryRun
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.cases import MISSES, MOST, who
from yunheng.law.ch2_use.art09_difference_kinds import Kind
from yunheng.law.kernel.citation import Cite, art

router = Router(tags=["清单核对"])


class InstanceIn(Schema):
    """A row of the inventory. Figures and days as texts: a wrong one is named with its row, like every other."""

    instance_id: s.Text
    name: s.Text = ""
    sku: s.Text = ""
    quantity: s.Text = ""
    spec: s.Text = ""
    state: s.Text = ""
    service: s.Text = ""
    system: s.Text = ""
    since: s.Text = ""
    addresses: s.Text = ""
    attached_to: s.Text = ""  # none: to nothing; empty: not said
    back_ends: s.Text = ""


class InventoryIn(Schema):
    """The whole inventory of a day."""

    as_of: s.Day
    rows: list[InstanceIn]


class InventoryOut(Schema):
    """An inventory with what came of it."""

    number: str
    provider: str
    as_of: date
    source: str
    rows: int
    repeated: int
    digest: str
    found: dict[str, Any]


class DifferenceOut(Schema):
    """A difference as a case; its steps are those of every case (`/cases/{number}`)."""

    number: str
    kind: str
    key: str
    title: str
    state: str
    owner: str
    article: str
    unit: str
    provider: str
    system: str
    found_on: date
    last_seen_on: date
    runs_from: date | None
    runs_to: date | None
    evidence: dict[str, Any]


@router.post("/inventories", response={200: InventoryOut, **MISSES})
def hand_in(request: HttpRequest, body: InventoryIn) -> InventoryOut:
    """Hand in an inventory as rows; with a wrong one nothing is taken. The same again is the same inventory."""
    return _compared(who(request), [(n, row.dict()) for n, row in enumerate(body.rows, 1)], body.as_of, "interface")


@router.post("/inventories/file", response={200: InventoryOut, **MISSES})
def hand_in_file(request: HttpRequest, as_of: Form[s.Day], file: File[UploadedFile]) -> InventoryOut:
    """The same from a workbook or CSV file (multipart): for inventories too long for a single document."""
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise BadInput([Problem("文件", f"超过 {settings.UPLOAD_MAX_BYTES // 1048576} MB")], cite=art(23))
    return _compared(who(request), from_sheet(file.read(), file.name or ""), as_of, "sheet")


def _compared(actor: Actor, raws: Any, as_of: date, source: str) -> InventoryOut:
    if actor.kind != "provider":
        raise NotYours("资源清单由云服务商报送", cite=art(23), todo="交云服务商办理")
    provider = Organisation.objects.get(pk=actor.organisation_id)
    rows: list[Raw] = list(raws)
    return _out(
        runs.compare(provider=provider, raws=rows, as_of=as_of, source=source, actor=actor, at=timezone.now())
    )  # fmt: skip


@router.post("/inventories/connector", response={200: InventoryOut, **MISSES})
def read_connector(request: HttpRequest) -> InventoryOut:
    """Read what runs at the caller's cloud now, by its connector, and compare it."""
    actor = who(request)
    if actor.kind != "provider":
        raise NotYours("资源清单由云服务商报送", cite=art(23), todo="交云服务商办理")
    provider = Organisation.objects.get(pk=actor.organisation_id)
    return _out(compare_connected(provider=provider, actor=actor, at=timezone.now()))


@router.get("/inventories", response={200: list[InventoryOut], **MISSES})
def list_inventories(request: HttpRequest, limit: int = Query(50, ge=1, le=MOST)) -> list[InventoryOut]:
    """The inventories that the caller may see, the newest first."""
    return [_out(run) for run in inventories(actor=who(request))[:limit]]


@router.get("/inventories/{number}", response={200: InventoryOut, **MISSES})
def get_inventory(request: HttpRequest, number: s.Short) -> InventoryOut:
    """One inventory with what was found in it."""
    run = inventories(actor=who(request)).filter(number=number).first()
    if run is None:
        raise NotFound("没有这份清单，或你无权查看")
    return _out(run)


@router.get("/discrepancies", response={200: list[DifferenceOut], **MISSES})
def list_differences(
    request: HttpRequest,
    open: bool = True,  # noqa: A002
    kind: Kind | None = None,
    after: s.Short = "",
    limit: int = Query(50, ge=1, le=MOST),
) -> list[DifferenceOut]:
    """Differences by number, ``limit`` after the number ``after``; open ones alone unless asked otherwise."""
    found = discrepancies(actor=who(request)).order_by("number")
    found = found.filter(OPEN) if open else found
    found = found.filter(difference=kind) if kind else found
    return [
        DifferenceOut(
            number=c.number, kind=c.difference, key=c.key, title=c.title, state=c.state, owner=c.owner,
            article=Cite.parse(c.article).zh, unit=c.unit.name if c.unit.kind == "user_unit" else "",
            provider=c.provider.name if c.provider else "", system=c.system.code if c.system else "",
            found_on=c.found_on, last_seen_on=c.seen_in.as_of, runs_from=c.runs_from, runs_to=c.runs_to,
            evidence=c.evidence,
        )
        for c in found.filter(number__gt=after)[:limit]
    ]  # fmt: skip


def _out(run: InventoryRun) -> InventoryOut:
    return InventoryOut(
        number=run.number, provider=run.provider.name, as_of=run.as_of, source=run.source, rows=run.rows_count,
        repeated=run.repeated, digest=run.digest, found=run.found,
    )  # fmt: skip
