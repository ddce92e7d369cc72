"""What a decision on coverage writes into the ledger: the lane of each service from the day on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import prices_on
from yunheng.domain.services import involvements, ledger
from yunheng.domain.services.coverage.queries import Project
from yunheng.domain.services.models import Coverage, Service
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Participant
from yunheng.law.ch3_funding.art13_machine import CITE
from yunheng.law.ch3_funding.art13_shortfall import conditions


def introduce(case: Coverage, rows: Sequence[Service]) -> None:
    """The providers of the services take part from here on."""
    providers = sorted({row.contract.provider_id for row in rows})
    if providers and case.provider_id is None:
        case.provider_id = providers[0]
        case.save(update_fields=["provider"])
    for organisation_id in providers:
        if organisation_id != case.provider_id:
            Participant.objects.get_or_create(case_id=case.pk, organisation_id=organisation_id)


def cover(case: Coverage, rows: Sequence[Service], *, day: date, today: date, project: Project | None = None) -> None:
    """The fund pays from ``day``. What runs under a contract of the unit goes on under one of the fund from then.

    Raises BadInput naming each service for which that cannot be.
    """
    under = _contracts(rows, day, today)
    for row in rows:
        first = max(day, row.opened_on)
        if row.at("lane", first) == "covered":
            continue
        if row.pk in under:
            made = ledger.succeed(row, on=first, case=case, contract=under[row.pk])
            ledger.set_lane(made, lane="covered", on=first, case=case)
            continue
        for on, lane, rule in _dated(row, day, project):
            ledger.set_lane(row, lane=lane, on=max(on, row.opened_on), case=case, rule=rule)


def _dated(row: Service, day: date, project: Project | None) -> tuple[tuple[date, str, str], ...]:
    """The lanes of a service with their days: of a project the days that its own money pays as well (13.3)."""
    changed = any(condition.kind == "lane" for condition in row.conditions.all())
    if project is None or project.used_up is None or changed:
        return ((day, "covered", ""),)
    found = conditions(start=project.start, used_up=project.used_up, day=day)
    ends = [*(on for on, _, _ in found[1:]), date.max]
    return tuple(part for part, end in zip(found, ends, strict=True) if end > row.opened_on)


def _contracts(rows: Sequence[Service], day: date, today: date) -> dict[int, Contract]:
    """For each service under a contract of its unit the contract of the fund under which it goes on (14)."""
    own = [row for row in rows if row.contract.lane == "own"]
    busy = {held.service_id: held.case.number for held in involvements.open_involvements(own)}
    problems, found = [], {}
    for row in own:
        offered = Contract.objects.filter(
            jurisdiction_id=row.jurisdiction_id, lane="covered", provider_id=row.contract.provider_id,
            starts_on__lte=day, ends_on__gt=day,
        )  # fmt: skip
        sku = row.at("sku", max(day, row.opened_on))
        fitting = [
            contract for contract in offered.order_by("-starts_on") if sku in prices_on(contract=contract, on=day)
        ]
        if day > today:
            words = f"在单位自行采购的合同 {row.contract.number} 下运行，生效日到来时才能转入统筹合同"
            problems.append(Problem(f"{row.number} {row.name}", words))
        elif row.pk in busy:
            problems.append(Problem(f"{row.number} {row.name}", f"正在 {busy[row.pk]} 中办理，待该件办结后再决定"))
        elif not fitting:
            words = f"{row.contract.provider.short_name}的统筹合同在{day}没有这项产品的价格"
            problems.append(Problem(f"{row.number} {row.name}", words))
        else:
            found[row.pk] = fitting[0]
    if problems:
        raise BadInput(problems, cite=CITE, todo="补充价目或待有关事项办结后再决定")
    return found


def uncover(case: Coverage, rows: Sequence[Service], *, day: date, rule: str) -> None:
    """The unit pays from ``day``, under the rule of the ground; what was to be covered later is so no longer."""
    for row in rows:
        ledger.set_lane(row, lane="own", on=max(day, row.opened_on), case=case, rule=rule)
