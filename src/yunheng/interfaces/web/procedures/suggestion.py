"""The page of a suggestion (10): what was seen, by which rules with which error rate, what is suggested, whose days count."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from yunheng.domain.optimization.facts import due_of, named, others
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.operations import PAPERS
from yunheng.domain.optimization.words import backtest_words, target_words
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.queries import cases
from yunheng.interfaces.web.components.dates import day_with_weekday
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.procedures.busy_calendar import declare_from
from yunheng.law.ch2_use.art10_use import plain
from yunheng.law.kernel.machine import Step
from yunheng.law.kernel.verdict import Verdict

MOST_SHOWN = 20
METRICS = {
    "cpu.utilization": ("CPU", "%"), "memory.used": ("内存", "%"), "network.bytes": ("网络收发", "字节/秒"),
    "disk.write": ("磁盘写入", "字节/秒"),
}  # fmt: skip
FLOWS = ("network.bytes", "disk.write")


def _facts(case: Suggestion, today: date) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("云服务商", case.provider.name if case.provider else "—"),
        ("服务", f"{case.service.number} {case.service.name}"),
        ("类别", case.get_advice_display()),
        ("发现时", f"{case.sku_before}×{case.quantity_before}{case.service.measure}"),
        ("建议", target_words(case)),
        ("每月节约", f"{yuan(case.saving)}元" if case.saving is not None else "没有按月单价，未计算"),
        ("发现日", case.found_on),
        ("规则与参数", f"规则{case.rule_set}，参数{case.evidence['parameters']}"),
    ]
    if case.dismissal:
        facts.append(("不予提出的原因", case.get_dismissal_display()))
    if case.state in ("issued", "adjusting"):
        facts.append(("时限", f"至{day_with_weekday(due_of(case, on=today))}"))
    return facts


def _figure(text: str) -> str:
    """1000.0 as 1,000."""
    return plain(Decimal(text))


def _windows(kept: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Metric and window, hours heard, P95, P99.5, the highest, of one instance."""
    rows = []
    for key, seen in kept["windows"].items():
        metric, _, days = key.partition("/")
        zh, unit = METRICS.get(metric, (metric, ""))
        p95, top = ("mean_p95", "mean_peak") if metric in FLOWS else ("p95", "peak")
        beyond = "—" if metric in FLOWS else f"{_figure(seen['p995'])}{unit}"
        shown = _figure(seen["hours"]), f"{_figure(seen[p95])}{unit}", beyond, f"{_figure(seen[top])}{unit}"
        rows.append((f"{zh}，{days} 天", *shown))
    return rows


def _values(case: Suggestion, actor: Actor, today: date) -> dict[str, Any]:
    each = case.evidence["instances"]
    shown = [(kept["instance"], Verdict.from_dict(kept["verdict"]), _windows(kept)) for kept in each[:MOST_SHOWN]]
    mine = cases(actor=actor)
    return {
        "instances": shown,
        "more": len(each) - len(shown),
        "backtest": backtest_words(case, parameters_on(today, case.jurisdiction_id)),
        "declare_busy": declare_from(case, actor),
        "ask_for_season": case.evidence["ask_for_season"] and case.going_on,
        "coverage": list(mine.filter(coverage__origin=case)),
        "ways": [
            (held, reverse("case", args=[held.number])) for held in mine.filter(pk__in=[c.pk for c in named(case)])
        ],
        "waits": [(span.start, span.end) for span in others(named(case), today)],
    }


def _consequence(case: Suggestion, step: Step, today: date) -> str:
    return step.follows if step.name in ("issue", "lapse") else ""


PAGE = Page(_facts, _values, template="pages/suggestion.html", papers=PAPERS, consequence=_consequence)
