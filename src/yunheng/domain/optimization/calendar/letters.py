"""业务高峰期 …函: what the bureau decides of a declared busy period, to the unit, with a copy to the centre (10.2)."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localdate

from yunheng.domain.optimization.models import BusyCalendar
from yunheng.domain.parties.queries import centre_of
from yunheng.foundation.documents.letters import date_zh, issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event, parameters_on

KINDS = {"confirm": "业务高峰期确认函", "refuse": "业务高峰期不予确认函", "end": "业务高峰期终止函"}
DECIDED = {"confirm": "确认", "refuse": "不予确认", "end": "终止"}


def when(case: BusyCalendar) -> str:
    """“年报”（2026年3月1日至2026年3月31日，每年）."""
    return f"“{case.name}”（{date_zh(case.first)}至{date_zh(case.last)}，{case.get_recurs_display()}）"


def decision(case: BusyCalendar, *, event: Event, at: datetime) -> Letter:
    """Confirmed, not confirmed, or ended: the period, what follows, and the reasons."""
    bureau, centre = event.organisation, centre_of(case.jurisdiction_id)
    assert bureau is not None  # the clock decides nothing
    assert case.system is not None
    return issue(
        case=case, kind=KINDS[event.step], prefix=f"{bureau.letter_word or '数'}历", issuer=bureau.name,
        issuer_id=bureau.pk, addressee=case.unit.name, addressee_id=case.unit_id, at=at,
        title=f"关于{DECIDED[event.step]}{case.system.name}业务高峰期的函", paragraphs=_words(case, event, at),
        copies_to=centre.name if centre else "",
    )  # fmt: skip


def _words(case: BusyCalendar, event: Event, at: datetime) -> list[str]:
    reason = [f"{'意见' if event.step == 'confirm' else '理由'}：{event.opinion}"] if event.opinion else []
    if event.step == "end":
        return [
            f"你单位业务高峰期{when(case)}（{case.number}）自即日起终止，不再保护。",
            *reason,
            "需要继续保护的，请说明新的业务依据后另行申报。",
        ]
    first = f"你单位关于业务高峰期{when(case)}的申报（{case.number}）收悉。"
    if event.step == "refuse":
        return [f"{first}经研究，不予确认。", *reason, "对此后收到的优化建议，你单位可以在期限内提出意见说明。"]
    ahead = parameters_on(localdate(at), case.jurisdiction_id)["season_before"].n
    return [
        f"{first}经核对，予以确认。高峰期内及此前{ahead}天，不提缩容、回收的优化建议；已经提出的优化建议，期限照常计算。",
        *reason,
        "业务安排有变动的，请及时撤回或者重新申报。",
    ]
