"""第十三条: whether services are covered by the municipal fund, as a decision table read from the top.

1 district unit            → own
2 bought as a service      → own, the cost belongs to the project (13.2)
3 in operation, unit's asset → covered (13.2)
4 running project, accepted, money too short → covered from acceptance for what is lacking (13.3, R-009)
5 not in operation         → own, the cost belongs to the project (13.2)
6 all else                 → own (13.4)
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

IN_FORCE = date(2025, 1, 1)  # replaced by the day of promulgation (26)


@dataclass(frozen=True)
class Standing:
    """The facts of the register that decide on coverage, on one day."""

    asked: bool
    level: str
    phase: str
    asset_owner: str
    built_by: str
    started_on: date | None
    accepted_on: date | None
    cloud_money: Decimal | None
    needed: Decimal


@dataclass(frozen=True)
class Decision:
    """The row that was hit, and what follows."""

    row: int
    covered: bool
    sentence: str


def decide(f: Standing) -> Decision:
    """Read the table from the top; the first row that fits decides."""
    running = f.started_on is not None and f.started_on < IN_FORCE
    short = f.cloud_money is not None and f.cloud_money < f.needed
    # fmt: off
    table = (
        (not f.asked,                                             0, False, "单位未申请纳入，由用户单位保障"),
        (f.level != "municipal",                                  1, False, "区级系统，不纳入市级统筹保障"),
        (f.built_by == "purchased",                               2, False, "以购买服务方式使用，费用包含在项目费用中"),
        (f.phase == "operation" and f.asset_owner == "unit",      3, True,  "可纳入市级统筹保障"),
        (running and f.phase == "accepted" and short,             4, True,  "技术验收后费用不足部分可纳入市级统筹保障"),
        (f.phase != "operation",                                  5, False, "未进入运维期，费用包含在项目费用中"),
        (True,                                                    6, False, "资产不属于用户单位，由用户单位保障"),
    )
    # fmt: on
    return next(Decision(row, covered, sentence) for fits, row, covered, sentence in table if fits)


@rule(art(13, 2), Force.MAY)
def coverage(facts: Standing, p: Parameters) -> Finding:
    """The table with its evidence; a result that says own is no failure, it names who pays."""
    found = decide(facts)
    phases = {"implementation": "实施期", "accepted": "技术验收后", "operation": "运维期"}
    owners = {"unit": "用户单位", "supplier": "承建或服务商", "other": "其他"}
    # fmt: off
    tests = (
        ("市级单位",           "单位登记", "市级" if facts.level == "municipal" else "区级", facts.level == "municipal"),
        ("系统处于运维期",     f"技术验收 {facts.accepted_on or '—'}", phases[facts.phase], facts.phase == "operation"),
        ("资产归属于用户单位", "系统登记", owners[facts.asset_owner], facts.asset_owner == "unit"),
        ("不属于购买服务方式", "系统登记", "自建" if facts.built_by == "self" else "购买服务", facts.built_by == "self"),
    )
    # fmt: on
    rows = tuple(Row(what, how, value, "满足" if fits else "不满足") for what, how, value, fits in tests)
    foot = (f"第 {found.row} 行命中",) if found.row else ()
    return Finding("ok", found.sentence, rows, foot)
