"""Who sees which registrations, what nobody has confirmed yet, whose it is and since when (26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.timezone import localdate

from yunheng.domain.parties.queries import of_providers
from yunheng.domain.services.inventories.reading import COLUMNS, HINTS
from yunheng.domain.services.models import Intake, InventoryRow, Registration, RegistrationLine
from yunheng.domain.services.registrations.intakes import known_to
from yunheng.foundation.documents.workbooks import sheet_of
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.queries import visible_to

LISTED = (
    "instance_id", "name", "sku", "quantity", "spec", "state", "system", "unit", "since", "until", "history", "contract", "addresses",
)  # fmt: skip
WANTED = HINTS | {
    "quantity": "按目录的计量单位；按量计费的填核定的月上限", "system": "已登记系统的编码；不知道的，填用户单位",
    "unit": "全称、简称或统一社会信用代码；都不知道的空着，列为待认领", "since": "实际开通的日期，如 2025-06-01",
    "history": "开通以来数量有变动的：2025-06-01 4；2026-02-01 8", "until": "现行合同期内已经停用、费用还没有结算的填写，没有停用的空着", "contract": "按哪份合同计价；空着的由市大数据局按系统决定",
}  # fmt: skip
POWER = {"running": "运行", "stopped": "停止", "other": "其他"}


def intakes(*, actor: Actor) -> QuerySet[Intake]:
    """A provider its own, bureau and centre all of the jurisdiction, nobody else: they hold other units' things."""
    found = Intake.objects.select_related("provider")
    return of_providers(found, actor=actor)


def registrations(*, actor: Actor) -> QuerySet[Registration]:
    """The cases that the actor may see, with their rows counted and what is owed in them; the longest waiting first."""
    owed = Obligation.objects.filter(closed_at=None).select_related("holder").order_by("since", "pk")
    found = Registration.objects.filter(visible_to(actor)).select_related("unit", "provider")
    found = found.annotate(
        rows=Count("lines"), open_rows=Count("lines", filter=Q(lines__system=None, lines__disputed="")),
        disputed_rows=Count("lines", filter=~Q(lines__disputed="")),
    )  # fmt: skip
    first = owed.filter(case=OuterRef("pk")).order_by("since").values("since")[:1]
    found = found.annotate(waiting=Subquery(first)).order_by(F("waiting").asc(nulls_last=True), "number")
    return found.prefetch_related(Prefetch("obligations", queryset=owed, to_attr="owed"))


OPEN = ~Q(state="completed")


def sums(intake: Intake) -> dict[str, int]:
    """Of the rows of an intake that have a unit: with the unit, with the bureau, entered, not entered."""
    lines = RegistrationLine.objects.filter(case__intake=intake)
    where = {
        "listed": Q(case__state="listed"), "confirmed": Q(case__state="confirmed"), "entered": Q(entered=True), "left": Q(entered=False),
    }  # fmt: skip
    found = lines.aggregate(**{f"n_{name}": Count("pk", filter=held) for name, held in where.items()})
    return {name: found[f"n_{name}"] for name in where}


@dataclass(frozen=True)
class Unclaimed:
    """Something that runs and is nobody's: neither in the ledger nor before a unit. Its provider must say whose it is."""

    row: InventoryRow
    since: datetime
    rejected_by: str

    def age(self, today: date) -> int:
        """For how many calendar days it has been known."""
        return (today - localdate(self.since)).days


def unclaimed(intake: Intake) -> list[Unclaimed]:
    """The rows of all lists of an intake that nobody has; the oldest first."""
    provider = intake.provider
    rows = InventoryRow.objects.filter(run__provider=provider, run__purpose="golive", run__as_of=intake.day)
    found = {
        instance: (last, first)
        for instance, last, first in rows.order_by()
        .values("instance")
        .annotate(last=Max("pk"), first=Min("run__taken_at"))
        .values_list("instance", "last", "first")
    }
    known = known_to(provider)
    open_ones = {pk: first for instance, (pk, first) in found.items() if instance not in known}
    turned_down = RegistrationLine.objects.filter(case__provider=provider, entered=False)
    rejected = dict(turned_down.values_list("instance", "case__unit__short_name"))
    held = [row for row in rows.order_by("pk") if row.pk in open_ones]
    ready = [Unclaimed(row, open_ones[row.pk], rejected.get(row.instance, "")) for row in held]
    return sorted((one for one in ready if one.row.service not in known), key=lambda one: (one.since, one.row.pk))


def template() -> bytes:
    """An empty sheet for what ran before, and beside it what each column wants."""
    return _sheet(())


def unclaimed_sheet(rows: Sequence[Unclaimed]) -> bytes:
    """What is nobody's yet as a list to be filled in and handed in again."""
    return _sheet(
        [
            (
                one.instance, one.name, one.sku, f"{one.quantity.normalize():f}" if one.quantity is not None else "", one.spec,
                POWER.get(one.power, one.power), one.system, one.more.get("unit", ""), f"{one.since or ''}", one.more.get("until", ""),
                one.more.get("history", ""), one.more.get("contract", ""), one.addresses,
            )
            for one in (found.row for found in rows)
        ]
    )  # fmt: skip


def _sheet(rows: Sequence[Sequence[str]]) -> bytes:
    return sheet_of("资源清单", {COLUMNS[key]: WANTED.get(key, "") for key in LISTED}, rows)
