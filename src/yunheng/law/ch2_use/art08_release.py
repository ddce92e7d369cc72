"""Article 8: what must be in order before a system goes live, and stays so while it is out there.

Every condition is green with its evidence, or red with its reason; 应 has no waiver. A conclusion holds up to and
including its last day; the plug-in of every running compute resource was heard within the hours of the parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from yunheng.law.ch2_use.art08_evidence import KINDS, NOT_REQUIRED, conclusion_zh, good_enough
from yunheng.law.ch4_security.art21_data import Data, data_declared
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

State = Literal["green", "red", "none"]  # none: not required, with level and ground, confirmed
OUTCOMES = {"green": "满足", "red": "不满足", "none": "不需要"}
NAMED = 3  # so many resources are named one by one


@dataclass(frozen=True)
class Assessed:
    """The latest result of an assessment; empty when there is none. ``level`` is that of the day of the result."""

    kind: str
    conclusion: str = ""
    concluded_on: date | None = None
    valid_until: date | None = None
    confirmed: bool = False  # by the centre, where it is said to be not required
    level: int = 0


@dataclass(frozen=True)
class Resource:
    """An instance of a running compute resource: since when it runs, and when its plug-in was heard last.

    ``doubted``: its data were found to be false, and nobody has seen them mended (24.1.4); they do not count.
    """

    name: str
    opened_at: datetime
    heard_at: datetime | None = None
    doubted: bool = False


@dataclass(frozen=True)
class Gate:
    """All that decides on a release at a moment, which is on the local day ``on``."""

    at: datetime
    on: date
    level: int
    assessed: Sequence[Assessed]
    resources: Sequence[Resource]  # instances of running compute resources
    running: int  # resources of any category
    data: Data | None
    released: bool = False  # what was opened within the hours of the parameter has still time to be heard


@dataclass(frozen=True)
class Condition:
    """One condition as the page shows it: state, evidence, last day, and the reason."""

    kind: str
    name: str
    state: State
    evidence: str
    reason: str
    valid_until: date | None = None


def conditions(facts: Gate, p: Parameters) -> list[Condition]:
    """Every condition of a release in the order of the article."""
    found = [_assessment(one, facts) for one in facts.assessed]
    judged = data_declared(facts.data, p)
    data = Condition("data", "数据分类分级", "green" if judged.holds else "red", judged.rows[0].value, judged.sentence)
    return [*found, _plugin(facts, p), data]


def _assessment(one: Assessed, facts: Gate) -> Condition:
    name = dict(KINDS)[one.kind]
    if not one.conclusion:
        return Condition(one.kind, name, "red", "—", f"没有{name}的结论")
    words = conclusion_zh(one.kind, one.conclusion)
    if one.conclusion == NOT_REQUIRED:
        if one.level != facts.level:
            return Condition(one.kind, name, "red", words, f"按{one.level}级认定，系统现为{facts.level}级")
        if not one.confirmed:
            return Condition(one.kind, name, "red", words, "待服务中心确认不需要")
        return Condition(one.kind, name, "none", words, f"{one.level}级，服务中心已确认不需要")
    evidence = f"{words}（{one.concluded_on}）"
    if not good_enough(one.kind, one.conclusion):
        return Condition(one.kind, name, "red", evidence, f"{name}结论为{words}", one.valid_until)
    if one.valid_until is not None and facts.on > one.valid_until:
        reason = f"{name}{one.valid_until.month}月{one.valid_until.day}日到期"
        return Condition(one.kind, name, "red", evidence, reason, one.valid_until)
    return Condition(one.kind, name, "green", evidence, "有结论，在有效期内", one.valid_until)


def _plugin(facts: Gate, p: Parameters) -> Condition:
    kind, name, hours = "plugin", "云资源监控插件", p["heartbeat_hours"]
    if not facts.running:
        return Condition(kind, name, "red", "—", "系统还没有在用的云资源")
    if not facts.resources:
        return Condition(kind, name, "green", "没有计算资源", "没有计算资源，无须安装")
    late = [one for one in facts.resources if _silent(one, facts, timedelta(hours=hours))]
    evidence = f"{len(facts.resources) - len(late)}／{len(facts.resources)} 个实例已上报"
    if not late:
        return Condition(kind, name, "green", evidence, f"各计算资源{hours}小时内均有上报")
    said = [f"{one.name}{_why(one, hours)}" for one in late[:NAMED]]
    more = f"，等 {len(late)} 个实例" if len(late) > NAMED else ""
    return Condition(kind, name, "red", evidence, "、".join(said) + more)


def _why(one: Resource, hours: int) -> str:
    if one.doubted:
        return "监测数据经认定失真"
    return "没有上报过" if one.heard_at is None else f"超过{hours}小时未上报"


def _silent(one: Resource, facts: Gate, span: timedelta) -> bool:
    if one.doubted:
        return True
    if one.heard_at is not None:
        return facts.at - one.heard_at > span
    return not (facts.released and facts.at - one.opened_at <= span)


@rule(art(8), Force.MUST)
def releasable(facts: Gate, p: Parameters) -> Finding:
    """All conditions of a release hold now; each that does not is named."""
    found = conditions(facts, p)
    rows = tuple(
        Row(one.name, one.evidence, f"{one.valid_until or '—'}", OUTCOMES[one.state], hit=one.state == "red")
        for one in found
    )
    red = [one.reason for one in found if one.state == "red"]
    if red:
        return Finding("fail", f"{'发布条件不再满足' if facts.released else '不能发布'}：{'；'.join(red)}", rows)
    return Finding("ok", "各项发布条件均已满足", rows)


def first_expiry(facts: Gate) -> date | None:
    """The nearest last day among the conclusions that hold."""
    days = [one.valid_until for one in facts.assessed if one.valid_until and one.valid_until >= facts.on]
    return min(days, default=None)
