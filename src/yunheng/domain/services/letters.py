"""The letter that says what was decided on an application (7.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate

from yunheng.domain.funding.queries import annual_fee, prices_on
from yunheng.domain.parties.queries import centre_of
from yunheng.domain.services.models import Application, ResourceLine
from yunheng.foundation.documents.letters import issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event
from yunheng.law.kernel.money import yuan

LANES = {"covered": "纳入市级统筹保障", "own": "不纳入市级统筹保障，费用由你单位保障"}


def decision_letter(case: Application, *, event: Event, at: datetime) -> Letter:
    """审核意见书, from the bureau to the unit, with a copy to the centre."""
    bureau = event.organisation
    assert bureau is not None  # the clock decides nothing
    centre = centre_of(case.jurisdiction_id)
    approved = event.step == "approve"
    words = _approved(case, event) if approved else _rejected(case, event)
    return issue(
        case=case,
        kind="审核意见书",
        prefix=f"{bureau.letter_word or '数'}审",
        issuer=bureau.name,
        issuer_id=bureau.pk,
        addressee=case.unit.name,
        addressee_id=case.unit_id,
        title=f"关于{case.title}政务云服务申请的审核意见书",
        paragraphs=words,
        at=at,
        table=_table(case, event) if approved else None,
        copies_to=centre.name if centre else "",
    )


def _intro(case: Application) -> str:
    return f"你单位关于{case.title}的政务云服务申请（{case.number}）收悉。"


def _approved(case: Application, event: Event) -> list[str]:
    words = [f"{_intro(case)}经审核，同意按下表核定的内容开通，{LANES[case.lane]}，年费合计{yuan_of(event)}元。"]
    if event.opinion:
        words.append(event.opinion)
    return [*words, "正式开通日期由你单位与云服务商共同确认，自该日起计费。"]


def _rejected(case: Application, event: Event) -> list[str]:
    return [
        f"{_intro(case)}经审核，不予批准。理由：{event.opinion}",
        "对本意见有异议的，可申请复核一次。",
    ]


def yuan_of(event: Event) -> str:
    """The annual fee that the decision was taken on."""
    return yuan(Decimal(event.data.get("annual_fee", "0")))


def _table(case: Application, event: Event) -> dict[str, Any]:
    assert case.contract is not None
    prices = prices_on(contract=case.contract, on=localdate(event.at))
    return {
        "head": ["序号", "资源", "申请", "核定", "年费（元）", "核减理由"],
        "rows": [
            _row(line, annual_fee(price=prices.get(line.sku), quantity=line.granted)) for line in case.lines.all()
        ],
    }


def _row(line: ResourceLine, fee: Decimal | None) -> list[str]:
    amount = "免费试用" if line.trial else "—" if fee is None else yuan(fee)
    return [
        str(line.no),
        f"{line.name} {line.spec}".strip(),
        f"{line.quantity.normalize():f}{line.unit}",
        f"{line.granted.normalize():f}{line.unit}",
        amount,
        line.cut_reason or "—",
    ]
