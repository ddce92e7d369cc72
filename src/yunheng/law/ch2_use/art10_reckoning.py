"""Article 10, second paragraph: how the size that is suggested was reckoned, line by line, for those who have to answer.

The rules decide (art10_size); this says the same arithmetic out loud, from the figures frozen with the suggestion.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.ch2_use.art10_use import HUNDRED, percent, plain
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Row


@dataclass(frozen=True)
class Reckoned:
    """A machine and the size suggested: P99.5 and busiest hour of its CPU in %, its highest daily maximum in cores.

    ``memory`` is the guest's highest use in % (None: not heard); ``saving`` in yuan a month (None: no price); ``season``
    the GiB of the last declared busy periods.
    """

    now: Size
    to: Size
    usual: Decimal
    busiest: Decimal
    highest: Decimal
    memory: Decimal | None = None
    saving: Decimal | None = None
    season: Decimal = Decimal(0)


def cores_reckoned(facts: Reckoned, p: Parameters) -> tuple[Row, ...]:
    """Fewer cores: what each figure asks for, the item that bears the largest, whether it is worth to be said."""
    cores = facts.now.vcpu
    parts = [
        ("按P99.5需要", facts.usual, p["oversized_target"]), ("按最忙一小时需要", facts.busiest, p["oversized_target_peak"]),
    ]  # fmt: skip
    needs = [
        (what, f"{cores}核 × {plain(seen)}% ÷ {percent(share)}", seen * cores / HUNDRED / share)
        for what, seen, share in parts
    ]
    needs.append(("按日最高值需要", f"近{p['advice_memory_of_peaks'].n}天的日最高值", facts.highest))
    most = max(need for _, _, need in needs)
    rows = [
        Row(what, how, f"{up(need)}核", "取较大值" if need == most else "较小", hit=need == most)
        for what, how, need in needs
    ]
    bears = f"{up(most)}核 ≤ {facts.to.vcpu}核；{_memory(facts, p)}"
    less = f"{facts.to.vcpu}核 ≤ 现有{cores}核的{percent(p['oversized_share'])}"
    return (*rows, _item(facts, bears), _worth(facts, less, p))


def memory_reckoned(facts: Reckoned, p: Parameters) -> tuple[Row, ...]:
    """Less memory: the guest's highest use and the reserve, the item that has it, whether it is worth to be said."""
    assert facts.memory is not None
    need, size = _asked(facts, p), facts.now.memory
    how = f"{size}G × {plain(facts.memory)}% ×（1＋{percent(p['oversized_memory_reserve'])}）"
    less = f"{facts.to.memory}G ≤ 现有{size}G的{percent(p['oversized_share'])}"
    first = Row("按最高用量需要", how, f"{up(need)}G", "已含余量", hit=need >= facts.season)
    last = (Row("上一次业务高峰期最高", "不低于", f"{up(facts.season)}G", "已计入", hit=need < facts.season),)
    item = _item(facts, f"{up(max(need, facts.season))}G ≤ {facts.to.memory}G")
    return first, *(last if facts.season else ()), item, _worth(facts, less, p)


def _asked(facts: Reckoned, p: Parameters) -> Decimal:
    return (facts.memory or Decimal(0)) * facts.now.memory / HUNDRED * (1 + Decimal(p["oversized_memory_reserve"]))


def _memory(facts: Reckoned, p: Parameters) -> str:
    if facts.memory is None:
        return f"没有操作系统内的内存数据，内存不减少（{facts.to.memory}G）"
    return f"内存最高用量加余量{up(max(_asked(facts, p), facts.season))}G ≤ {facts.to.memory}G"


def _item(facts: Reckoned, how: str) -> Row:
    return Row("目录中最小可用规格", how, f"{facts.to.vcpu}核{facts.to.memory}G", "选定", hit=True)


def _worth(facts: Reckoned, less: str, p: Parameters) -> Row:
    saved = "" if facts.saving is None else f"；每台每月节约{facts.saving:,.2f} ≥ {p['advice_floor']:,.2f}元"
    return Row("是否值得提出", f"{less}{saved}", "是", "满足", hit=True)


def up(value: Decimal) -> str:
    """Two places, rounded up, so that nobody reads less than is needed."""
    return plain(value.quantize(Decimal("0.01"), "ROUND_UP"))
