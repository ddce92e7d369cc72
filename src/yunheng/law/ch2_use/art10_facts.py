"""Article 10: what the rules are asked about one machine on one day, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunheng.law.ch2_use.art10_idle import Attachment, Filling
from yunheng.law.ch2_use.art10_season import Season
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.ch2_use.art10_use import Spread
from yunheng.law.kernel.verdict import Verdict

RULE_SET = "10.2-3"  # rises whenever a rule is said differently; the figures carry their own dates
KINDS = (
    ("idle", "闲置"), ("cpu", "CPU偏大"), ("memory", "内存偏大"), ("unattached", "未挂载"), ("unused", "未使用"),
    ("disk", "容量偏大"), ("bandwidth", "带宽偏大"), ("undersized", "偏小"),
)  # fmt: skip
ISSUED = ("idle", "cpu", "memory", "unattached", "unused")  # what a suggestion can be about; the others only inform
RESULTS = (("advise", "建议"), ("inform", "提示"), ("quiet", "无建议"), ("undetermined", "不作判断"))


@dataclass(frozen=True)
class Watched:
    """One machine on one day. ``short`` and ``full`` are its CPU in the two windows, in % of its cores.

    ``steady_days`` are whole days in its present size; ``highest`` its highest daily maximum kept, in cores;
    ``sibling`` the P99.5 of the busiest machine of the same role; ``advised_on`` the last suggestion or change.
    """

    now: Size
    season: Season
    age_days: int
    steady_days: int
    short: Spread | None
    full: Spread | None
    network: Spread | None
    disk: Spread | None
    memory: Spread | None
    highest: Decimal
    ladder: tuple[Size, ...]
    role: str = ""
    sibling: Decimal | None = None
    advised_on: date | None = None


@dataclass(frozen=True)
class Thing:
    """What is no machine with a size, on one day. ``sort`` as ``art02_services.measured_as``; ``now`` has its price alone.

    ``unknown`` says why nothing of it can be measured; ``bought`` are bytes per second of bandwidth.
    """

    sort: str
    now: Size
    season: Season
    age_days: int
    steady_days: int
    network: Spread | None
    filling: Filling | None
    attachment: Attachment
    bought: Decimal | None = None
    unknown: str = ""
    advised_on: date | None = None


@dataclass(frozen=True)
class Advice:
    """What is said of one kind: ``result`` of RESULTS, the verdict that decided, the size proposed, the saving.

    ``saving`` is in yuan a month; None where the present or the proposed size has no price. ``ask`` says that the
    unit is first asked for a periodic peak.
    """

    kind: str
    result: str
    verdict: Verdict
    to: Size | None = None
    saving: Decimal | None = None
    ask: bool = False
