"""The letters of a temporary service: the notice to open, that of a longer period, the answer that it is not dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localtime

from yunheng.domain.parties.models import Organisation
from yunheng.domain.parties.queries import centre_of
from yunheng.domain.services.models import Temporary
from yunheng.foundation.documents.letters import date_zh, issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event

HEAD = ["序号", "资源", "数量", "用途"]


def opening_notice(case: Temporary, *, event: Event, at: datetime) -> Letter:
    """临时服务开通通知书, from the bureau to the provider, with copies to unit and centre."""
    until = f"{_day(case.from_on)}至{_day(case.until)}"
    words = [
        f"因{_level(case)}安排，{case.unit.name}{case.title}需要临时使用政务云服务（{case.number}），市政府已同意（{_consent(case)}）。"
        f"请按下表开通，期间为{until}（含当日）。",
        f"{_by(case, event)}正式开通日期由你单位与用户单位共同确认，自该日起计费，纳入市级统筹保障。",
        "期间届满自动终止，次日起统筹资金不再承担；请于终止后及时释放资源并报告。",
    ]
    return _to_provider(case, event, at, kind="临时服务开通通知书", title=f"关于开通{case.title}临时服务的通知书", words=words,
                        table=_table(case))  # fmt: skip


def extension_notice(case: Temporary, *, event: Event, at: datetime) -> Letter:
    """临时服务延期通知书, to the provider as the first one was."""
    data = event.data
    words = [
        f"{case.unit.name}{case.title}的临时服务（{case.number}）经市政府同意延期（{data['number']}，{date_zh(date.fromisoformat(data['on']))}），"
        f"期间延至{_day(case.until)}（含当日）。",
        "届满自动终止，次日起统筹资金不再承担。",
    ]
    return _to_provider(
        case, event, at, kind="临时服务延期通知书", title=f"关于{case.title}临时服务延期的通知书", words=words
    )


def refusal(case: Temporary, *, event: Event, at: datetime) -> Letter:
    """临时服务答复书, to the unit, with the reasons."""
    return _from_bureau(
        case, event, at, to=case.unit, kind="临时服务答复书", title=f"关于{case.title}临时服务的答复书",
        words=[
            f"你单位关于{case.title}临时服务的请求（{case.number}）收悉，不予办理。理由：{event.opinion.rstrip('。')}。",
            "其余临时服务由你单位与云服务商自行协商。",
        ],
    )  # fmt: skip


def coverage_letter(case: Temporary, *, event: Event, at: datetime) -> Letter:
    """临时服务费用承担决定书, to the unit, with copies to provider and centre."""
    return _from_bureau(
        case, event, at, to=case.unit, kind="临时服务费用承担决定书", title=f"关于{case.title}临时服务费用承担的决定书",
        words=[
            f"你单位{case.title}的临时服务（{case.number}）经口头同意开通（{_consent(case)}），书面同意没有按期补交。理由：{event.opinion.rstrip('。')}。",
            "现决定该临时服务的费用自首日起由你单位承担。",
        ],
        copies=(case.provider, centre_of(case.jurisdiction_id)),
    )  # fmt: skip


def _level(case: Temporary) -> str:
    return case.get_level_display() or "重大工作"


def _by(case: Temporary, event: Event) -> str:
    """Until when it is to be opened: the moment of the notice, or the term."""
    if case.open_by is None:
        return f"请自收到本通知之日起{event.data['term']}个工作日内开通。"
    when = localtime(case.open_by)
    return f"请于{date_zh(when.date())}{when:%H:%M}前（{case.hours}小时内）开通。"


def _day(day: date | None) -> str:
    return date_zh(day) if day else ""


def _consent(case: Temporary) -> str:
    """The consent as a letter names it."""
    if case.consent == "oral":
        return f"口头同意：{case.oral_by}，{_day(case.oral_on)}{case.oral_time}，{case.oral_line}"
    return f"{case.consent_number}，{_day(case.consent_on)}"


def _table(case: Temporary) -> dict[str, Any]:
    rows = [
        [
            str(line.no),
            f"{line.name} {line.spec}".strip(),
            f"{line.quantity.normalize():f}{line.unit}",
            line.purpose or "—",
        ]
        for line in case.lines.all()
    ]
    return {"head": HEAD, "rows": rows}


def _prefix(bureau: Organisation) -> str:
    return f"{bureau.letter_word or '数'}临"


def _to_provider(case: Temporary, event: Event, at: datetime, **said: Any) -> Letter:
    assert case.provider is not None  # a notice is sent once there is a contract
    return _from_bureau(case, event, at, to=case.provider, copies=(case.unit, centre_of(case.jurisdiction_id)), **said)


def _from_bureau(
    case: Temporary, event: Event, at: datetime, *, to: Organisation, kind: str, title: str, words: list[str],
    copies: Sequence[Organisation | None] = (), table: dict[str, Any] | None = None,
) -> Letter:  # fmt: skip
    bureau = event.organisation
    assert bureau is not None  # the clock writes no letters
    return issue(
        case=case, kind=kind, prefix=_prefix(bureau), issuer=bureau.name, issuer_id=bureau.pk, addressee=to.name,
        addressee_id=to.pk, title=title, paragraphs=words, at=at, table=table,
        copies_to="、".join(one.name for one in copies if one),
    )  # fmt: skip
