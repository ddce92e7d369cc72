"""What a suggestion holds (10.2), made ready to be read: the days and levels of its picture, its arithmetic, its money.

All of it comes from what was frozen when it was found, and from the figures and prices in force on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yunheng.domain.funding.queries import MONTHS, annual_fee, prices_on
from yunheng.domain.optimization.engine.measuring import CPU, MEMORY
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.optimization.series import DRAWN
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art10_reckoning import Reckoned, cores_reckoned, memory_reckoned
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.ch2_use.art10_use import HOURS_A_DAY, HUNDRED, percent, plain
from yunheng.law.kernel.money import yuan
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Verdict


@dataclass(frozen=True)
class Measure:
    """A level to compare use with, in the metric's unit; ``look``: ``capacity``, ``usual`` or a ``limit`` of the rules."""

    at: float
    words: str
    look: str = "limit"

    @property
    def capacity(self) -> bool:
        return self.look == "capacity"


@dataclass(frozen=True)
class Money:
    """Yuan a year of the whole line: now, after, saved; and how they come about."""

    now: Decimal
    after: Decimal
    words: str

    @property
    def saved(self) -> Decimal:
        return self.now - self.after


# ---- the picture -------------------------------------------------------------------------------------------------


def levels(kept: Mapping[str, Any], *, kind: str, p: Parameters) -> list[Measure]:
    """What a machine's use is drawn against: what the size suggested bears, or below what the rules call idle."""
    if kind == "cpu" and kept["to"] and kept["vcpu"]:
        return _cores(kept["to"]["vcpu"], Decimal(kept["to"]["vcpu"]) / kept["vcpu"], p)
    if kind == "memory" and kept["to"] and kept["memory"]:
        share = Decimal(kept["to"]["memory"]) / kept["memory"] * HUNDRED
        limit = share / (1 + p["oversized_memory_reserve"])
        return [
            Measure(float(share), f"建议规格{kept['to']['memory']}G的全部内存（{_share(share)}）", "capacity"),
            Measure(float(limit), f"最高用量上限{_share(limit)}"),
        ]
    return idle_levels(p) if kind == "idle" else []


def _cores(cores: int, part: Decimal, p: Parameters) -> list[Measure]:
    share, peak, usual = (part * by * HUNDRED for by in (Decimal(1), p["oversized_target_peak"], p["oversized_target"]))
    return [
        Measure(float(share), f"建议规格{cores}核的全部能力（{_share(share)}）", "capacity"),
        Measure(float(peak), f"最忙一小时上限{_share(peak)}"),
        Measure(float(usual), f"P99.5上限{_share(usual)}", "usual"),
    ]


def idle_levels(p: Parameters) -> list[Measure]:
    """Below which a machine's CPU is quiet."""
    peak, usual = p["idle_cpu_peak"] * HUNDRED, p["idle_cpu"] * HUNDRED
    return [
        Measure(float(peak), f"闲置：最高值低于{_share(peak)}"),
        Measure(float(usual), f"闲置：P95低于{_share(usual)}", "usual"),
    ]


def _share(value: Decimal) -> str:
    return f"{plain(value.quantize(Decimal('0.1')))}%"


def coverage(case: Suggestion, kept: Mapping[str, Any]) -> tuple[int, str] | None:
    """Of the window in which an instance was looked at: its days, and how much of it was heard, in words."""
    if case.advice not in DRAWN:
        return None
    metric, window = DRAWN[case.advice]
    days = parameters_on(case.found_on, case.jurisdiction_id)[window].n
    seen = kept["windows"].get(f"{metric}/{days}")
    return (days, percent(Decimal(seen["hours"]) / (days * HOURS_A_DAY))) if seen else None


# ---- the arithmetic ----------------------------------------------------------------------------------------------


def reckoning(case: Suggestion, kept: Mapping[str, Any]) -> Verdict:
    """How the size suggested for an instance was reckoned; for what has no size to go to, what the rules found."""
    verdict, p = Verdict.from_dict(kept["verdict"]), parameters_on(case.found_on, case.jurisdiction_id)
    foot = (f"参数{kept['parameters']}", *(["本系统没有申报业务高峰期"] if case.evidence["ask_for_season"] else []))
    rows, sentence, to = verdict.rows, verdict.sentence, kept["to"]
    seen = _seen(kept, p)
    if to and case.advice in ("cpu", "memory") and seen:
        others = tuple(row for row in rows if row.what.startswith("同用途"))
        made = cores_reckoned(seen, p) if case.advice == "cpu" else memory_reckoned(seen, p)
        rows = (*others, *made)
        sentence = f"建议由{kept['vcpu']}核{kept['memory']}G调整为{to['vcpu']}核{to['memory']}G"
    return Verdict(verdict.rule, verdict.cite, verdict.force, verdict.state, sentence, rows, foot)


def _seen(kept: Mapping[str, Any], p: Parameters) -> Reckoned | None:
    days, to = p["advice_window_full"].n, kept["to"]
    cpu, memory = (kept["windows"].get(f"{metric}/{days}") for metric in (CPU, MEMORY))
    if cpu is None or to is None:
        return None
    heard = memory and Decimal(memory["hours"]) >= days * HOURS_A_DAY * p["advice_coverage"]
    return Reckoned(
        Size(kept["vcpu"], kept["memory"]), Size(to["vcpu"], to["memory"], to["sku"]), Decimal(cpu["p995"]),
        Decimal(cpu["busiest"]), Decimal(kept["highest_cores"]), Decimal(memory["peak"]) if heard else None,
        None if kept["saving"] is None else Decimal(kept["saving"]), Decimal(kept.get("season_memory", 0)),
    )  # fmt: skip


# ---- the money ---------------------------------------------------------------------------------------------------


def money_of(case: Suggestion) -> Money | None:
    """What the line costs in a year and what it would; at the contract's prices of the day it was found.

    None where one of the products has no price by month or year.
    """
    contract, count = case.service.contract, Decimal(case.quantity_before)
    prices = prices_on(contract=contract, on=case.found_on)
    before, after = prices.get(case.sku_before), prices.get(case.to_sku)
    now, then = annual_fee(price=before, quantity=count), annual_fee(price=after, quantity=count)
    if before is None or now is None or (case.to_sku and (after is None or then is None)):
        return None
    months = MONTHS[before.per]
    unit, times = yuan(before.unit_price), f"{months}个月" if months > 1 else "1年"
    if after is not None and case.to_sku:
        if after.per != before.per:
            unit, times = f"{yuan(now / count)} − {yuan((then or 0) / count)}", "1年"
        else:
            unit = f"{unit} − {yuan(after.unit_price)}"
        unit = f"（{unit}）"
    else:
        unit = f" {unit} "
    words = f"{count.normalize():f}{case.service.measure} ×{unit}× {times}，合同{contract.number}"
    return Money(now, then if case.to_sku and then is not None else Decimal("0.00"), words)
