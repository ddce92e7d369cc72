"""The monthly report of a provider (10.3): opened on the first of the month, drafted from the procedure, signed, sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import get_default_timezone, localdate

from yunheng.domain.optimization.models import MonthlyReport, Suggestion
from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.queries import centre_of
from yunheng.domain.services.models import Service
from yunheng.foundation.documents.letters import issue
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.models import Event
from yunheng.foundation.workflow.operations import advance, begin, open_case
from yunheng.law.ch2_use.art10_machine import DISMISSALS, OPEN
from yunheng.law.ch2_use.art10_report import COUNTED
from yunheng.law.kernel.money import yuan
from yunheng.law.kernel.period import Period, month_of
from yunheng.law.kernel.terms import ONE_DAY

MOST_LISTED = 200


def open_due(*, at: datetime) -> int:
    """Open and draft the reports of last month, one for each provider that served anybody in it; once each."""
    month, count = month_of(month_of(localdate(at)).start - ONE_DAY), 0
    for jurisdiction_id, provider_id in _served(month):
        bureau = Organisation.objects.filter(jurisdiction_id=jurisdiction_id, kind="bureau").order_by("pk").first()
        known = MonthlyReport.objects.filter(
            jurisdiction_id=jurisdiction_id, provider_id=provider_id, month=month.start
        )
        if bureau is None or known.exists():
            continue
        with transaction.atomic():
            case = MonthlyReport(
                kind="monthly_report", unit=bureau, provider_id=provider_id, month=month.start,
                title=f"{month.start.year}年{month.start.month}月政务云资源优化",
            )  # fmt: skip
            open_case(case, actor=CLOCK, at=at)
            case.figures = counted(provider_id=provider_id, jurisdiction_id=jurisdiction_id, month=month)
            case.save(update_fields=["figures"])
            advance(case, "draft", actor=CLOCK, at=at, data=case.figures)
        count += 1
    return count


def _served(month: Period) -> Iterator[tuple[int, int]]:
    """Jurisdictions and providers with a service that ran in a month."""
    running = Service.objects.filter(opened_on__lt=month.end).filter(Q(closed_on=None) | Q(closed_on__gt=month.start))
    yield from running.order_by().values_list("jurisdiction_id", "contract__provider_id").distinct()


def counted(*, provider_id: int, jurisdiction_id: int, month: Period) -> dict[str, Any]:
    """What was done in a month, by step; the saving of what was adjusted; each dismissal with its reason."""
    mine = Suggestion.objects.filter(provider_id=provider_id, jurisdiction_id=jurisdiction_id)
    zone = get_default_timezone()
    start, end = (datetime.combine(day, time(), zone) for day in (month.start, month.end))
    events = Event.objects.filter(case__in=mine.order_by().values("pk"), at__gte=start, at__lt=end)
    steps = Counter(events.values_list("step", flat=True))
    steps["found"] = mine.filter(created_at__gte=start, created_at__lt=end).count()
    done = mine.filter(pk__in=events.filter(step="adjusted").values("case"))
    saved = sum((case.saving for case in done if case.saving is not None), Decimal(0))
    dismissed = events.filter(step="dismiss").order_by("at").select_related("case")[:MOST_LISTED]
    return {
        "counts": {name: steps[name] for name, _ in COUNTED},
        "open": mine.filter(state__in=OPEN).count(),
        "saving": f"{saved:.2f}",
        "dismissals": [
            {
                "case": event.case.number, "title": event.case.title,
                "reason": dict(DISMISSALS)[event.data["dismissal"]], "words": event.opinion,
            }
            for event in dismissed
        ],
    }  # fmt: skip


@transaction.atomic
def redraft(case: MonthlyReport, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """Count again: what came to the platform late is in it now."""
    locked, _ = begin(case, "redraft", actor=actor, version=version)
    assert locked.provider_id is not None
    locked.figures = counted(
        provider_id=locked.provider_id, jurisdiction_id=locked.jurisdiction_id, month=month_of(locked.month)
    )
    locked.save(update_fields=["figures"])
    return advance(case, "redraft", actor=actor, at=at, opinion=opinion, data=locked.figures)


def remark(case: MonthlyReport, *, remarks: str, actor: Actor, at: datetime) -> MonthlyReport:
    """The provider's words beside the figures."""
    case.remarks = remarks
    case.save(update_fields=["remarks"])
    return case


@transaction.atomic
def submit(case: MonthlyReport, *, actor: Actor, at: datetime, opinion: str = "", version: int | None = None) -> Event:
    """Signed off and sent to the bureau by letter, with a copy to the centre; the figures are those on the page."""
    data = {"figures": case.figures, "remarks": case.remarks}
    event = advance(case, "submit", actor=actor, at=at, opinion=opinion, data=data, version=version)
    _letter(case, event, at)
    return event


def _letter(case: MonthlyReport, event: Event, at: datetime) -> None:
    provider, place = event.organisation, case.jurisdiction_id
    assert provider is not None  # the clock reports nothing
    centre = centre_of(place)
    counts = case.figures["counts"]
    month: date = case.month
    words = [
        f"现将{month.year}年{month.month}月政务云资源优化情况报告如下。月末在办{case.figures['open']}件，"
        f"完成调整的每月节约{yuan(Decimal(case.figures['saving']))}元。"
    ]
    words += [
        f"{n}. {one['case']}不予提出：{one['reason']}。{one['words']}"
        for n, one in enumerate(case.figures["dismissals"], 1)
    ]
    issue(
        case=case, kind="资源优化月报", prefix=f"{provider.letter_word or '云'}优报", issuer=provider.name,
        issuer_id=provider.pk, addressee=case.unit.name, addressee_id=case.unit_id, title=f"关于{case.title}情况的报告",
        paragraphs=[*words, *([case.remarks] if case.remarks else [])], at=at, business=True,
        table={"head": ["事项", "件数"], "rows": [[zh, f"{counts[name]}"] for name, zh in COUNTED]},
        copies_to=centre.name if centre else "",
    )  # fmt: skip
