"""Article 13, second and third paragraphs: who pays, as a decision table read from the top; the first row decides.

| row | situation                                                        | result                                   |
|-----|------------------------------------------------------------------|------------------------------------------|
| 0   | the unit does not ask for coverage                               | own (13.4)                               |
| 1   | temporary, with the consent of the city government               | covered for its period only (12.1)       |
| 8   | coverage ended by a decision that stands                         | own: it never comes back by itself       |
| 2   | a system of a district                                           | own (13.2 speaks of municipal systems)   |
| 3   | in operation, the unit's own asset, not bought as a service      | covered (13.2)                           |
| 4   | running when the measures took effect, accepted, money too short | covered for what is lacking (13.3, R-009)|
| 5   | not yet in operation                                             | own: the project pays (13.2)             |
| 6   | bought as a service                                              | own: the project pays (13.2)             |
| 7   | in operation, somebody else's asset                              | own (13.4)                               |

"Before the measures were issued" (13.3) is read strictly: begun before that day, and not accepted before it. 可 gives
the bureau a choice: the table says what is possible, the approver decides. Row 8 came last and stands third, since the
numbers of the others are in stored verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from yunheng.law.kernel.citation import Cite, Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Standing:
    """The facts of the register that decide on coverage, on one day, each with the paper that shows it.

    ``cloud_money`` is what the project's contract sets aside for cloud services, ``needed`` what they cost, in yuan.
    """

    asked: bool
    level: str
    phase: str
    asset_owner: str
    built_by: str
    started_on: date | None
    accepted_on: date | None
    cloud_money: Decimal | None
    needed: Decimal
    temporary_consent: str = ""
    ended: str = ""  # the case by which coverage ended, while nobody has restored it
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The row that was hit, and what follows. Undetermined: a fact lacks that would decide."""

    row: int
    covered: bool
    sentence: str
    cite: Cite
    determined: bool = True


def running_before(facts: Standing, p: Parameters) -> bool:
    """Whether the project was being carried out when the measures took effect (13.3)."""
    day = p["in_force_from"]
    begun = facts.started_on is not None and facts.started_on < day
    return begun and (facts.accepted_on is None or facts.accepted_on >= day)


def decide(facts: Standing, p: Parameters) -> Decision:
    """Read the table from the top; the first row that fits decides."""
    operated, bought = facts.phase == "operation", facts.built_by == "purchased"
    accepted = running_before(facts, p) and facts.phase in ("accepted", "operation")
    unknown = accepted and facts.cloud_money is None
    short = accepted and facts.cloud_money is not None and facts.cloud_money < facts.needed
    lacking = "技术验收后费用不足部分可纳入市级统筹保障"
    if unknown:
        lacking = "无法判断是否纳入：没有登记项目实施费用中的云服务费"
    # fmt: off
    table: tuple[tuple[bool, int, bool, str, Cite], ...] = (
        (not facts.asked,                                         0, False, "单位未申请纳入，由用户单位保障",         art(13, 4)),
        (bool(facts.temporary_consent),                           1, True,  "经市政府同意的临时服务，在批准的期间内纳入市级统筹保障", art(12, 1)),
        (bool(facts.ended),                                       8, False, f"统筹保障已由{facts.ended}决定移出，尚未恢复",    art(13, 2)),
        (facts.level != "municipal",                              2, False, "区级系统，不纳入市级统筹保障",           art(13, 2)),
        (operated and facts.asset_owner == "unit" and not bought, 3, True,  "可纳入市级统筹保障",                     art(13, 2)),
        (short or unknown,                                        4, short, lacking,                                  art(13, 3)),
        (not operated,                                            5, False, "未进入运维期，费用包含在项目费用中",     art(13, 2)),
        (bought,                                                  6, False, "以购买服务方式使用，费用包含在项目费用中", art(13, 2)),
        (True,                                                    7, False, "资产不属于用户单位，由用户单位保障",     art(13, 4)),
    )
    # fmt: on
    row, covered, sentence, cite = next(line[1:] for line in table if line[0])
    return Decision(row, covered, sentence, cite, determined=not (row == 4 and unknown))


PHASES = {"implementation": "实施期", "accepted": "技术验收后", "operation": "运维期"}
OWNERS = {"unit": "用户单位", "supplier": "承建或服务商", "other": "其他"}
WAYS = {"self": "自建", "purchased": "购买服务"}


def _rows(facts: Standing, found: Decision, p: Parameters) -> tuple[Row, ...]:
    """The facts with their evidence, and the arithmetic where money decided."""
    shown = {
        "level": "单位登记",
        "phase": f"技术验收{facts.accepted_on or '—'}",
        "asset_owner": "系统登记",
        "built_by": "系统登记",
    }
    shown |= {key: words for key, words in facts.evidence.items() if words}
    # fmt: off
    tests = [
        ("市级单位",           "level",       "市级" if facts.level == "municipal" else "区级", facts.level == "municipal"),
        ("系统处于运维期",     "phase",       PHASES[facts.phase],                            facts.phase == "operation"),
        ("资产归属于用户单位", "asset_owner", OWNERS[facts.asset_owner],                      facts.asset_owner == "unit"),
        ("不属于购买服务方式", "built_by",    WAYS[facts.built_by],                           facts.built_by == "self"),
    ]
    # fmt: on
    rows = [Row(what, shown[key], value, "满足" if fits else "不满足") for what, key, value, fits in tests]
    if facts.temporary_consent:
        rows.insert(0, Row("市政府同意", facts.temporary_consent, "有", "满足", hit=found.row == 1))
    if found.row == 4:
        begun = f"{facts.started_on} ＜ {p['in_force_from']}"
        rows.append(Row("本办法施行前已处于实施期", begun, f"{facts.started_on}", "满足"))
        money = facts.cloud_money
        how = "未登记" if money is None else f"{money:,.2f} ＜ {facts.needed:,.2f}"
        lacking = "—" if money is None else f"不足{facts.needed - money:,.2f}元"
        rows.append(Row("实施费用中的云服务费", how, lacking, "满足" if found.covered else "无法判断", hit=True))
    return tuple(rows)


def row_of(foot: Sequence[str]) -> int | None:
    """The row that a stored verdict says was hit; None where the unit did not ask."""
    found = next((match for words in foot if (match := re.fullmatch(r"第(\d+)行命中", words))), None)
    return int(found[1]) if found else None


@rule(art(13, 2), Force.MAY)
def coverage(facts: Standing, p: Parameters) -> Finding:
    """The table with its evidence; a result that says own is no failure, it names who pays."""
    found = decide(facts, p)
    foot = (f"第{found.row}行命中", f"依据{found.cite}") if found.row else ()
    return Finding("ok" if found.determined else "undetermined", found.sentence, _rows(facts, found, p), foot)
