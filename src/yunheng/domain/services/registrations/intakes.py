"""What a provider ran before the platform, taken in once: opened by the bureau, listed by the provider, unit by unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.inventories import runs
from yunheng.domain.services.inventories.connected import instances_now
from yunheng.domain.services.inventories.holding import instances_of
from yunheng.domain.services.inventories.reading import Listed, Raw, from_connector
from yunheng.domain.services.models import Intake, InventoryRun, Registration, RegistrationLine, Service
from yunheng.domain.services.registrations.placing import Places, nothing
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem, Refusal
from yunheng.foundation.workflow.operations import open_case
from yunheng.law.kernel.citation import art

CITE = art(26)
BATCH = 2000


@dataclass(frozen=True)
class Taken:
    """What became of a list: units with a case, rows put before them, rows known already, rows that are nobody's yet."""

    run: InventoryRun
    units: int
    listed: int
    known: int
    unclaimed: int


@transaction.atomic
def open_intake(*, provider: Organisation, day: date, actor: Actor, at: datetime) -> Intake:
    """The bureau opens it once per provider, before its inventories are compared for the first time (26)."""
    if actor.kind != "bureau" or not actor.has("approver") or actor.jurisdiction_id != provider.jurisdiction_id:
        raise NotYours("存量登记由市大数据局审批人开始", cite=CITE, todo="交市大数据局审批人办理")
    if provider.kind != "provider":
        raise BadInput([Problem("云服务商", "从列出的云服务商中选择")], cite=CITE)
    if day > localdate(at):
        raise BadInput([Problem("存量日期", f"{day} 晚于今天")], cite=CITE)
    if Intake.objects.filter(provider=provider).exists():
        raise Refusal(
            f"{provider.short_name}的存量已经登记过，每家只登记一次", cite=CITE, todo="此后开通的，按申请办理"
        )
    if InventoryRun.objects.filter(provider=provider, purpose="reconcile").exists():
        raise Refusal(
            f"{provider.short_name}已开始清单核对，不能再登记存量", cite=CITE, todo="未经批准的，按清单差异办理"
        )
    made = Intake.objects.create(
        jurisdiction_id=provider.jurisdiction_id, provider=provider, day=day, opened_by_id=actor.person_id, opened_at=at
    )
    body = {"by": actor.person_id, "day": f"{day}"}
    audit.write(kind="intake.open", subject=provider.credit_code, at=at, body=body)
    return made


@transaction.atomic
def close_intake(intake: Intake, *, actor: Actor, at: datetime) -> Intake:
    """Nothing more is listed from now on; what is listed is decided as before."""
    if actor.kind != "bureau" or not actor.has("approver") or actor.jurisdiction_id != intake.jurisdiction_id:
        raise NotYours("存量登记由市大数据局审批人结束", cite=CITE, todo="交市大数据局审批人办理")
    locked = Intake.objects.select_for_update().get(pk=intake.pk)
    if locked.closed_at is None:
        locked.closed_at = at
        locked.save(update_fields=["closed_at"])
        audit.write(
            kind="intake.close", subject=locked.provider.credit_code, at=at, body={"by": actor.person_id}
        )  # fmt: skip
    return locked


@transaction.atomic
def take_in(*, intake: Intake, raws: Iterable[Raw], source: str, actor: Actor, at: datetime) -> Taken:
    """Put the provider's rows before their units. Every wrong row is named; the same list again changes nothing.

    A row that names neither system nor unit waits until the provider says whose it is. What is in the ledger, or listed
    and not rejected, is left out; what a unit rejected is not put before it again.
    """
    intake = Intake.objects.select_for_update(of=("self",)).select_related("provider").get(pk=intake.pk)
    if intake.closed_at is not None:
        raise Refusal("存量登记已经结束", cite=CITE, todo="此后开通的，按申请办理")
    places = Places(intake)
    also = nothing if source == "connector" else places.wrong  # a cloud cannot mend its rows: they wait as nobody's
    run, rows, fresh = runs.receive(intake=intake, raws=raws, also=also, actor=actor, at=at, source=source)
    if not fresh:
        return Taken(run, 0, 0, len(rows), 0)
    known, rejected = known_to(intake.provider), _rejected(intake.provider)
    by_unit: dict[Organisation, list[tuple[Listed, InformationSystem | None]]] = defaultdict(list)
    left = unclaimed = 0
    for row in rows:
        place = places.place(row)
        if row.instance_id in known or row.service in known:
            left += 1
        elif place is None or not row.sku:
            unclaimed += 1
        elif (row.instance_id, place[0].pk) in rejected:
            left += 1
        else:
            by_unit[place[0]].append((row, place[1]))
    for unit in sorted(by_unit, key=lambda one: one.pk):
        _put(intake, run, unit, by_unit[unit], actor, at)
    return Taken(run, len(by_unit), len(rows) - left - unclaimed, left, unclaimed)


def take_in_connected(*, intake: Intake, actor: Actor, at: datetime) -> Taken:
    """The same, read from the provider's cloud by its connector: what runs now, so on the day itself alone."""
    if localdate(at) != intake.day:
        words = f"连接器读到的是今天的清单，不是存量日期 {intake.day} 的"
        raise Refusal(words, cite=CITE, todo="改用表格或接口报送当日的清单")
    raws = from_connector(instances_now(intake.provider))
    return take_in(intake=intake, raws=raws, source="connector", actor=actor, at=at)


def known_to(provider: Organisation) -> set[str]:
    """Instances and numbers that the ledger has, and instances that are listed and not rejected."""
    found: set[str] = set()
    held = Service.objects.filter(contract__provider=provider)
    for number, text in held.values_list("number", "instances").iterator(chunk_size=5000):
        found |= {number, *instances_of(text)}
    lines = RegistrationLine.objects.filter(case__provider=provider).exclude(entered=False)
    return found | set(lines.values_list("instance", flat=True))


def _rejected(provider: Organisation) -> set[tuple[str, int]]:
    lines = RegistrationLine.objects.filter(case__provider=provider, entered=False)
    return set(lines.values_list("instance", "case__unit_id"))


def _put(
    intake: Intake, run: InventoryRun, unit: Organisation, rows: list[tuple[Listed, InformationSystem | None]],
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    """Into the unit's list that is not confirmed yet, or into a new one."""
    case = Registration.objects.filter(intake=intake, unit=unit, state="listed").first()
    if case is None:
        case = Registration(
            kind="registration", unit=unit, provider=intake.provider, intake=intake, run=run, day=intake.day,
            title=f"{unit.short_name}在{intake.provider.short_name}的资源"[:120],
        )  # fmt: skip
        open_case(case, actor=actor, at=at)
    last = case.lines.aggregate(last=Max("no"))["last"] or 0
    RegistrationLine.objects.bulk_create(
        (
            RegistrationLine(
                case=case, no=no, instance=row.instance_id, name=row.name, sku=row.sku, quantity=row.quantity or 0,
                spec=row.spec, since=row.since, addresses=row.addresses, contract=row.contract, history=row.history, until=row.until,
                source_row=row.no, system=system,
            )
            for no, (row, system) in enumerate(rows, last + 1)
        ),
        batch_size=BATCH,
    )  # fmt: skip
