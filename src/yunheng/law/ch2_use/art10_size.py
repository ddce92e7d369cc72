"""Article 10, second paragraph: machines and disks that are larger than their use, and smaller than it.

    cores needed = the largest of   P99.5 of the hours ÷ 70 %
                                    the busiest hour   ÷ 90 %
                                    the highest daily maximum kept (400 days), which no advice may go below

The guard on the busiest hour does most of the work, the longer window the rest; no window sees a period longer than
itself, so a declared business calendar goes before (art10_season). Memory is judged only by what the guest says that
it can still give: what a hypervisor calls active is no ground for shrinking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from yunheng.law.ch2_use.art10_use import HUNDRED, Spread, percent, plain
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Size:
    """An item that can be had: cores, GiB of memory, its code, and its price in yuan a month where it has one."""

    vcpu: int
    memory: int = 0
    sku: str = ""
    monthly: Decimal | None = None


@dataclass(frozen=True)
class Load:
    """A machine of size ``now`` in a window: CPU in % of its cores, memory in % of the guest's (None: no guest data).

    ``highest`` is the highest daily maximum kept, in cores. ``sibling`` is the P99.5 of the busiest machine in the
    same role, in % of that machine's cores: one stands in for the other. ``ladder`` is what the catalogue offers.
    ``season`` is the most memory (GiB) that the last declared busy periods took; their cores are in ``highest``.
    """

    now: Size
    cpu: Spread
    highest: Decimal
    ladder: Sequence[Size]
    memory: Spread | None = None
    sibling: Decimal | None = None
    season: Decimal = Decimal(0)


def cores_needed(facts: Load, p: Parameters) -> Decimal:
    """How many cores the load asks for; the exact size is not rounded up to anything here."""
    usual = facts.cpu.p995 if facts.sibling is None else max(facts.cpu.p995, facts.sibling)
    cores = facts.now.vcpu / HUNDRED
    return max(
        usual * cores / Decimal(p["oversized_target"]),
        facts.cpu.busiest * cores / Decimal(p["oversized_target_peak"]),
        facts.highest,
    )


def memory_needed(facts: Load, p: Parameters) -> Decimal:
    """GiB: all it has without the guest's word, else the highest use and the reserve."""
    if facts.memory is None:
        return Decimal(facts.now.memory)
    return max(
        facts.memory.peak * facts.now.memory / HUNDRED * (1 + Decimal(p["oversized_memory_reserve"])), facts.season
    )


def next_size(facts: Load, *, vcpu: Decimal, memory: Decimal) -> Size | None:
    """The smallest real item that bears both and is no larger than the present one in either; None: there is none."""
    fits = [
        size
        for size in facts.ladder
        if vcpu <= size.vcpu <= facts.now.vcpu and memory <= size.memory <= facts.now.memory
    ]
    smaller = (size for size in fits if (size.vcpu, size.memory) != (facts.now.vcpu, facts.now.memory))
    return min(smaller, key=lambda size: (size.vcpu, size.memory, size.sku), default=None)


@rule(art(10, 2), Force.MUST)
def cpu_oversized(facts: Load, p: Parameters) -> Finding:
    """Oversized when a real item with at most half of the cores bears the load, and the memory that the guest asks for.

    Catalogues pair cores and memory; without the guest's word the item has to have all the memory that there is now.
    """
    need = cores_needed(facts, p)
    limit = facts.now.vcpu * p["oversized_share"]
    found = next_size(facts, vcpu=need, memory=memory_needed(facts, p))
    small = found is not None and found.vcpu <= limit
    rows = (
        Row("P99.5", f"÷ {percent(p['oversized_target'])}", f"{plain(facts.cpu.p995)}%", "已计入"),
        Row("最忙的一小时", f"÷ {percent(p['oversized_target_peak'])}", f"{plain(facts.cpu.busiest)}%", "已计入"),
        Row("日最高值", "不低于", f"{_cores(facts.highest)}核", "已计入"),
        *([] if facts.sibling is None else [Row("同用途机器", "可由本机接替", f"{plain(facts.sibling)}%", "已计入")]),
        *(
            []
            if facts.memory is None
            else [Row("内存最高用量", "新规格须够用", f"{plain(facts.memory.peak)}%", "已计入")]
        ),
        Row("所需核数", "取最大者", f"{_cores(need)}核", "可降" if small else "不可降", hit=not small),
    )
    if small and found is not None:
        return Finding("need", f"偏大：{facts.now.vcpu}核可降为{found.vcpu}核", rows)
    if need > limit:
        return Finding(
            "ok", f"大小合适：需要{_cores(need)}核，超过现有{facts.now.vcpu}核的{percent(p['oversized_share'])}", rows
        )
    return Finding("ok", f"需要{_cores(need)}核，目录中没有合适的更小规格", rows)


@rule(art(10, 2), Force.MUST)
def memory_oversized(facts: Load, p: Parameters) -> Finding:
    """As for the cores, with the guest's own figures alone."""
    if facts.memory is None:
        return Finding("undetermined", "没有操作系统内的内存数据，不作判断")
    need = memory_needed(facts, p)
    found = next_size(facts, vcpu=Decimal(facts.now.vcpu), memory=need)
    small = found is not None and found.memory <= facts.now.memory * p["oversized_share"]
    shown = f"{plain(facts.memory.peak)}%"
    rows = (Row("内存最高用量", f"＋ {percent(p['oversized_memory_reserve'])}", shown, "可降" if small else "不可降"),)
    if small and found is not None:
        return Finding("need", f"偏大：{facts.now.memory}GB可降为{found.memory}GB", rows)
    return Finding("ok", f"大小合适：需要{_cores(need)}GB", rows)


@rule(art(10, 2), Force.MUST)
def machine_undersized(facts: Load, p: Parameters) -> Finding:
    """A notice and no suggestion: no term, no loss. More resources go through article 9."""
    checks = [("CPU", facts.cpu, p["undersized_cpu"])]
    if facts.memory is not None:
        checks.append(("内存", facts.memory, p["undersized_memory"]))
    rows = tuple(
        Row(f"{what}的P95", f"> {percent(limit)}", f"{plain(seen.p95)}%", "超过", hit=True)
        for what, seen, limit in checks
        if seen.p95 > limit * HUNDRED
    )
    if rows:
        found = "、".join(f"{row.what}为{row.value}" for row in rows)
        return Finding("need", f"偏小提示：{found}；需要升配的，按第九条申请变更", rows)
    return Finding("ok", "未见偏小")


def _cores(value: Decimal) -> str:
    """Rounded up, so that nobody reads less than is needed."""
    return plain(value.quantize(Decimal("0.01"), "ROUND_UP"))
