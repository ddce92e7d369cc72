"""What the rules of a suggestion need to know, gathered from the ledger and from the unit's cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from yunheng.domain.funding.queries import annual_fee, prices_on
from yunheng.domain.optimization.calendar.facts import protecting
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.services.models import AgreementLine, ChangeLine, Involvement, Service
from yunheng.foundation.calendars.queries import read_calendar
from yunheng.foundation.workflow.models import Case, Event, parameters_on
from yunheng.law.ch2_use import art10_suggestion as law
from yunheng.law.ch2_use.art10_objection import Objection, Running
from yunheng.law.ch2_use.art10_season import Season
from yunheng.law.ch2_use.art10_term import FAILED, UNFILED, elsewhere
from yunheng.law.ch2_use.art11_term import due_after
from yunheng.law.kernel.period import Period

Data = dict[str, Any]


def plain(quantity: str) -> str:
    """4.000000 → 4."""
    return f"{Decimal(quantity).normalize():f}"


def held(case: Suggestion, on: date, data: Data | None = None) -> law.Held:
    """The line of the ledger as it was found and as it is."""
    service = Service.objects.prefetch_related("conditions").get(pk=case.service_id)
    ended = service.closed_on if service.closed_on and service.closed_on <= on else None
    now = plain(service.at("quantity", on))
    sku = service.at("sku", on)
    before, after = (case.sku_before, case.quantity_before), (sku, now)
    return law.Held(
        f"{service.number} {service.name}", *before, *after, ended,
        less=ended is not None or less(service, before, after, on=on),
    )  # fmt: skip


def less(service: Service, before: tuple[str, str], after: tuple[str, str], *, on: date) -> bool:
    """Whether a product and quantity are less than others: fewer of the same, or another that costs less in a year."""
    if before[0] == after[0]:
        return Decimal(after[1]) < Decimal(before[1])
    prices = prices_on(contract=service.contract, on=on)
    fees = [annual_fee(price=prices.get(sku), quantity=Decimal(quantity)) for sku, quantity in (before, after)]
    return fees[0] is not None and fees[1] is not None and fees[1] < fees[0]


# ---- the case by which a unit adjusts ----------------------------------------------------------------------------


def about(service: Service) -> Q:
    """The cases of a unit that would change or end a service."""
    found = Q(pk__in=Involvement.objects.filter(service=service).values("case"))
    found |= Q(pk__in=ChangeLine.objects.filter(service=service).values("case"))
    return found | Q(pk__in=AgreementLine.objects.filter(service=service, case__subject="change").values("case"))


def candidates(case: Suggestion) -> QuerySet[Case]:
    """Changes, exits and agreements of the unit on this service that are under way, or came to effect since."""
    found = Case.objects.filter(about(case.service), unit_id=case.unit_id, kind__in=UNFILED)
    for kind, states in FAILED.items():
        found = found.exclude(kind=kind, state__in=(*states, *UNFILED[kind]))
    return found.filter(moved_at__gte=case.created_at).exclude(change__by_bureau=True).order_by("-moved_at")


def adjusting(case: Suggestion, *, on: date) -> Case | None:
    """The newest of them that makes the service less."""
    return next((own for own in candidates(case) if lessens(own, case.service, on)), None)


def lessens(case: Case, service: Service, on: date) -> bool:
    """Whether a case of the unit ends a service, or makes it less than it is."""
    if case.kind == "exit":
        return True
    now = (service.at("sku", on), service.at("quantity", on))
    changes = ChangeLine.objects.filter(case=case.pk, service=service)
    wanted = [(line.sku_after, f"{line.granted:f}", line.sku_before, f"{line.quantity_before:f}") for line in changes]
    if wanted:
        return any(less(service, (was, held), (sku, quantity), on=on) for sku, quantity, was, held in wanted)
    agreed = AgreementLine.objects.filter(case=case.pk, service=service)
    return any(less(service, now, (line.sku, f"{line.quantity:f}"), on=on) for line in agreed)


def filed_on(case: Case) -> date | None:
    """The day on which a case left its draft."""
    moved = Event.objects.filter(case_id=case.pk).exclude(to_state__in=UNFILED[case.kind]).order_by("sequence").first()
    return localdate(moved.at) if moved else None


def filed(case: Suggestion, on: date, data: Data) -> law.Filed:
    """The case named by ``data["case"]`` in the words of the rule."""
    linked = Case.objects.get(jurisdiction_id=case.jurisdiction_id, number=data["case"])
    known = linked.kind in UNFILED
    return law.Filed(
        linked.number, linked.kind, linked.procedure.zh, linked.state, linked.state_zh,
        same_service=Case.objects.filter(about(case.service), pk=linked.pk).exists(),
        less=lessens(linked, case.service, on), filed_on=filed_on(linked) if known else None, due=due_of(case, on=on),
    )  # fmt: skip


# ---- the unit's term ---------------------------------------------------------------------------------------------


def named(case: Suggestion) -> list[Case]:
    """The cases by which the unit said that it adjusts, in order."""
    numbers = Event.objects.filter(case_id=case.pk, step="plan_adjustment").values_list("data__case", flat=True)
    return list(Case.objects.filter(jurisdiction_id=case.jurisdiction_id, number__in=list(numbers)))


def others(cases: Iterable[Case], until: date) -> tuple[Period, ...]:
    """The spans in which somebody else had one of the cases; what is open lasts ``until``, that day included."""
    found: list[Period] = []
    for case in cases:
        moves = Event.objects.filter(case_id=case.pk).order_by("sequence").values_list("at", "to_state")
        found += elsewhere([(localdate(at), state) for at, state in moves], case.kind, date.max)
    return tuple(
        Period(span.start, min(span.end, max(span.start, date.fromordinal(until.toordinal() + 1)))) for span in found
    )


def due_of(case: Suggestion, *, on: date) -> date:
    """The last day of the unit's term as things stand on a day."""
    assert case.delivered_on is not None
    term = parameters_on(case.delivered_on, case.jurisdiction_id)["suggestion_term"]
    return due_after(case.delivered_on, term, others(named(case), on), read_calendar(case.jurisdiction_id))


def lapsed_due(case: Suggestion) -> date:
    """The last day of the term that lapsed, as it was found then."""
    event = case.events.filter(step="lapse").order_by("-sequence")[0]
    return date.fromisoformat(event.data["due"])


def running(case: Suggestion, on: date, data: Data) -> Running:
    """The unit's term today, and whether others have the matter in hand."""
    return Running(due_of(case, on=on), on, any(on in span for span in others(named(case), on)))


def _objection(case: Suggestion, on: date, data: Data) -> Objection:
    assert case.delivered_on is not None
    refused = Event.objects.filter(case_id=case.pk, step="refuse").count()
    return Objection(case.delivered_on, on, refused, bool(data.get("expert")), read_calendar(case.jurisdiction_id))


def _season(case: Suggestion, on: date, data: Data) -> Season:
    """The busy periods that protect the system of a suggestion."""
    declared = protecting(jurisdiction_id=case.jurisdiction_id, on=on, system_id=case.system_id)
    return Season(on, declared.get(case.service.system_id, ()), ())


FACTS: dict[str, Callable[[Suggestion, date, Data], Any]] = {
    "suggestion_current": held,
    "outside_season": _season,
    "ledger_shows_adjustment": held,
    "adjustment_filed": filed,
    "objection_allowed": _objection,
    "suggestion_term_over": running,
    "paid_by_unit": lambda case, on, data: case.service.at("lane", on),
    "paid_by_fund": lambda case, on, data: case.service.at("lane", date.fromisoformat(data["day"])),
}
