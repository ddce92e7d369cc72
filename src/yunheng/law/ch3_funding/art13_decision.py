"""Article 13, the decision: what a request shows, whether it is possible, from which day, and with which money.

Coverage follows the unit's application (13.2), so it begins neither before the application nor before the facts; what a
running project lacks is covered from the day after its money is used up (13.3, R-009). It asks for head-room in the
year's money for the fund. Without it the source is recorded, or coverage begins with a year that can be budgeted for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from yunheng.law.ch3_funding.art13_coverage import Standing, coverage
from yunheng.law.ch3_funding.art13_coverage import decide as hit
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.money import round_fen, yuan
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period, year_of
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Request:
    """What a request shows: services that the unit pays for now, and the paper behind each fact."""

    own_services: int
    wished_on: date | None
    reason: str
    phase_evidence: str
    owner_evidence: str
    accepted_on: date | None = None


@rule(art(13, 2), Force.MUST)
def coverage_request_complete(facts: Request, p: Parameters) -> Finding:
    """Something to cover, a day, a reason, and a paper for the phase and for the owner; every gap at once."""
    gaps = [] if facts.own_services else ["系统没有由本单位保障的在用服务，不需要申请"]
    named = (
        (facts.reason, "写明申请事由"), (facts.phase_evidence, "写明所处阶段的依据"),
        (facts.owner_evidence, "写明资产归属和建设方式的依据"),
    )  # fmt: skip
    gaps += [words for text, words in named if not text.strip()]
    if facts.wished_on is None:
        gaps.append("写明希望纳入的日期")
    if gaps:
        return Finding("fail", "；".join(gaps))
    return Finding("ok", f"{facts.own_services}项在用服务申请自{facts.wished_on}起纳入市级统筹保障")


@rule(art(13, 2), Force.MUST)
def coverage_possible(facts: Standing, p: Parameters) -> Finding:
    """The decision table says that it can be covered; then the choice is the bureau's (可)."""
    found, verdict = hit(facts, p), coverage(facts, p)
    state = "undetermined" if not found.determined else "ok" if found.covered else "fail"
    return Finding(state, verdict.sentence, verdict.rows, verdict.foot)  # type: ignore[arg-type]


@dataclass(frozen=True)
class NamedDay:
    """A day on which coverage is to begin, and what it may not come before, each with its words."""

    day: date
    bounds: Sequence[tuple[str, date]]
    too_early: tuple[str, ...] = ()  # services that can change their contract only on the day itself
    today: date = date.max


@rule(art(13, 2), Force.MUST)
def coverage_day_valid(facts: NamedDay, p: Parameters) -> Finding:
    """Not before the application, not before the facts; for a running project not before its money is used up."""
    rows = [
        Row(what, f"{facts.day} {'≥' if facts.day >= bound else '＜'} {bound}", f"{bound}",
            "满足" if facts.day >= bound else "不满足", hit=facts.day < bound)
        for what, bound in facts.bounds
    ]  # fmt: skip
    wrong = [f"纳入日期{facts.day}早于{what}{bound}" for what, bound in facts.bounds if facts.day < bound]
    if facts.too_early and facts.day > facts.today:
        wrong.append(f"{'、'.join(facts.too_early)}在单位自行采购的合同下运行，生效日到来时才能转入统筹合同")
    if wrong:
        return Finding("fail", "；".join(wrong), tuple(rows))
    return Finding("ok", f"自{facts.day}起纳入", tuple(rows))


@dataclass(frozen=True)
class Room:
    """The year's money for the fund in yuan; ``available`` is absent where a contract names no amount."""

    day: date
    today: date
    available: Decimal | None
    committed: Decimal
    annual_fee: Decimal
    source: str = ""

    @property
    def added(self) -> Decimal:
        """What the services cost from the day to the end of its year, by days."""
        year = year_of(self.day.year)
        return round_fen(Fraction(self.annual_fee) * Fraction(Period(self.day, year.end).days, year.days))

    @property
    def left(self) -> Decimal | None:
        """What is left of the year's money before this decision; below zero when it is used up."""
        return None if self.available is None else self.available - self.committed


@rule(art(13, 2), Force.MUST)
def coverage_head_room(facts: Room, p: Parameters) -> Finding:
    """Enough of the year's money, or a recorded source, or a beginning with a coming year (统一申报预算)."""
    year, left = facts.day.year, facts.left
    enough = left is not None and facts.added <= left
    coming = facts.day == year_of(year).start and facts.day > facts.today
    sign = "—" if left is None else f"{yuan(facts.added)} {'≤' if enough else '＞'} {yuan(left)}"
    known = "未登记合同金额" if facts.available is None else yuan(facts.available)
    rows = (
        Row(
            f"{year}年统筹资金",
            "统筹合同金额按当年天数折算",
            known,
            "已知" if facts.available is not None else "无法判断",
        ),
        Row("已占用", "在用统筹服务年费合计", yuan(facts.committed), "已计入"),
        Row("本件当年费用", f"年费{yuan(facts.annual_fee)}，按天折算", sign, "满足" if enough else "不足", hit=enough),
        Row("自下一年度起", f"{facts.day}", "是" if coming else "否", "满足" if coming else "不适用", hit=coming),
        Row(
            "登记资金来源", facts.source or "未登记", "—", "满足" if facts.source else "不适用", hit=bool(facts.source)
        ),
    )
    if enough:
        return Finding("ok", f"{year}年统筹资金可以承担", rows, ("三项满足其一",))
    if coming:
        return Finding("ok", f"自{facts.day}起，列入{year}年预算", rows, ("三项满足其一",))
    if facts.source.strip():
        return Finding("ok", f"当年额度不足，资金来源：{facts.source.strip()}", rows, ("三项满足其一",))
    words = f"{year}年统筹资金{'无法判断是否够用' if left is None else '不足'}：登记资金来源，或改自下一年1月1日起"
    return Finding("need", words, rows, ("三项满足其一",))
