"""The letters of a migration: what its cause is, and from which day it is complete (15.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yunheng.domain.services.models import Migration
from yunheng.foundation.documents.letters import date_zh, issue
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow.models import Event


def cause_letter(case: Migration, *, event: Event, at: datetime) -> Letter:
    """迁移原因认定书, from the centre or the bureau to the unit."""
    issuer = event.organisation
    assert issuer is not None
    bears = (
        "迁移过程中新、老节点不重复计费，以确认的迁移完成日为界。"
        if case.cause == "platform"
        else "新、老节点可并行计费，超过规定期限的，老节点费用由你单位承担。"
    )
    return issue(
        case=case, kind="迁移原因认定书", prefix=f"{issuer.letter_word or '数'}迁", issuer=issuer.name, issuer_id=issuer.pk,
        addressee=case.unit.name, addressee_id=case.unit_id, title=f"关于{case.title}系统迁移原因的认定书",
        paragraphs=[
            f"{case.title}的系统迁移（{case.number}）已登记。经核，认定为{case.get_cause_display()}。理由：{event.opinion}",
            bears,
        ],
        at=at, table=_table(case), copies_to=case.provider.name if case.provider else "",
    )  # fmt: skip


def completion_letter(case: Migration, *, event: Event, at: datetime) -> Letter:
    """迁移完成确认书, from the unit to the provider."""
    assert case.confirmed_on is not None
    assert case.provider is not None
    return issue(
        case=case, kind="迁移完成确认书", prefix="迁确", issuer=case.unit.name, issuer_id=case.unit_id,
        addressee=case.provider.name, addressee_id=case.provider.pk, title=f"关于{case.title}迁移完成的确认书",
        paragraphs=[
            f"{case.title}的系统迁移（{case.number}，{case.get_cause_display()}）已完成，完成日期为{date_zh(case.confirmed_on)}。",
            "请按规定释放老节点，并报市大数据局。",
        ],
        at=at, table=_table(case),
    )  # fmt: skip


def _table(case: Migration) -> dict[str, Any]:
    rows = [
        [
            str(n),
            f"{pair.source.number} {pair.source.name}",
            f"{pair.target.number} {pair.target.name}" if pair.target else "待定",
            f"{pair.target.opened_on}" if pair.target else "—",
        ]
        for n, pair in enumerate(case.pairs.select_related("source", "target"), 1)
    ]
    return {"head": ["序号", "老节点", "新节点", "新节点开通日"], "rows": rows}
