"""What is said of a suggestion in more than one place."""

from __future__ import annotations

from yunheng.domain.catalog.models import Item
from yunheng.domain.optimization.models import Suggestion
from yunheng.law.ch2_use.art10_record import record, words
from yunheng.law.kernel.parameters import Parameters


def target_words(case: Suggestion) -> str:
    """回收, or the product suggested."""
    if not case.to_sku:
        return "回收"
    item = Item.objects.filter(jurisdiction_id=case.jurisdiction_id, code=case.to_sku).order_by("-valid_from").first()
    return f"降配为{item.name}（{case.to_sku}）" if item else f"降配为{case.to_sku}"


def backtest_words(case: Suggestion, p: Parameters) -> str:
    """The error rate of the rules that found it, or why there is none to show."""
    row, kept = record().last(case.advice), record()
    if row is None:
        return "这一类规则没有回测数据"
    shown = f"回测截止{row.on}、此后30天：{words(row)}"
    if kept.rule_set != case.rule_set or not kept.vouches(p):
        return f"{shown}；此后规则或参数已有变动，尚未重新回测"
    return shown
