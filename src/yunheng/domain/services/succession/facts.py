"""What follows in a succession, and under which contract each service goes on."""

from __future__ import annotations

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import prices_on
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service, Succession
from yunheng.domain.systems.models import InformationSystem
from yunheng.law.ch3_funding.art15_succession import BETWEEN_SYSTEMS, OF_WHOLE_UNIT, Handover, Heir


def systems_of(case: Succession) -> list[InformationSystem]:
    """The systems that it is about: all of a unit that is no more, else those that were chosen."""
    if case.subject in OF_WHOLE_UNIT:
        return list(InformationSystem.objects.filter(unit_id=case.unit_id).order_by("code"))
    return list(case.systems.order_by("code"))


def services_of(case: Succession) -> list[Service]:
    """The services that go on under another name on the day."""
    if case.subject == "renamed":
        return []
    rows = Service.objects.filter(jurisdiction_id=case.jurisdiction_id)
    if case.subject == "contract_renewed":
        rows = rows.filter(contract=case.from_contract)
    else:
        rows = rows.filter(system__in=systems_of(case))
    rows = ledger.running_on(rows, case.effective_on)
    chosen = list(case.chosen.values_list("pk", flat=True))
    rows = rows.filter(pk__in=chosen) if chosen or case.subject == "system_split" else rows
    return list(
        rows.select_related("contract__provider", "system", "unit").prefetch_related("conditions").order_by("number")
    )


def contract_of(case: Succession, service: Service) -> Contract:
    """The contract under which a service goes on."""
    return case.to_contract or service.contract


def handover(case: Succession) -> Handover:
    """Everything that decides whether the succession leaves no gap and charges nothing twice."""
    on, prices = case.effective_on, {}
    heirs = []
    for service in services_of(case):
        contract = contract_of(case, service)
        if contract.pk not in prices:
            prices[contract.pk] = set(prices_on(contract=contract, on=on))
        heirs.append(
            Heir(
                f"{service.number} {service.name}", service.opened_on, service.closed_on, service.trial,
                contract.number, contract.starts_on, contract.ends_on,
                priced=service.at("sku", on) in prices[contract.pk], buyer_fits=_fits(case, contract),
                lane_fits=contract.lane == "covered" or service.at("lane", on) == "own",
                same_provider=contract.provider_id == service.contract.provider_id,
            )
        )  # fmt: skip
    return Handover(on, case.basis, heirs, needs_heirs=case.subject in ("contract_renewed", *BETWEEN_SYSTEMS))


def _fits(case: Succession, contract: Contract) -> bool:
    """A unit's own contract serves the unit that bought it."""
    if contract.lane == "covered" or case.subject == "contract_renewed":
        return True
    return contract.buyer_id == (case.receiver_id or case.unit_id)
