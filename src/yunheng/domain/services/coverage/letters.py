"""What the bureau writes on coverage: the decision on a request, and the notices of an end and of a return."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.queries import centre_of
from yunheng.domain.services.models import Coverage, Service
from yunheng.foundation.documents.letters import date_zh, issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event
from yunheng.law.ch3_funding.art13_ending import GROUNDS, cite_of_ground

HEAD = ["序号", "服务编号", "资源", "数量"]


def decision_letter(case: Coverage, *, event: Event, at: datetime) -> Letter:
    """统筹保障决定书: to the unit, with a copy to the centre and, where it is covered, to the providers."""
    covered = event.step == "decide"
    words = [f"你单位关于{case.title}纳入市级统筹保障的申请（{case.number}）收悉。{_decided(case, event)}"]
    if covered and event.opinion:
        words.append(event.opinion)
    copies = [*_offices(case), *(row.name for row in _providers(case) if covered)]
    return _issue(
        case, event, at, kind="统筹保障决定书", to=case.unit, title=f"关于{case.title}统筹保障的决定书", words=words,
        copies=copies,
    )  # fmt: skip


def _decided(case: Coverage, event: Event) -> str:
    if event.step == "decline":
        return f"经审核，决定不予纳入，政务云服务费用由你单位负责保障。理由：{event.opinion}"
    source = f"资金来源：{case.source}。" if case.source else ""
    assert case.from_on is not None  # decided
    return f"经审核，决定自{date_zh(case.from_on)}起纳入市级统筹保障，费用由市级统筹资金承担。{source}"


def end_letters(case: Coverage, rows: Sequence[Service], *, event: Event, at: datetime) -> list[Letter]:
    """移出统筹保障通知书: to the unit and to each provider, each with its own services."""
    day = date.fromisoformat(event.data["day"])
    why = f"依据《办法》{cite_of_ground(case.ground)}（{dict(GROUNDS)[case.ground]}）"
    reason = f"理由：{event.opinion.rstrip('。')}。"
    unit = f"{why}，下列服务自{date_zh(day)}起移出市级统筹保障，费用由你单位与云服务商自行结算。{reason}"
    provider = f"{why}，{case.unit.name}的下列服务自{date_zh(day)}起移出市级统筹保障，费用由你公司与该单位自行结算，不列入统筹账单。"
    return _to_both(
        case, rows, event, at, kind="移出统筹保障通知书", title="移出统筹保障", unit=unit, provider=provider
    )


def restoring_letters(case: Coverage, rows: Sequence[Service], *, event: Event, at: datetime) -> list[Letter]:
    """恢复统筹保障通知书: to the same."""
    day = date_zh(date.fromisoformat(event.data["day"]))
    unit = f"经审核，决定自{day}起恢复下列服务的市级统筹保障，此前的费用仍由你单位承担。理由：{event.opinion.rstrip('。')}。"
    provider = f"{case.unit.name}的下列服务自{day}起恢复市级统筹保障，此前的费用仍由你公司与该单位自行结算。"
    return _to_both(
        case, rows, event, at, kind="恢复统筹保障通知书", title="恢复统筹保障", unit=unit, provider=provider
    )


def _to_both(
    case: Coverage, rows: Sequence[Service], event: Event, at: datetime, *, kind: str, title: str, unit: str,
    provider: str,
) -> list[Letter]:  # fmt: skip
    subject = f"关于{case.title}{title}的通知"
    made = [
        _issue(case, event, at, kind=kind, to=case.unit, title=subject, words=[unit], copies=_offices(case), rows=rows)
    ]
    for organisation in _providers(case):
        own = [row for row in rows if row.contract.provider_id == organisation.pk]
        made.append(
            _issue(case, event, at, kind=kind, to=organisation, title=subject, words=[provider], copies=[], rows=own)
        )
    return made


def _issue(
    case: Coverage, event: Event, at: datetime, *, kind: str, to: Organisation, title: str, words: list[str],
    copies: list[str], rows: Sequence[Service] = (),
) -> Letter:  # fmt: skip
    bureau = event.organisation
    assert bureau is not None  # the clock decides nothing
    listed = [
        [str(n), row.number, f"{row.name} {row.spec}".strip(), f"{row.quantity.normalize():f}{row.measure}"]
        for n, row in enumerate(rows, 1)
    ]
    return issue(
        case=case, kind=kind, prefix=f"{bureau.letter_word or '数'}保", issuer=bureau.name, issuer_id=bureau.pk,
        addressee=to.name, addressee_id=to.pk, title=title, paragraphs=words, at=at,
        table={"head": HEAD, "rows": listed} if listed else None, copies_to="、".join(copies),
    )  # fmt: skip


def _offices(case: Coverage) -> list[str]:
    centre = centre_of(case.jurisdiction_id)
    return [centre.name] if centre else []


def _providers(case: Coverage) -> list[Organisation]:
    found = Organisation.objects.filter(kind="provider")
    ids = {case.provider_id, *case.participants.values_list("organisation_id", flat=True)}
    return list(found.filter(pk__in=ids - {None}).order_by("pk"))
