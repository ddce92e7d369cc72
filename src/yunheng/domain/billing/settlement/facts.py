"""What the rules of a settlement need to know, gathered from the case and from what a step carries."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from yunheng.domain.billing.models import Payment, Settlement, StatementLine
from yunheng.law.ch3_funding import art16_settlement as law

Data = dict[str, Any]
ZERO = Decimal("0.00")


def submitted(case: Settlement) -> Decimal:
    """What the fund is asked for: the statement's fund lines as adjusted before the settlement (送审)."""
    total = case.lines.filter(payer="fund", late=False).aggregate(sum=Sum("amount"))["sum"]
    return Decimal(total or ZERO)


def late_lines(case: Settlement) -> Any:
    """Late adjustments of the contract's earlier years that no settlement has carried yet."""
    return StatementLine.objects.filter(
        settlement__contract_id=case.contract_id, settlement__period_from__lt=case.period_from, late=True, carried=None
    )


def paid(case: Settlement) -> Decimal:
    """Progress payments of the year."""
    found = Payment.objects.filter(contract_id=case.contract_id, period_from=case.period_from, final=False)
    return Decimal(found.aggregate(sum=Sum("amount"))["sum"] or ZERO)


def _checks(case: Settlement, data: Data) -> law.Checks:
    given = data.get("checks", {})
    parts = list(case.parts.select_related("unit"))
    return law.Checks(
        passed={key: row["passed"] for key, row in given.items() if row.get("passed") is not None},
        words={key: row.get("words", "") for key, row in given.items()},
        differences=case.differences.count(),
        unanswered=[part.unit.short_name for part in parts if part.status == "waiting"],
        queried=[part.unit.short_name for part in parts if part.status == "queried"],
    )


def _commission(case: Settlement, data: Data) -> law.Commission:
    return law.Commission(data.get("auditor", ""), data.get("panel", ""), bool(data.get("declared")))


def _accounting(case: Settlement, data: Data) -> law.Accounting:
    cuts = [(c["name"], Decimal(c["submitted"]), Decimal(c["cut"]), c["reason"]) for c in data.get("cuts", [])]
    return law.Accounting(case.package_digest, data.get("digest", ""), submitted(case), cuts)


def payable_of(case: Settlement, data: Data) -> law.Payable:
    """What is payable with the deductions that the step carries."""
    late = late_lines(case).filter(payer="fund").aggregate(sum=Sum("amount"))["sum"]
    return law.Payable(
        accounted=case.accounted or ZERO,
        late=Decimal(late or ZERO),
        deductions=Decimal(data.get("deductions") or "0"),
        paid=paid(case),
        ground=data.get("ground", ""),
    )


def _paid_exactly(case: Settlement, data: Data) -> tuple[Decimal, Decimal]:
    return case.payable or ZERO, Decimal(data.get("amount") or "0")


FACTS: dict[str, Callable[[Settlement, Data], Any]] = {
    "four_checks": _checks,
    "independent": _commission,
    "account_adds_up": _accounting,
    "payable": payable_of,
    "paid_exactly": _paid_exactly,
}
