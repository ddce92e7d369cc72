"""Articles 7, 13, 15 and 24: who pays for a day. Seven tests in order, the first that answers decides.

    opened_on            +30                     day 1 of the parallel run (new node opens)      day 61
    |── trial: nobody ───|── own extension: unit        |──────── old node as before ────────────|── unit ──

不得超过 60 in 15.2 is read so that day 60 is still within the limit and day 61 is the first beyond it; 不超过 30 in
7.2 likewise leaves day 30 free. What is beyond 60 days is the fee of the old node only (R-021). A confirmed day is
the first of the new node and the first that the old one no longer counts (R-005).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from yunheng.law.ch3_funding.art15_facts import Account, Terms, days_later
from yunheng.law.kernel.citation import Cite, Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

Party = Literal["fund", "unit", ""]
Reason = Literal["", "trial", "suspended", "migration", "once", "zero"]

UNCOVERED, COVERED = "art13-uncovered", "art15.1"
EXTENSION, PARALLEL = "art7.2-extension", "art15.2-parallel"


@dataclass(frozen=True)
class Payer:
    """Who pays ("" = nobody, then ``reason`` says why), under which rule."""

    party: Party
    rule: str = ""
    reason: Reason = ""


Test = Callable[[Account, date, Terms], Payer | None]


def trial(account: Account, day: date, terms: Terms) -> Payer | None:
    """Free days of a first deployment; a suspension does not stop the count."""
    service = account.service
    free = service.trial and day < days_later(service.opened_on, terms.trial)
    return Payer("", reason="trial") if free else None


def suspended(account: Account, day: date, terms: Terms) -> Payer | None:
    """Suspended under 24, unless the contract says that it is charged (R-006)."""
    found = account.condition("suspended", day)
    stopped = found is not None and bool(found.value) and not account.contract.charge_suspended
    return Payer("", reason="suspended") if stopped else None


def platform_move(account: Account, day: date, terms: Terms) -> Payer | None:
    """One of the two nodes of a move that the platform caused: never both are charged."""
    left = [m.confirmed_on for m in account.moves("platform", role="source") if m.confirmed_on]
    arrived = [m.confirmed_on for m in account.moves("platform", role="target")]
    awaited = any(on is None or day < on for on in arrived)
    gone = bool(left) and day >= min(left)
    return Payer("", reason="migration") if gone or awaited else None


def extension(account: Account, day: date, terms: Terms) -> Payer | None:
    """Days of a trial service beyond the free ones: the parties' own agreement."""
    return Payer("unit", EXTENSION) if account.service.trial else None


def unit_move(account: Account, day: date, terms: Terms) -> Payer | None:
    """The old node of a move that the unit caused, once the parallel run has lasted too long."""
    opened = [m.target_opened_on for m in account.moves("unit", role="source")]
    late = bool(opened) and day >= days_later(min(opened), terms.parallel)
    return Payer("unit", PARALLEL) if late else None


def lane(account: Account, day: date, terms: Terms) -> Payer | None:
    """Covered: the fund. Own: the unit, under the rule that moved it there."""
    found = account.condition("lane", day)
    if (found.value if found else account.service.lane) == "covered":
        return Payer("fund", COVERED)
    return Payer("unit", (found.rule if found else "") or UNCOVERED)


# fmt: off
TESTS: tuple[tuple[str, Test, str], ...] = (
    ("试用期",               trial,         "前30日免费试用"),
    ("暂停",                 suspended,     "整改期间暂停"),
    ("平台原因迁移",         platform_move, "新、老节点不重复计费"),
    ("试用延长",             extension,     "双方自行协商的延长"),
    ("业务原因迁移超过并行期", unit_move,     "老节点由用户单位承担"),
    ("统筹范围",             lane,          "按保障方式"),
)
# fmt: on

OWN_CITES = {UNCOVERED: art(13, 4), COVERED: art(15, 1)}
REASON_CITES = {"trial": art(7, 2), "suspended": art(24, 2), "migration": art(15, 2), "once": art(15, 1)}


def payer_of(account: Account, day: date, terms: Terms) -> Payer:
    """The payer of one day of the service's life."""
    return next(found for _, test, _ in TESTS if (found := test(account, day, terms)))


def cite_of(rule_name: str) -> Cite:
    """The article that a rule on a line names: art10.3 → 10.3, art7.2-extension → 7.2. Raises ValueError."""
    if rule_name in OWN_CITES:
        return OWN_CITES[rule_name]
    found = re.match(r"art(\d+(?:\.\d+)*)", rule_name)
    if not found:
        raise ValueError(f"no rule of an article: {rule_name!r}")
    return Cite.parse(found[1])


SENTENCES = {"fund": "由市级统筹资金承担", "unit": "由用户单位承担", "": "不计费"}


@rule(art(15, 1), Force.MUST)
def payer(facts: tuple[Account, date], p: Parameters) -> Finding:
    """Who pays for a day, with the tests in their order and the one that decided."""
    account, day = facts
    terms, rows, decided = Terms.of(p), [], Payer("")
    for what, test, how in TESTS:
        if test is extension and not account.service.trial:
            continue
        found = test(account, day, terms)
        word = "命中" if found else "不适用"
        value = {"fund": "市级统筹", "unit": "单位自付", "": "不计费"}[found.party] if found else "否"
        rows.append(Row(what, how, value, word, hit=found is not None))
        if found:
            decided = found
            break
    foot = ("依次判断，先命中者为准", f"依据{cite_of(decided.rule).zh}" if decided.rule else "无计费行")
    moved = cite_of(decided.rule) if decided.rule else REASON_CITES[decided.reason]
    cites = tuple(dict.fromkeys((moved, art(15, 1))))
    return Finding("ok", f"{day:%Y-%m-%d}{SENTENCES[decided.party]}", tuple(rows), foot, cites)
