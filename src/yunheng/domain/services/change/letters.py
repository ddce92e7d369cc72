"""The letter that says what was decided on a change: to the unit, with a copy to the centre (9.1, 4.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.parties.queries import centre_of
from yunheng.domain.services.change.fees import FeeRow, Fees, fees_of
from yunheng.domain.services.models import Change
from yunheng.foundation.documents.letters import issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event
from yunheng.law.kernel.money import yuan

WORDS = {"changed": "调整", "added": "新增", "removed": "退掉", "same": "不变"}


def decision(case: Change, *, event: Event, at: datetime) -> Letter:
    """审核意见书, or 资源调整决定书 where the bureau adjusts by itself."""
    bureau = event.organisation
    assert bureau is not None  # the clock decides nothing
    centre = centre_of(case.jurisdiction_id)
    fees = fees_of(case, on=localdate(at))
    own = event.step == "adjust"
    return issue(
        case=case,
        kind="资源调整决定书" if own else "审核意见书",
        prefix=f"{bureau.letter_word or '数'}{'调' if own else '审'}",
        issuer=bureau.name,
        issuer_id=bureau.pk,
        addressee=case.unit.name,
        addressee_id=case.unit_id,
        title=f"关于{case.title}{'政务云资源调整的决定书' if own else '政务云服务变更的审核意见书'}",
        paragraphs=_rejected(case, event) if event.step == "reject" else _decided(case, event, fees),
        at=at,
        table=None if event.step == "reject" else _table(fees),
        copies_to=centre.name if centre else "",
    )


def _intro(case: Change) -> str:
    return f"你单位关于{case.title}的政务云服务变更申请（{case.number}）收悉。"


def _decided(case: Change, event: Event, fees: Fees) -> list[str]:
    how = f"年费由{yuan(fees.before)}元变为{yuan(fees.after)}元，差额{yuan(fees.added)}元"
    if event.step == "adjust":
        first = f"因{case.get_ground_display()}需要，决定按下表调整{case.title}的政务云资源（{case.number}），{how}。"
    else:
        first = f"{_intro(case)}经审核，同意按下表核定的内容变更，{how}。"
    words = [first]
    if event.opinion:
        words.append(event.opinion)
    if any(verdict.state == "waived" for verdict in event.found):
        words.append(f"本次变更未经论证，同意例外。理由：{event.waiver}")
    return [
        *words,
        "已同时通知云服务商在规定时限内完成变更，结果反馈你单位和我局；台账和计费自各项实际生效之日起改变。",
    ]


def _rejected(case: Change, event: Event) -> list[str]:
    return [f"{_intro(case)}经审核，不予批准。理由：{event.opinion}", "对本意见有异议的，可申请复核一次。"]


def _table(fees: Fees) -> dict[str, Any]:
    rows = [row for row in fees.rows if row.line is not None]
    return {
        "head": ["序号", "事项", "资源", "变更前", "核定", "年费差额（元）", "核减理由"],
        "rows": [_row(n, row) for n, row in enumerate(rows, 1)],
    }


def _row(n: int, row: FeeRow) -> list[str]:
    assert row.line is not None
    return [
        str(n),
        WORDS[row.mark],
        f"{row.number} {row.name} {row.spec}".strip(),
        _amount(row.quantity_before, row.unit),
        _amount(row.quantity_after, row.unit),
        yuan(row.difference),
        row.line.cut_reason or "—",
    ]


def _amount(quantity: Decimal, unit: str) -> str:
    return f"{quantity.normalize():f}{unit}" if quantity else "—"
