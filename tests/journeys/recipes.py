"""How each state of an application is reached, and what each of its steps carries: plain data for generated tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.cast import Cast, approved, draft, moment, opened, sign_undertaking
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.operations import advance
from yunheng.law.kernel.machine import By, Step

AT = moment("2026-05-09 10:00")
DAY = date(2026, 5, 8)
EVERYBODY = ("chen", "luo", "he", "ma", "wu", "zhou", "sun", "qian", "zheng")

# Who of the cast is meant by a column `by` of the table, in a case of the education bureau. He Jing holds the same
# roles in another bureau, Ma Xiao in a second-level unit: neither may take any step of this case.
WHO: dict[By, str] = {
    By("user_unit", "handler"): "chen",
    By("user_unit", "head"): "luo",
    By("centre", "acceptor"): "wu",
    By("centre", "reviewer"): "wu",
    By("bureau", "approver"): "zhou",
    By("provider", "delivery"): "sun",
}


def right_people(step: Step) -> set[str]:
    """Those of the cast whom the table names for a step."""
    return {WHO[by] for by in step.by if by.kind != "clock"}


def path(cast: Cast, *steps: str) -> Application:
    """A draft, taken through some of the plain steps."""
    case = draft(cast)
    who = {
        "pass_to_head": "chen", "submit": "luo", "accept": "wu", "return": "wu", "reject": "zhou", "approve": "zhou",
        "withdraw": "luo",
    }  # fmt: skip
    for step in steps:
        if step == "recommend":
            operations.recommend(
                case, grants=grants(case), contract=cast.contract, actor=cast.actor("wu"), at=AT, opinion="同意"
            )
        else:
            operations.take(case, step, actor=cast.actor(who[step]), at=AT, opinion="理由")
    return case


def grants(case: Application) -> dict[int, operations.Cut]:
    """Everything that was asked for."""
    return {line.no: operations.Cut(line.quantity) for line in case.lines.all()}


def notified(cast: Cast) -> Application:
    """Approved and notified on the day of all these tests."""
    return approved(cast, at="2026-05-09 10:00")


def confirm(cast: Cast, case: Application, *lines: int) -> None:
    """Both sides name the day of some lines."""
    for who in ("luo", "sun"):
        operations.confirm_opening(case, day=DAY, line_nos=lines, actor=cast.actor(who), at=AT)


def partly_opened(cast: Cast) -> Application:
    """The first line is reported, the second one still owed."""
    case = approved(cast)
    report = [operations.Report(1, Decimal(4), DAY)]
    operations.report_opened(case, reports=report, actor=cast.actor("sun"), at=AT)
    return case


def disputed(cast: Cast, make: Callable[[Cast], Application] = opened) -> Application:
    case = make(cast)
    operations.take(case, "dispute_day", actor=cast.actor("luo"), at=AT, opinion="网络未通")
    return case


def partly_confirmed(cast: Cast) -> Application:
    case = opened(cast)
    confirm(cast, case, 1)
    return case


def serving(cast: Cast) -> Application:
    case = opened(cast)
    confirm(cast, case, 1, 2)
    return case


def cancelled(cast: Cast) -> Application:
    case = approved(cast)
    operations.take(case, "cancel", actor=cast.actor("luo"), at=AT, opinion="项目调整")
    return case


def lapsed(cast: Cast) -> Application:
    case = path(cast, "pass_to_head", "submit", "return")
    advance(case, "lapse", actor=CLOCK, at=AT + timedelta(days=91))
    return case


def signed_late(cast: Cast) -> Application:
    """Approved while the undertaking was missing; it is there now, and nobody has notified the provider."""
    case = path(cast, *SUBMITTED, "accept", "recommend", "approve")
    sign_undertaking(cast)
    return case


SUBMITTED = ("pass_to_head", "submit")
REACHED: dict[str, Callable[[Cast], Application]] = {
    "draft": draft,
    "submitted": lambda cast: path(cast, *SUBMITTED),
    "returned": lambda cast: path(cast, *SUBMITTED, "return"),
    "accepted": lambda cast: path(cast, *SUBMITTED, "accept"),
    "recommended": lambda cast: path(cast, *SUBMITTED, "accept", "recommend"),
    "approved": lambda cast: path(cast, *SUBMITTED, "accept", "recommend", "approve"),
    "rejected": lambda cast: path(cast, *SUBMITTED, "accept", "recommend", "reject"),
    "notified": notified,
    "opened": opened,
    "day_disputed": disputed,
    "in_service": serving,
    "cancelled": cancelled,
    "withdrawn": lambda cast: path(cast, *SUBMITTED, "withdraw"),
    "lapsed": lapsed,
}
# Where a step needs more than its state: a line still owed, a line already agreed, an undertaking.
READY: dict[tuple[str, str], Callable[[Cast], Application]] = {
    ("report_opened", "notified"): approved,  # notified before the day of the report
    ("report_opened", "opened"): partly_opened,
    ("report_opened", "day_disputed"): lambda cast: disputed(cast, partly_opened),
    ("drop_lines", "opened"): partly_confirmed,
    ("notify", "approved"): signed_late,
}
REPORTED, UNCONFIRMED = {"confirm_opening": ["1", "2"], "dispute_resources": ["1", "2"]}, ["2"]


def carried(cast: Cast, case: Application, step: str) -> dict[str, Any]:
    """What a step carries, by the fields that it declares."""
    sent: dict[str, Any] = {}
    if step == "recommend":
        sent["contract"] = cast.contract.number
        sent["grants"] = [{"key": f"{line.no}", "approved": f"{line.quantity:f}"} for line in case.lines.all()]
    if step == "report_opened":
        owed = [line for line in case.lines.all() if line.status == "pending"]
        sent["reports"] = [
            {"key": f"{line.no}", "quantity": f"{line.quantity:f}", "actual_on": DAY.isoformat()} for line in owed
        ]
    if step in ("confirm_opening", "mediate", "mediate_at_bureau"):
        sent["day"] = DAY.isoformat()
    if step in ("confirm_opening", "dispute_resources", "drop_lines"):
        sent["lines"] = REPORTED.get(step, UNCONFIRMED)
    return sent
