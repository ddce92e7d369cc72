"""What the rules of a change need to know, gathered from the case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.services.change.fees import DECIDED, Fees, Prices, fees_of
from yunheng.domain.services.facts import review_of, unit_of
from yunheng.domain.services.models import Change, ChangeLine
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.models import Event
from yunheng.law.ch2_use import art09_carrying_out as carrying_out
from yunheng.law.ch2_use.art09_change import PAPERS, FeeChange
from yunheng.law.ch2_use.art09_citation import Citation
from yunheng.law.ch2_use.art09_splitting import Addition

Data = dict[str, Any]


def fee_change(case: Change, on: date, data: Data) -> FeeChange:
    """The fee of the system before and what is added, at the prices and with the ledger of the day."""
    fees = fees_of(case, on=on)
    return FeeChange(
        before=fees.before,
        added=fees.added,
        papers=frozenset(case.papers.exclude(attachment=None).values_list("kind", flat=True)),
        citation=_citation(case, fees, on),
        departure=case.departure,
        demanded=case.demanded,
        deciding=case.state not in ("draft", "returned"),
        adjustment=case.by_bureau,
    )


def _citation(case: Change, fees: Fees, on: date) -> Citation | None:
    first = case.cites
    if first is None:
        return None
    decided = Event.objects.filter(case_id=first.pk, step="approve").order_by("-sequence").first()
    granted = decided if first.state in DECIDED else None
    papers = set(first.papers.exclude(attachment=None).values_list("kind", flat=True))
    justified = granted.data.get("levels", {}) if granted else fees_of(first, on=on).levels()
    return Citation(
        number=first.number,
        on=on,
        same_system=first.system_id == case.system_id,
        argued=first.periodic and papers >= {kind for kind, _ in PAPERS},
        approved_on=localdate(granted.at) if granted else None,
        wanted=fees.levels(),
        justified={sku: Decimal(quantity) for sku, quantity in justified.items()},
    )


def additions(case: Change, on: date, fees: Fees) -> list[Addition]:
    """What the unit's approved changes of the same system added, in the order of their days, this one last."""
    decided = Event.objects.filter(
        step="approve", case__kind="change", case__system_id=case.system_id, case__state__in=DECIDED
    ).exclude(case_id=case.pk)
    last = {event.case_id: event for event in decided.select_related("case").order_by("at")}
    found = [
        Addition(event.case.number, localdate(event.at), Decimal(event.data["before"]), Decimal(event.data["added"]))
        for event in sorted(last.values(), key=lambda event: event.at)
    ]
    return [*found, Addition(case.number, on, fees.before, fees.added)]


def _sound(case: Change, on: date, data: Data) -> carrying_out.ChangeList:
    lines = [line for line in case.lines.select_related("service__contract") if line.differs]
    prices = Prices(on)
    return carrying_out.ChangeList(len(lines), [words for line in lines for words in _moved(case, line, prices)])


def _moved(case: Change, line: ChangeLine, prices: Prices) -> Iterator[str]:
    """What has become of the ledger and the contract since the line was written."""
    service, contract = line.service, line.service.contract if line.service else case.contract
    if service is not None:
        if not service.runs_on(prices.on):
            yield f"{line.label}已终止"
            return
        now = Decimal(service.at("quantity", prices.on)), service.at("sku", prices.on)
        if now != (line.quantity_before, line.sku_before):
            yield f"{line.label}台账现为{now[0].normalize():f}{line.unit}（{now[1]}），与清单不符，重新填写清单"
        if service.at("lane", prices.on) != "covered":
            yield f"{line.label}已不纳入统筹，由双方按协议登记"
    if line.granted and line.sku_after not in prices.of(contract):
        yield f"{line.label}：合同{contract.number}没有{line.sku_after}的价格"


def _days(case: Change, on: date, data: Data) -> list[carrying_out.EffectiveDay]:
    lines = {line.no: line for line in case.lines.select_related("service__contract")}
    contracts = {no: line.service.contract if line.service else case.contract for no, line in lines.items()}
    return [
        carrying_out.EffectiveDay(
            name=f"第{row['no']}行{lines[row['no']].name}",
            day=date.fromisoformat(row["effective_on"]),
            notified_on=case.notified_on or on,
            today=on,
            contract=(contracts[row["no"]].starts_on, contracts[row["no"]].ends_on),
        )
        for row in data.get("lines", [])
    ]


def _completed(case: Change, on: date, data: Data) -> int:
    return Event.objects.filter(case_id=case.pk, step="complete").count()


def _waited(case: Change, on: date, data: Data) -> int:
    asked = Event.objects.filter(case_id=case.pk, step="propose").order_by("-sequence").first()
    since = localdate(asked.at) if asked else on
    return calendar_for(case.jurisdiction_id).working_days_between(since, on)


FACTS: dict[str, Callable[[Change, date, Data], Any]] = {
    "first_level_unit_submits": unit_of,
    "change_sound": _sound,
    "justification_required": fee_change,
    "ask_review_allowed": review_of,
    "nothing_changed_yet": _completed,
    "unit_heard": _waited,
    "effective_day_valid": _days,
}
