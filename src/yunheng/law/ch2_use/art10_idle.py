"""Article 10, second paragraph: what is paid for and not used: idle machines, disks and lines.

Quiet is not idle: a machine that only answers others is quiet by its CPU alone. What tells them apart is the network,
so every limit has to hold at once, the high ones (peaks) as well as the usual ones (P95).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from yunheng.law.ch2_use.art10_use import HUNDRED, Spread, percent, plain
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

# Machines that have to stand still until something happens.
RESERVES = (("standby", "备机"), ("disaster", "灾备"), ("backup", "备份"))


def role_named(word: str) -> str:
    """What a machine is for, as somebody wrote it: one of RESERVES, or the word itself, which groups its machines."""
    return next((code for code, zh in RESERVES if word in (code, zh)), word)


@dataclass(frozen=True)
class Quiet:
    """A machine in the window: CPU in % of its cores, the rest in bytes per second; None was not heard."""

    cpu: Spread
    network: Spread | None
    disk: Spread | None
    role: str = ""


@rule(art(10, 2), Force.MUST)
def machine_idle(facts: Quiet, p: Parameters) -> Finding:
    """Idle when CPU, network and disk are all quiet, at their peaks too, and its role is not to stand by."""
    role, flow = dict(RESERVES).get(facts.role, ""), facts.network
    rows = (
        _below("CPU的P95", facts.cpu.p95 / HUNDRED, p["idle_cpu"]),
        _below("CPU最高值", facts.cpu.peak / HUNDRED, p["idle_cpu_peak"]),
        *([] if flow is None else [_flow("网络收发的P95", flow.mean_p95, p["idle_network"])]),
        *([] if flow is None else [_flow("网络最高的一小时", flow.mean_peak, p["idle_network_peak"])]),
        *([] if facts.disk is None else [_flow("磁盘写入的P95", facts.disk.mean_p95, p["idle_disk_write"])]),
        Row("用途", "非备机、灾备、备份", role or "一般", "不满足" if role else "满足", hit=bool(role)),
    )
    against = [f"{row.what}为{row.value}" for row in rows if row.hit]
    if role and len(against) == 1:
        return Finding("ok", f"{role}平时没有负载，不算闲置", rows)
    if against:
        return Finding("ok", f"在用：{'、'.join(against)}", rows)
    if flow is None:
        return Finding("undetermined", "没有网络数据：CPU低不等于闲置，不作判断", rows)
    return Finding("need", "闲置：CPU、网络和磁盘都没有业务活动", rows)


@dataclass(frozen=True)
class Attachment:
    """A disk: for how many whole days nothing has been attached to it; None while something is.

    ``unsure`` says why the inventories prove no more than that; see ``art10_listed``.
    """

    free_days: int | None
    unsure: str = ""


@rule(art(10, 2), Force.MUST)
def disk_unattached(facts: Attachment, p: Parameters) -> Finding:
    """A disk that no machine has used for the whole window. What nobody said is never taken for unattached."""
    days = p["advice_window"].n
    if facts.unsure and (facts.free_days is None or facts.free_days < days):
        return Finding("undetermined", f"{facts.unsure}，不作判断")
    if facts.free_days is None:
        return Finding("ok", "已挂载")
    row = Row("未挂载天数", f"≥ {days}", f"{facts.free_days}", "未满", hit=False)
    if facts.free_days < days:
        return Finding("ok", f"未挂载{facts.free_days}天，不足{days}天", (row,))
    return Finding("need", f"未挂载已{facts.free_days}天", (Row(row.what, row.how, row.value, "已满", hit=True),))


@dataclass(frozen=True)
class Filling:
    """A disk in the long window: the highest use in % on its first and on its last days, and since when it is seen.

    ``heard_days`` of the days seen have a figure, ``highest`` is the highest of all; None: all of them, none higher.
    """

    first: Decimal
    last: Decimal
    seen_days: int
    heard_days: int | None = None
    highest: Decimal | None = None


@rule(art(10, 2), Force.MUST)
def disk_oversized(facts: Filling, p: Parameters) -> Finding:
    """Little used and not growing. A disk cannot shrink, so it is a word for the next change and no suggestion."""
    days, growth = p["advice_window_disk"].n, (facts.last - facts.first) / HUNDRED
    if facts.seen_days < days:
        return Finding("undetermined", f"只有{facts.seen_days}天的数据，不足{days}天，不作判断")
    heard = Decimal(facts.seen_days if facts.heard_days is None else facts.heard_days) / facts.seen_days
    if heard < p["advice_coverage"]:
        return Finding("undetermined", f"近{facts.seen_days}天只有{percent(heard)}的日子有数据，不作判断")
    used = max(facts.first, facts.last, facts.highest or facts.last) / HUNDRED
    rows = (
        _below("已用", used, p["disk_used"]),
        _row("窗口内增长", f"≤ {percent(p['disk_growth'])}", percent(growth), growth <= p["disk_growth"]),
    )
    if any(row.hit for row in rows):
        return Finding("ok", f"大小合适：已用{percent(used)}，增长{percent(growth)}", rows)
    return Finding("need", f"偏大：已用{percent(used)}，没有增长；下次变更时一并考虑", rows)


@dataclass(frozen=True)
class Line:
    """An address or a balancer in the window: its traffic, and how many back-ends it has (None: it has none to have)."""

    network: Spread | None
    back_ends: int | None = None


@rule(art(10, 2), Force.MUST)
def line_unused(facts: Line, p: Parameters) -> Finding:
    """No back-end, or nothing but noise in its busiest hour."""
    if facts.back_ends == 0:
        return Finding("need", "整个窗口没有绑定，也没有后端", (Row("绑定或后端", "≥ 1", "0", "不满足", hit=True),))
    if facts.network is None:
        return Finding("undetermined", "没有流量数据，不作判断")
    row = _flow("流量最高的一小时", facts.network.mean_peak, p["bandwidth_traffic"], inclusive=True)
    if row.hit:
        return Finding("ok", f"在用：{row.what}为{row.value}", (row,))
    return Finding("need", "整个窗口没有流量", (row,))


def _below(what: str, share: Decimal, limit: Decimal) -> Row:
    return _row(what, f"< {percent(limit)}", percent(share), share < limit)


def _flow(what: str, value: Decimal, limit: int, *, inclusive: bool = False) -> Row:
    holds = value <= limit if inclusive else value < limit
    return _row(what, f"{'≤' if inclusive else '<'} {limit:,}字节/秒", f"{plain(value)}字节/秒", holds)


def _row(what: str, how: str, value: str, holds: bool) -> Row:
    """A row decides when it speaks against."""
    return Row(what, how, value, "满足" if holds else "超过", hit=not holds)
