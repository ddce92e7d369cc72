"""The page of a suggestion (10): what was seen, by which rules with which error rate, what is suggested, whose days count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from yunheng.domain.optimization.facts import due_of, named, others
from yunheng.domain.optimization.found import Measure, coverage, levels, money_of, reckoning
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.operations import PAPERS
from yunheng.domain.optimization.series import Series, series_of
from yunheng.domain.optimization.words import backtest_words, target_words
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.queries import cases
from yunheng.interfaces.web.components.daily import DailyChart, DayUse, Level, daily_chart
from yunheng.interfaces.web.components.dates import day_with_weekday, short_day
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.parts import Fact
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.procedures.busy_calendar import declare_from
from yunheng.law.ch2_use.art10_record import record, share_words
from yunheng.law.ch2_use.art10_use import plain
from yunheng.law.kernel.machine import Step
from yunheng.law.kernel.parameters import Parameters, registry
from yunheng.law.kernel.verdict import Verdict

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


def _values(case: Suggestion, actor: Actor, today: date) -> dict[str, Any]:
    mine = cases(actor=actor)
    return {
        "accuracy": _accuracy(case, parameters_on(today, case.jurisdiction_id)),
        "money": _money(case),
        "due_after": _after(case),
        "declare_busy": declare_from(case, actor),
        "ask_for_season": case.evidence["ask_for_season"] and case.going_on,
        "coverage": list(mine.filter(coverage__origin=case)),
        "ways": [
            (held, reverse("case", args=[held.number])) for held in mine.filter(pk__in=[c.pk for c in named(case)])
        ],
        "waits": [(span.start, span.end) for span in others(named(case), today)],
    }


def _after(case: Suggestion) -> str:
    """What follows when the unit's term passes in vain."""
    if case.state not in ("issued", "adjusting"):
        return ""
    if case.lane == "own":
        return "费用本由用户单位承担，只作记录"
    many = f"这 {case.quantity_before} {case.service.measure}"
    return f"{many}的费用可不再纳入市级统筹保障，由用户单位与云服务商自行结算。由市大数据局决定，只涉及所列资源"


# ---- the picture -------------------------------------------------------------------------------------------------


def _asked(case: Suggestion, query: Mapping[str, str]) -> dict[str, Any]:
    """The instance to be shown: its drawing, its days, its figures, its arithmetic."""
    each = case.evidence["instances"]
    kept = next((one for one in each if one["instance"] == query.get("instance")), each[0])
    series = series_of(kept)
    p = parameters_on(case.found_on, case.jurisdiction_id)
    covered = coverage(case, kept)
    return {
        "kept": kept,
        "names": [one["instance"] for one in each],
        "other": next((one["instance"] for one in each if one is not kept), "") if len(each) == 2 else "",
        "chart": _chart(kept, series, levels(kept, kind=case.advice, p=p)) if series else None,
        "series": series,
        "metric_unit": METRICS[series.metric] if series else ("", ""),
        "use_title": f"{covered[0]}天使用情况" if covered else "发现时的使用情况",
        "use_sub": _sub(kept, series, covered[1] if covered else ""),
        "windows": _windows(kept),
        "reckoning": reckoning(case, kept),
        "found": Verdict.from_dict(kept["verdict"]),
    }


def _chart(kept: dict[str, Any], series: Series, found: list[Measure]) -> DailyChart | None:
    zh, unit = METRICS[series.metric]
    return daily_chart(
        label=f"{kept['instance']} {zh}", unit=unit, axis=f"{zh}使用率（{unit}）", days=[DayUse(day, top, p95) for day, p95, top in series.days],
        levels=[Level(one.at, one.words, one.look) for one in found],
    )  # fmt: skip


def _sub(kept: dict[str, Any], series: Series | None, covered: str) -> str:
    """Instance, size, window and how much of it was heard."""
    size = f"{kept['vcpu']}核{kept['memory']}G" if kept.get("vcpu") else ""
    window = f"{short_day(series.days[0][0])}至{short_day(series.days[-1][0])}" if series else ""
    return "，".join(part for part in (kept["instance"], size, window, f"数据覆盖{covered}" if covered else "") if part)


def _figure(text: str) -> str:
    """1000.049 as 1,000.05; what flows, in thousands, without a fraction."""
    value = Decimal(text)
    return plain(value.quantize(Decimal(1) if value >= 1000 else Decimal("0.01")))


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


# ---- the rail ----------------------------------------------------------------------------------------------------


def _money(case: Suggestion) -> dict[str, Any] | None:
    held = money_of(case)
    if held is None:
        return None
    count = f"（{case.quantity_before}{case.service.measure}）"
    facts = [
        Fact(f"现年费{count}", f"{yuan(held.now)}元"),
        Fact("调整后年费" if case.to_sku else "回收后年费", f"{yuan(held.after)}元"),
        Fact("年节约", f"{yuan(held.saved)}元", look="green"),
    ]
    return {"facts": facts, "words": held.words}


def _accuracy(case: Suggestion, p: Parameters) -> dict[str, Any]:
    """How often the rules of this kind were wrong on the past; what is not known is said."""
    row = record().last(case.advice)
    if row is None:
        return {}
    days, bad = p["backtest_horizon"].n, "又忙起来"
    said = f"判为闲置的机器中，其后{days}天又忙起来的比例"
    if case.advice != "idle":
        hours = registry()["overrun_hours"].words(p["overrun_hours"])
        said, bad = f"判为偏大的机器中，其后{days}天有{hours}以上超过建议规格的比例", f"判错（超{hours}）"
    facts = [
        ("回测机器", f"{row.judged:,} 台"),
        ("判为闲置" if case.advice == "idle" else "判为偏大", f"{row.advised:,} 台"),
        *([("其后仍有数据", f"{row.heard:,} 台")] if row.heard != row.advised else []),
        (bad if case.advice != "idle" else "判错（又忙起来）", f"{row.bad:,} 台"),
        *([("超出时长占比", share_words(row.hours_over, 2))] if case.advice != "idle" else []),
    ]
    return {
        "share": share_words(row.share, 1).removesuffix("%"), "said": said, "facts": facts, "words": backtest_words(case, p),
    }  # fmt: skip


def _consequence(case: Suggestion, step: Step, today: date) -> str:
    return step.follows if step.name in ("issue", "lapse") else ""


PAGE = Page(_facts, _values, asked=_asked, template="pages/suggestion.html", papers=PAPERS, consequence=_consequence)
