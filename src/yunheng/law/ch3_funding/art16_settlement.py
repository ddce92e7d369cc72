"""Articles 4.1 and 16: what must hold when a year is verified, accounted and paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.money import yuan
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

CHECKS = (("units", "用户单位"), ("systems", "政务信息系统"), ("optimisation", "服务优化"), ("fees", "费用情况"))


@dataclass(frozen=True)
class Checks:
    """The centre's conclusions: per check whether it is in order, and words where it is not."""

    passed: Mapping[str, bool]
    words: Mapping[str, str]
    differences: int  # between statement and recomputation, not yet adjusted
    unanswered: Sequence[str] = ()  # units that neither confirmed nor queried: never consent
    queried: Sequence[str] = ()  # units whose query nobody answered


@rule(art(16), Force.MUST)
def four_checks(facts: Checks, p: Parameters) -> Finding:
    """Units, systems, optimisation and fees: each is concluded, and fees are in order only without a difference."""
    rows, wrong = [], []
    for key, zh in CHECKS:
        passed = facts.passed.get(key)
        words = facts.words.get(key, "").strip()
        outcome = "未核查" if passed is None else "符合" if passed else "不符合"
        rows.append(Row(zh, words or "—", outcome, "满足" if passed else outcome, hit=not passed))
        if passed is None:
            wrong.append(f"{zh}还没有核查结论")
        elif not passed and not words:
            wrong.append(f"{zh}不符合，须写明情况")
    if facts.passed.get("fees") and facts.differences:
        wrong.append(f"还有{facts.differences}行差异没有调整，费用情况不能列为符合")
    if facts.queried:
        wrong.append(f"{'、'.join(facts.queried)}的疑问还没有答复")
    foot = (f"未答复的单位：{'、'.join(facts.unanswered)}",) if facts.unanswered else ()
    if wrong:
        return Finding("fail", "；".join(wrong), tuple(rows), foot)
    return Finding("ok", "四项核查均有结论", tuple(rows), foot)


@dataclass(frozen=True)
class Commission:
    """Who accounts the year, and whether they declared to have no part in it (回避)."""

    auditor: str
    panel: str
    declared: bool


@rule(art(16), Force.MUST)
def independent(facts: Commission, p: Parameters) -> Finding:
    """A third party or an expert panel, named, with the declaration that nobody of it has an interest."""
    who = facts.auditor or facts.panel.strip()
    if not who:
        return Finding("fail", "写明受托的第三方机构或专家组名单")
    if not facts.declared:
        return Finding("fail", f"{who}尚未作出回避声明")
    return Finding("ok", f"由{who}核算，已作回避声明")


@dataclass(frozen=True)
class Accounting:
    """What the accountant hands in: the digest of the package worked on, and the cuts by line."""

    sealed: str
    worked_on: str
    submitted: Decimal
    cuts: Sequence[tuple[str, Decimal, Decimal, str]]  # line, submitted, cut, reason


@rule(art(16), Force.MUST)
def account_adds_up(facts: Accounting, p: Parameters) -> Finding:
    """The sealed package was worked on; submitted less cut is approved, line by line, each cut with its reason."""
    wrong = []
    if facts.worked_on.strip().lower() != facts.sealed:
        wrong.append(f"核算所用结算包的摘要与封存的不符，封存的是{facts.sealed[:16]}…")
    for name, submitted, cut, reason in facts.cuts:
        if not 0 <= cut <= max(submitted, Decimal(0)):
            wrong.append(f"{name}：核减{yuan(cut)}元须在0至送审的{yuan(submitted)}元之间")
        elif not reason.strip():
            wrong.append(f"{name}：核减须写明理由")
    cut_all = sum((cut for _, _, cut, _ in facts.cuts), Decimal("0.00"))
    rows = (
        Row("送审", "统筹资金承担的账单行合计", f"{yuan(facts.submitted)}元", "送审"),
        Row("核减", f"{len(facts.cuts)}行", f"{yuan(cut_all)}元", "核减"),
        Row("审定", "送审 − 核减", f"{yuan(facts.submitted - cut_all)}元", "审定", hit=True),
    )
    if wrong:
        return Finding("fail", "；".join(wrong), rows)
    return Finding("ok", f"审定{yuan(facts.submitted - cut_all)}元", rows)


@dataclass(frozen=True)
class Payable:
    """What is owed for the year; ``late`` are adjustments of earlier years that nobody has paid yet (yuan)."""

    accounted: Decimal
    late: Decimal
    deductions: Decimal
    paid: Decimal
    ground: str = ""

    @property
    def amount(self) -> Decimal:
        return self.accounted + self.late - self.deductions - self.paid


@rule(art(16), Force.MUST)
def payable(facts: Payable, p: Parameters) -> Finding:
    """Accounted fund lines and late adjustments less deductions and what was paid before (R-018)."""
    rows = (
        Row("审定金额", "统筹资金承担的行", f"{yuan(facts.accounted)}元", "加"),
        Row("往期调整", "以前结算后出具的调整行", f"{yuan(facts.late)}元", "加"),
        Row("考核扣减", facts.ground or "—", f"{yuan(facts.deductions)}元", "减"),
        Row("已付", "进度款", f"{yuan(facts.paid)}元", "减"),
        Row("应付", "审定 + 往期调整 − 扣减 − 已付", f"{yuan(facts.amount)}元", "应付", hit=True),
    )
    if facts.deductions < 0:
        return Finding("fail", "扣减金额不能为负", rows)
    if facts.deductions and not facts.ground.strip():
        return Finding("fail", "扣减须写明依据", rows)
    if facts.amount < 0:
        return Finding("ok", f"多付{yuan(-facts.amount)}元，由云服务商退回或在下期抵扣", rows)
    return Finding("ok", f"应付{yuan(facts.amount)}元", rows)


@rule(art(16), Force.MUST)
def paid_exactly(facts: tuple[Decimal, Decimal], p: Parameters) -> Finding:
    """The payment is the payable amount, neither more nor less."""
    owed, paid = facts
    if owed != paid:
        return Finding("fail", f"支付{yuan(paid)}元与应付{yuan(owed)}元不符")
    return Finding("ok", f"支付{yuan(paid)}元，与应付金额一致")
