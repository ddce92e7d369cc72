"""Take in an inventory and compare it with the ledger, in one transaction: all of it, or nothing (9.1, 22)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.catalog.queries import items_on
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.discrepancies.settling import settle
from yunheng.domain.services.inventories.holding import held_by, metered_skus
from yunheng.domain.services.inventories.reading import CITE, Also, Expected, Listed, Raw, checked
from yunheng.domain.services.models import Intake, InventoryRow, InventoryRun
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.crypto import sm3
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem, Refusal
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.operations import number_next
from yunheng.law.ch2_use.art09_difference_kinds import Seen
from yunheng.law.ch2_use.art09_outcome import inventory_as_approved
from yunheng.law.ch2_use.art09_reconciliation import reconcile
from yunheng.law.kernel.citation import art

BATCH = 5000
MORE = ("unit", "contract", "history", "until")  # said of what ran before the platform alone (26)


@transaction.atomic
def compare(
    *, provider: Organisation, raws: Iterable[Raw], as_of: date, source: str, actor: Actor, at: datetime
) -> InventoryRun:
    """The provider's inventory of a day beside the ledger; each difference becomes a case or goes on with its own.

    The same inventory again is the same run. Raises BadInput naming every wrong row, NotYours, or a Refusal where a
    later inventory is known or what ran before is still to be registered.
    """
    locked = _provider(provider, actor)
    rows, repeated, digest = _read(locked, raws, as_of, at)
    known = InventoryRun.objects.filter(provider=locked, as_of=as_of, digest=digest, purpose="reconcile").first()
    if known is not None:
        return known
    _timely(locked, as_of)
    run = store(locked, rows, repeated, digest, as_of=as_of, source=source, purpose="reconcile", actor=actor, at=at)
    outcome = reconcile(held_by(locked, on=as_of), [seen(row) for row in rows], on=as_of)
    verdict = inventory_as_approved(outcome, parameters_on(as_of, locked.jurisdiction_id))
    changes = settle(run, outcome, {row.instance_id: row for row in rows}, at=at)
    run.found = {
        "differences": outcome.counts, "ways": dict(outcome.ways), "lines": outcome.lines, "under_way": len(outcome.under_way),
        "unevaluated": len(outcome.unevaluated), **changes,
    }  # fmt: skip
    run.verdict = verdict.to_dict()
    run.save(update_fields=["found", "verdict"])
    body = {"digest": digest, "rows": run.rows_count, **run.found}
    audit.write(kind="inventory.compare", subject=run.number, at=at, body=body)
    return run


def _provider(provider: Organisation, actor: Actor) -> Organisation:
    """Whose inventory it is, locked: two of one provider go one after the other."""
    own = actor.organisation_id == provider.pk and (actor.has("delivery") or actor.has("monitor"))
    if actor.kind != "clock" and not own:
        raise NotYours("资源清单由云服务商的交付或监测人员报送", cite=CITE, todo="交云服务商办理")
    return Organisation.objects.select_for_update(of=("self",)).get(pk=provider.pk)


def _read(
    provider: Organisation, raws: Iterable[Raw], as_of: date, at: datetime, *, also: Also | None = None
) -> tuple[list[Listed], int, str]:
    if as_of > localdate(at):
        raise BadInput([Problem("清单日期", f"{as_of} 晚于今天")], cite=CITE)
    skus = frozenset(items_on(jurisdiction_id=provider.jurisdiction_id, on=as_of))
    metered = frozenset[str]() if also else metered_skus(provider, as_of)
    rows, repeated = checked(raws, Expected(skus, metered, as_of, also))
    return rows, repeated, digest_of(rows)


def digest_of(rows: Sequence[Listed]) -> str:
    """SM3 over the rows in the order of their instances: the same things give the same digest in whatever order."""
    said = [(r.instance_id, r.attached_to, r.back_ends) for r in rows if r.attached_to or r.back_ends is not None]
    lines = [repr((r.instance_id, r.name, r.sku, str(r.quantity), r.spec, r.state, r.service, r.system, str(r.since), r.addresses, r.unit, r.contract, r.history, str(r.until)))
             for r in sorted(rows, key=lambda r: r.instance_id)]  # fmt: skip
    lines += [repr(one) for one in sorted(said, key=lambda one: one[0])]
    return sm3("\n".join(lines).encode())


def _timely(provider: Organisation, as_of: date) -> None:
    last = InventoryRun.objects.filter(provider=provider, purpose="reconcile").first()
    if last is not None and as_of < last.as_of:
        raise Refusal(
            f"已有 {last.as_of} 的清单（{last.number}），不能再报更早的", cite=CITE, todo="报送最近一天的清单"
        )
    intake = Intake.objects.filter(provider=provider, day__gte=as_of).first()
    if intake is not None:
        words = f"清单核对自存量日期 {intake.day} 的次日开始"
        raise Refusal(words, cite=art(26), todo="该日及以前的，按存量登记办理")


def store(
    provider: Organisation,
    rows: Sequence[Listed],
    repeated: int,
    digest: str,
    *,
    as_of: date,
    source: str,
    purpose: str,
    actor: Actor,
    at: datetime,
) -> InventoryRun:
    """Keep an inventory as it came in."""
    number = number_next(jurisdiction_id=provider.jurisdiction_id, prefix="QD", year=as_of.year)
    run = InventoryRun.objects.create(
        jurisdiction_id=provider.jurisdiction_id, provider=provider, number=number, purpose=purpose, source=source,
        as_of=as_of, taken_at=at, person_id=actor.person_id or None, rows_count=len(rows), repeated=repeated, digest=digest,
    )  # fmt: skip
    InventoryRow.objects.bulk_create((InventoryRow(run=run, **_stored(row)) for row in rows), batch_size=BATCH)
    return run


def _stored(row: Listed) -> dict[str, Any]:
    names = (
        "no",
        "name",
        "sku",
        "quantity",
        "spec",
        "service",
        "system",
        "since",
        "addresses",
        "attached_to",
        "back_ends",
    )
    more = {name: f"{value}" for name in MORE if (value := getattr(row, name))}
    return {
        "instance": row.instance_id,
        "power": row.state,
        "more": more,
        **{name: getattr(row, name) for name in names},
    }


def seen(row: Listed) -> Seen:
    """A row in the words of the comparison."""
    return Seen(row.instance_id, row.sku, row.quantity, row.service, row.system, row.since)


@transaction.atomic
def receive(
    *, intake: Intake, raws: Iterable[Raw], also: Also, actor: Actor, at: datetime, source: str
) -> tuple[InventoryRun, list[Listed], bool]:
    """Keep the inventory of the day of an intake; the third is False where it is known already (26).

    ``also`` says what else is wrong with a row. Metered products need a quantity as well: the ceiling of a month.
    """
    locked = _provider(intake.provider, actor)
    rows, repeated, digest = _read(locked, raws, intake.day, at, also=also)
    known = InventoryRun.objects.filter(provider=locked, as_of=intake.day, digest=digest, purpose="golive").first()
    if known is not None:
        return known, rows, False
    run = store(locked, rows, repeated, digest, as_of=intake.day, source=source, purpose="golive", actor=actor, at=at)
    audit.write(kind="inventory.golive", subject=run.number, at=at, body={"digest": digest, "rows": run.rows_count})
    return run, rows, True
