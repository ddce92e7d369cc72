"""Article 9.2: when a change has to be argued for first (R-001, R-003).

达 100,000 includes the figure itself, 超过 30 % does not. All is compared exactly; only what is shown is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from yunheng.law.ch2_use.art09_citation import Citation, gaps
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.money import yuan
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

PAPERS = (("adjustment_plan", "云服务调整方案"), ("argument", "论证意见"))
_HUNDREDTH, _WAN, MINUS = Decimal("0.01"), 10_000, "\u2212"


@dataclass(frozen=True)
class FeeChange:
    """The yearly fee of the system the moment before and what is added to it (yuan, tax included), and what speaks for it.

    ``deciding`` is False while the unit submits: a request to depart is then enough, and the approver grants it or not.
    """

    before: Decimal
    added: Decimal
    papers: frozenset[str] = frozenset()
    citation: Citation | None = None
    departure: str = ""
    demanded: bool = False  # the reviewer suspects that one change was split into several
    deciding: bool = True
    adjustment: bool = False  # by the bureau itself (4.1): nobody applies


def passes(before: Decimal, added: Decimal, p: Parameters) -> tuple[bool, bool]:
    """Whether the amount is reached, and whether the share is exceeded; a share of nothing is no figure (R-003)."""
    by_share = before > 0 and added > before * p["change_justification_ratio"]
    return added >= p["change_justification_amount"], by_share


@rule(art(9, 2), Force.IN_PRINCIPLE)
def justification_required(facts: FeeChange, p: Parameters) -> Finding:
    """Added ≥ the amount, or > the share of the fee before: plan and expert opinion come first, in principle."""
    amount, share = passes(facts.before, facts.added, p)
    rows: tuple[Row, ...] = (_amount_row(facts.added, p, amount), _share_row(facts.before, facts.added, p, share))
    foot = ("两项满足其一即须论证",)
    if facts.adjustment:
        return Finding("ok", "市大数据局依职责调整资源，不由单位论证", rows)
    if not (amount or share or facts.demanded):
        return Finding("ok", "无须论证：新增费用未达到金额，也未超过占比", rows, foot)
    why = _why(facts, p, amount, share)
    missing = [zh for kind, zh in PAPERS if kind not in facts.papers]
    if not missing:
        return Finding(
            "ok", f"应先论证，材料齐全：{why}", (*rows, Row("论证材料", "、".join(_names()), "已上传", "齐全")), foot
        )
    wrong = gaps(facts.citation, p) if facts.citation else []
    if facts.citation:
        how = "；".join(wrong) or "同一系统、同样产品、数量不超过首次论证"
        rows = (*rows, Row("引用首次论证", how, facts.citation.number, "不能引用" if wrong else "可以引用", hit=True))
        if not wrong:
            return Finding("ok", f"引用{facts.citation.number}的首次论证，不再论证：{why}", rows, foot)
    if facts.departure:
        rows = (*rows, Row("书面申请不作论证", f"理由：{facts.departure}", "已申请", "待审批"))
        if not facts.deciding:
            return Finding("ok", f"已书面申请不作论证，由市大数据局审批时决定：{why}", rows, foot)
    todo = f"缺{'和'.join(missing)}" + (
        f"；{facts.citation.number}不能引用：{'；'.join(wrong)}" if facts.citation else ""
    )
    return Finding("need", f"应先论证：{why}。{todo}", rows, foot)


def _names() -> list[str]:
    return [zh for _, zh in PAPERS]


def _why(facts: FeeChange, p: Parameters, amount: bool, share: bool) -> str:
    """新增 94,320.00 元，占原费用 32.19%，超过 30%."""
    words = f"新增{yuan(facts.added)}元"
    if amount:
        words += f"，达到{_wan(p)}"
    if share:
        words += f"，占原费用{percent(facts.added, facts.before)}，超过{_limit(p)}"
    return words if amount or share else f"{words}，与近期变更合并计算"


def _amount_row(added: Decimal, p: Parameters, reached: bool) -> Row:
    limit = p["change_justification_amount"]
    how = f"{yuan(added)} {_sign(added, limit)} {yuan(limit)}"
    return Row(
        f"新增服务费用达{_wan(p)}及以上", how, f"{yuan(added)}元", "已达到" if reached else "未达到", hit=reached
    )


def _share_row(before: Decimal, added: Decimal, p: Parameters, exceeded: bool) -> Row:
    ratio, what = p["change_justification_ratio"], f"新增服务费用超过原费用{_limit(p)}"
    if before <= 0:
        return Row(what, "原来没有费用，只看金额", "—", "不适用")
    sign, shown = _sign(added, before * ratio), percent(added, before)
    how = f"{yuan(added)} ÷ {yuan(before)} ＝ {shown} {sign} {_limit(p)}"
    if sign != "＝" and Decimal(shown.rstrip("%").replace(MINUS, "-")) == ratio * 100:
        how = f"{yuan(added)} {sign} {yuan(before)} × {_limit(p)}"  # two places would hide which side it is on
    return Row(what, how, shown, "已超过" if exceeded else "未超过", hit=exceeded)


def percent(part: Decimal, whole: Decimal) -> str:
    """A share to two places, for showing only."""
    value = (part * 100 / whole).quantize(_HUNDREDTH, ROUND_HALF_UP)
    return f"{value:f}%".replace("-", MINUS)


def _sign(left: Decimal, right: Decimal) -> str:
    """The relation that holds."""
    return "＜" if left < right else "＝" if left == right else "＞"


def _wan(p: Parameters) -> str:
    return f"{(p['change_justification_amount'] / _WAN).normalize():f}万元"


def _limit(p: Parameters) -> str:
    return f"{(p['change_justification_ratio'] * 100).normalize():f}%"
