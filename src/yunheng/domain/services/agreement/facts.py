"""What the rules of an agreement need to know, as the ledger is on the day on which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from yunheng.domain.funding.models import Contract
from yunheng.domain.funding.queries import prices_on
from yunheng.domain.services.models import Agreement, AgreementLine, Application
from yunheng.law.ch2_use.art07_trial import Extension
from yunheng.law.ch2_use.art09_agreement import Part
from yunheng.law.ch3_funding.art14_agreement import Terms
from yunheng.law.kernel.terms import ONE_DAY


def lines_of(case: Agreement) -> list[AgreementLine]:
    """The lines with all that is asked of them."""
    found = case.lines.select_related("service__contract", "line__case").prefetch_related("service__conditions")
    return list(found)


def contract_of(case: Agreement, line: AgreementLine) -> Contract | None:
    """Under which contract a line is paid."""
    if line.service:
        return line.service.contract
    if line.line:
        return Application.objects.select_related("contract").get(pk=line.line.case_id).contract
    return case.contract


def _parts(case: Agreement, on: date) -> tuple[Part, ...]:
    day = case.from_on or on
    return tuple(_part(line, day) for line in lines_of(case))


def _part(line: AgreementLine, day: date) -> Part:
    if line.service:
        return Part(line.label, line.service.at("lane", day), line.service.trial)
    return Part(line.label, line.line.case.lane if line.line else "own")


def _terms(case: Agreement, on: date) -> Terms:
    lines = lines_of(case)
    held = [contract for line in lines if (contract := contract_of(case, line))]
    held += [case.contract] if case.contract else []
    return Terms(
        subject=case.subject,
        from_on=case.from_on,
        until=case.until,
        parts=len(lines),
        document=case.papers.exclude(attachment=None).exists(),  # type: ignore[attr-defined]
        words=case.words,
        period=(max(c.starts_on for c in held), min(c.ends_on for c in held)) if held else None,
        unpriced=tuple(_unpriced(case, lines)),
    )


def _unpriced(case: Agreement, lines: Iterable[AgreementLine]) -> Iterable[str]:
    """Products that the contract has no price for on the first day of the terms."""
    if case.from_on is None:
        return
    known: dict[int, Any] = {}
    for line in lines:
        contract = contract_of(case, line)
        if contract is not None:
            prices = known.setdefault(contract.pk, prices_on(contract=contract, on=case.from_on))
            if line.sku not in prices:
                yield line.sku


def _extensions(case: Agreement, on: date) -> tuple[Extension, ...]:
    if case.subject != "trial_extension":
        return ()
    found = [line.service for line in lines_of(case) if line.service and line.service.closed_on]
    return tuple(Extension(s.number, s.closed_on or s.opened_on + ONE_DAY, case.until, on) for s in found)


FACTS: dict[str, Callable[[Agreement, date], Any]] = {
    "agreement_uncovered": _parts,
    "agreement_complete": _terms,
    "trial_extension_allowed": _extensions,
}
