"""Article 8 after the release: how long a plug-in is silent, whether it is silent alone, and what its return shows.

    heard ─ late ─ silent ─ suspected          late and silent are known to the reader and tell nobody;
                                               suspected opens a case, and a person decides what it was (24.1.4)

Many that fall silent together are a network or we ourselves, not so many uninstallings. The absence of a goodbye proves
nothing; an agent that began anew while the machine ran on, and left a gap that nobody filled, is the strongest sign.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

Standing = Literal["never", "heard", "late", "silent", "suspected"]
STANDINGS: dict[Standing, tuple[str, str]] = {
    "never": ("尚未上报", "grey"), "heard": ("正常上报", "ok"), "late": ("上报延迟", "soon"),
    "silent": ("停止上报", "back"), "suspected": ("疑似卸载", "bad"),
}  # fmt: skip
Shown = Literal["network", "reboot", "stopped", "unknown"]
SHOWN: dict[Shown, str] = {
    "network": "数据已补报，属网络或平台中断",
    "reboot": "主机重新启动，未见插件被停的迹象",
    "stopped": "主机一直运行，插件在此期间停过",
    "unknown": "数据没有补报，原因不明",
}


def standing(heard_at: datetime | None, at: datetime, p: Parameters) -> Standing:
    """How a plug-in stands at a moment, by the platform's clock alone."""
    if heard_at is None:
        return "never"
    silent = at - heard_at
    if silent >= timedelta(hours=p["heartbeat_hours"]):
        return "suspected"
    if silent >= timedelta(minutes=p["silent_after"]):
        return "silent"
    return "late" if silent >= p["late_after"] * timedelta(minutes=p["heartbeat_interval"]) else "heard"


def together(heard_at: datetime, others: Iterable[Iterable[datetime]], p: Parameters) -> bool:
    """Whether it fell silent with so many of its network that this is an outage.

    ``others`` are all other plug-ins there: of each the moment at which it was heard last, and at which it had fallen
    silent before, for of an outage some come back earlier.
    """
    near, count, fell = timedelta(minutes=p["silent_after"]), 0, 0
    for moments in others:
        count += 1
        fell += any(abs(moment - heard_at) < near for moment in moments)
    return bool(fell >= p["outage_least"] and fell >= p["outage_share"] * count)


@dataclass(frozen=True)
class Gap:
    """A silence that ended. Before and after it: when the machine had started, when the agent had (None: not known)."""

    since: datetime
    until: datetime
    backfilled: bool
    booted: tuple[datetime | None, datetime | None] = (None, None)
    started: tuple[datetime | None, datetime | None] = (None, None)


def shown_by(gap: Gap, p: Parameters) -> Shown:
    """What the return shows. Moments of starting are worked out by the machine anew each time, so a little apart is the
    same; what is not known on both sides shows nothing."""
    if gap.backfilled:
        return "network"
    if _anew(gap.booted, p):
        return "reboot"
    return "stopped" if _anew(gap.started, p) and None not in gap.booted else "unknown"


def _anew(pair: tuple[datetime | None, datetime | None], p: Parameters) -> bool:
    before, after = pair
    if before is None or after is None:
        return False
    return abs(after - before) >= timedelta(minutes=p["heartbeat_interval"])


@rule(art(8), Force.MUST)
def plugin_back(facts: tuple[date | None, date], p: Parameters) -> Finding:
    """``facts``: the day on which the plug-in was heard last, and today. It sends again within the hours of a release."""
    heard_on, on = facts
    back = heard_on is not None and (on - heard_on).days * 24 <= p["heartbeat_hours"]
    rows = (
        Row("插件最近上报", f"不早于{p['heartbeat_hours']}小时前", f"{heard_on or '无'}", "满足" if back else "不满足",
            hit=not back),
    )  # fmt: skip
    return Finding("ok" if back else "fail", "插件已恢复上报" if back else "插件还没有恢复上报", rows)
