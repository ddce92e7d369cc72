"""How each state of a change is reached, and what its steps carry: the hosts of the cast's system, 4 of them since 8 May."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.cast import Cast, in_service, moment
from tests.journeys.procedures import Recipes
from yunheng.domain.services.change import drafting, operations
from yunheng.domain.services.change.drafting import Wanted
from yunheng.domain.services.change.operations import Done
from yunheng.domain.services.models import Application, Change, Service
from yunheng.domain.services.operations import Cut
from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch2_use.art09_change import PAPERS
from yunheng.law.ch2_use.art09_machine import CHANGE

D = Decimal
AT = moment("2026-06-10 10:00")
DAY = date(2026, 6, 10)
HOST, DISK, LINK = "C-ECS-4C16G", "S-DISK-SSD", "N-BW"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
Rows = tuple[tuple[str, str], ...]
SMALL: Rows = ((HOST, "5"), ("+" + LINK, "2"))  # + 3,840 + 1,080 on 20,160 a year: 24.40 %


def running(cast: Cast) -> dict[str, Service]:
    """What the system runs, by product; opened at the first call."""
    if not Service.objects.filter(system=cast.system).exists():
        in_service(cast)
    return {service.sku: service for service in Service.objects.filter(system=cast.system)}


def wanted(cast: Cast, rows: Rows) -> list[Wanted]:
    """Rows by product: its service's new quantity; with a plus a line that is added."""
    known = running(cast)
    return [
        Wanted("新增", "", D(q), sku[1:]) if sku.startswith("+") else Wanted(known[sku].number, known[sku].number, D(q))
        for sku, q in rows
    ]


def draft(cast: Cast, *, rows: Rows = SMALL, at: Any = AT, who: str = "chen") -> Change:
    """A draft with its list, by the unit, or as an adjustment by the bureau's approver."""
    running(cast)
    actor = cast.actor(who)
    case = drafting.create(system=cast.system, actor=actor, at=at, purpose="秋季学期扩容")
    drafting.set_lines(case, lines=wanted(cast, rows), actor=actor, on=at.date())
    return case


def paper(cast: Cast, kind: str) -> Attachment:
    return store(
        content=PDF, filename=f"{kind}.pdf", kind=kind, jurisdiction_id=cast.city.pk,
        person_id=cast.person("chen").pk, at=AT,
    )  # fmt: skip


def argue(cast: Cast, case: Change, **given: Any) -> Change:
    """Both papers, or what is ``given`` instead."""
    papers = {} if given.pop("bare", False) else {kind: paper(cast, kind) for kind, _ in PAPERS}
    return drafting.argue(case, actor=cast.actor("chen"), purpose="扩容", papers=papers, **given)


def submitted(cast: Cast, case: Change | None = None, *, at: Any = AT) -> Change:
    case = case or draft(cast, at=at)
    operations.pass_to_head(case, actor=cast.actor("chen"), at=at)
    operations.submit(case, actor=cast.actor("luo"), at=at)
    return case


def recommended(cast: Cast, case: Change | None = None, *, at: Any = AT, cuts: dict[int, Cut] | None = None) -> Change:
    case = submitted(cast, case, at=at)
    wu = cast.actor("wu")
    advance(case, "accept", actor=wu, at=at)
    grants = {line.no: Cut(line.quantity) for line in case.lines.all()} | (cuts or {})
    operations.recommend(case, grants=grants, actor=wu, at=at, opinion="同意")
    return case


def notified(cast: Cast, case: Change | None = None, *, at: Any = AT, **words: Any) -> Change:
    case = recommended(cast, case, at=at)
    operations.approve(case, actor=cast.actor("zhou"), at=at, **words)
    return case


def completed(cast: Cast, case: Change | None = None, *, at: Any = AT, on: date = DAY) -> Change:
    case = notified(cast, case, at=at)
    done = {line.no: Done(on, "i-new 10.0.0.9") for line in case.lines.all() if line.differs}
    operations.complete(case, done=done, actor=cast.actor("sun"), at=at)
    return case


def confirmed(cast: Cast, case: Change | None = None, *, at: Any = AT, on: date = DAY) -> Change:
    case = completed(cast, case, at=at, on=on)
    operations.confirm(case, actor=cast.actor("luo"), at=at)
    return case


def plain(reach: Callable[[Cast], Change], step: str, who: str) -> Callable[[Cast], Change]:
    """One more step that carries only words."""

    def made(cast: Cast) -> Change:
        case = reach(cast)
        advance(case, step, actor=cast.actor(who), at=AT, opinion="理由")
        return case

    return made


def proposed(cast: Cast, *, at: Any = AT) -> Change:
    case = draft(cast, who="zhou", at=at)
    operations.propose(case, ground="capacity", actor=cast.actor("zhou"), at=at, opinion="机房扩容，统一调整")
    return case


def lapsed(cast: Cast) -> Change:
    case = plain(submitted, "return", "wu")(cast)
    advance(case, "lapse", actor=CLOCK, at=AT + timedelta(days=91))
    return case


def carried(cast: Cast, case: Change, step: str) -> dict[str, Any]:
    """What a step carries over the machine interface."""
    if step == "recommend":
        return {"grants": [{"key": f"{line.no}", "approved": f"{line.quantity:f}"} for line in case.lines.all()]}
    if step == "complete":
        return {"days": [{"key": f"{line.no}", "effective_on": f"{DAY}"} for line in case.lines.all()]}
    return {"ground": "capacity"} if step == "propose" else {}


def unheard(cast: Cast) -> Change:
    """Proposed so long ago that the bureau may decide without a word of the unit."""
    return proposed(cast, at=moment("2026-06-03 10:00"))


returned = plain(submitted, "return", "wu")
RECIPES = Recipes(
    machine=CHANGE,
    at=AT,
    reached={
        "draft": draft,
        "submitted": submitted,
        "returned": returned,
        "accepted": plain(submitted, "accept", "wu"),
        "recommended": recommended,
        "proposed": proposed,
        "heard": plain(proposed, "comment", "luo"),
        "approved": plain(recommended, "approve", "zhou"),
        "rejected": plain(recommended, "reject", "zhou"),
        "notified": notified,
        "completed": completed,
        "confirmed": confirmed,
        "cancelled": plain(notified, "cancel", "luo"),
        "withdrawn": plain(submitted, "withdraw", "luo"),
        "lapsed": lapsed,
    },
    carried=carried,
    ready={
        ("submit", "draft"): lambda cast: _handed_over(cast),
        ("propose", "draft"): lambda cast: draft(cast, who="zhou"),
        ("discard", "draft"): lambda cast: draft(cast, who="zhou"),
        ("adjust", "proposed"): unheard,
    },
    by_clock={"lapse": lambda case, at: advance(case, "lapse", actor=CLOCK, at=at)},
)


def _handed_over(cast: Cast) -> Change:
    case = draft(cast)
    operations.pass_to_head(case, actor=cast.actor("chen"), at=AT)
    return case


def application_of(cast: Cast) -> Application:
    """The application behind what runs."""
    running(cast)
    return Application.objects.get(system=cast.system)
