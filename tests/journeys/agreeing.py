"""How agreements come about in the city of the cast: an own lane beside the covered one, and a trial."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from tests.cast import Cast, confirm_opening, draft, moment, recommended, report_opening
from yunheng.demo.papers import paper
from yunheng.domain.services import applications, ledger, operations
from yunheng.domain.services.agreement import operations as do
from yunheng.domain.services.models import Agreement, Application, Service
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow import doors

AT, DAY, D = moment("2026-06-10 10:00"), date(2026, 5, 8), Decimal
SIDE = {"user_unit": "luo", "provider": "sun"}


def text(cast: Cast) -> Attachment:
    """The text of an agreement."""
    return store(
        content=paper("协议"), filename="协议.pdf", kind="document", jurisdiction_id=cast.city.pk,
        person_id=cast.person("sun").pk, at=AT,
    )  # fmt: skip


def own_host(cast: Cast) -> Service:
    """Four hosts at 320 a month of the unit's own contract, since 8 May."""
    case = Application.objects.first() or draft(cast)
    return ledger.enter(
        case=case, contract=cast.own_contract, sku="C-ECS-4C16G", name="云主机 4核16G", measure="台", quantity=D(4),
        lane="own", opened_on=DAY,
    )  # fmt: skip


def begun(cast: Cast, subject: str = "change", by: str = "user_unit") -> Agreement:
    """Drawn up by one side; nothing is filled in."""
    if subject == "change" and not Service.objects.filter(contract=cast.own_contract).exists():
        own_host(cast)
    actor = cast.actor(SIDE[by], AT)
    return do.create(system=cast.system, provider=cast.provider, subject=subject, actor=actor, at=AT)


def fill(cast: Cast, case: Agreement, **sent: Any) -> Agreement:
    """Filled in as the page does it."""
    given = {"document": text(cast), **sent}
    actor = cast.actor(SIDE[case.proposed_by], AT)
    doors.edit(case, "terms", sent=given, actor=actor, at=AT)
    case.refresh_from_db()
    return case


def filled(cast: Cast, by: str = "user_unit") -> Agreement:
    """Six hosts of the same kind from 1 June."""
    case = begun(cast, by=by)
    number = Service.objects.get(contract=cast.own_contract).number
    rows = [{"key": number, "sku": "C-ECS-4C16G", "quantity": "6"}]
    return fill(cast, case, from_on="2026-06-01", services=rows)


def take(cast: Cast, case: Agreement, step: str, who: str, **sent: Any) -> Agreement:
    doors.take(case, step, sent=sent, actor=cast.actor(who, AT), at=AT)
    case.refresh_from_db()
    return case


def proposed(cast: Cast, by: str = "user_unit") -> Agreement:
    return take(cast, filled(cast, by), "propose", SIDE[by])


def after(step: str, who: str) -> Any:
    return partial(_after, step, who)


def _after(step: str, who: str, cast: Cast) -> Agreement:
    return take(cast, proposed(cast), step, who, opinion="理由")


def trial_case(cast: Cast, *, sku: str = "C-ECS-4C16G", trial: bool = True, at: str = "2026-05-09") -> Application:
    """An application of one line, approved and notified on a day; its trial is asked for by the line."""
    when = moment(f"{at} 10:00")
    case = draft(cast, at=f"{at} 08:00", lines=((sku, "2"),))
    applications.set_lines(
        case,
        lines=[applications.LineInput("第 1 行", sku, D(2), trial=trial)],
        actor=cast.actor("chen"),
        on=when.date(),
    )
    recommended(cast, case, at=when)
    operations.approve(case, actor=cast.actor("zhou"), at=when)
    return case


def confirmed(cast: Cast, case: Application, day: date) -> Service:
    """Opened on a day and confirmed by both; the line of the ledger."""
    when = moment(f"{day} 15:00")
    confirm_opening(cast, report_opening(cast, case, on=day, at=when), on=day, at=when)
    return Service.objects.get(case=case.pk)
