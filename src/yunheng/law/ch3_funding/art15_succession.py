"""Article 15 where a unit, a system or a contract is followed by another: the service goes on, the account as well.

The text is silent on succession (R-023). Read by 15.1, charging follows actual use: the service ends on the day and its
successor begins on it, so that no day is charged twice and none is lost. What is free is not followed by what is paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

SUBJECTS = (
    ("renamed", "单位更名"),
    ("unit_merged", "单位合并"),
    ("unit_split", "单位分设"),
    ("unit_abolished", "单位撤销"),
    ("system_moved", "系统移交"),
    ("system_split", "系统拆分"),
    ("system_merged", "系统合并"),
    ("contract_renewed", "合同续签"),
)
OF_WHOLE_UNIT = ("unit_merged", "unit_abolished")  # every system of the unit goes
BETWEEN_UNITS = ("unit_merged", "unit_split", "unit_abolished", "system_moved")
BETWEEN_SYSTEMS = ("system_split", "system_merged")


@dataclass(frozen=True)
class Heir:
    """A service on the day of succession, and the contract under which its successor goes on."""

    service: str
    opened_on: date
    closed_on: date | None
    trial: bool
    contract: str
    contract_from: date
    contract_to: date  # the first day on which it no longer holds
    priced: bool  # the contract has a price for the product on the day
    buyer_fits: bool  # the fund's contract, or one of the unit that follows
    lane_fits: bool = True  # what is covered goes on under a contract of the fund
    same_provider: bool = True


@dataclass(frozen=True)
class Handover:
    """All that follows on one day, under a basis document."""

    on: date
    basis: str
    heirs: Sequence[Heir]
    needs_heirs: bool  # a renewal without a service would be none


@rule(art(15, 1), Force.MUST)
def succession_seamless(facts: Handover, p: Parameters) -> Finding:
    """Each service runs on the day and goes on under a contract in force with a price; trials are not followed."""
    wrong = [words for heir in facts.heirs for words in _wrong(heir, facts.on)]
    rows = [
        Row("依据文件", facts.basis.strip() or "承继须有依据", "有" if facts.basis.strip() else "—",
            "满足" if facts.basis.strip() else "缺"),
        Row("承继的服务", f"{facts.on} 起由后继服务承接", f"{len(facts.heirs)} 项", "不满足" if wrong else "满足", hit=bool(wrong)),
    ]  # fmt: skip
    if not facts.basis.strip():
        wrong.insert(0, "写明承继的依据文件")
    if facts.needs_heirs and not facts.heirs:
        wrong.append("没有可以承继的服务")
    if wrong:
        return Finding("fail", "；".join(wrong), tuple(rows))
    return Finding("ok", "各项服务当日终止、当日承接，不重复计费，也不中断", tuple(rows))


def _wrong(heir: Heir, on: date) -> list[str]:
    found = []
    if not (heir.opened_on <= on and (heir.closed_on is None or on < heir.closed_on)):
        found.append(f"{heir.service}在{on}没有运行")
    if heir.trial:
        found.append(f"{heir.service}是免费试用，不承继，先停止或转为正式服务")
    if not heir.contract_from <= on < heir.contract_to:
        found.append(f"{heir.service}：合同{heir.contract}在{on}不在服务期内")
    elif not heir.priced:
        found.append(f"{heir.service}：合同{heir.contract}在{on}没有该产品的价格")
    if not heir.buyer_fits:
        found.append(f"{heir.service}：合同{heir.contract}由原单位自行采购，写明接收单位的合同")
    if not heir.lane_fits:
        found.append(f"{heir.service}纳入统筹，合同{heir.contract}不是统筹采购的")
    if not heir.same_provider:
        found.append(f"{heir.service}：合同{heir.contract}是另一云服务商的，更换云服务商按迁移办理")
    return found
