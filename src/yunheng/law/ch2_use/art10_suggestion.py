"""Article 10, second paragraph: what the steps of a suggestion ask of ledger and filed cases; see art10_objection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunheng.law.ch2_use.art10_term import FAILED, UNFILED
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Held:
    """A line of the ledger: what it was when something was found, and what it is; ``ended`` is its first day without.

    ``less`` says that it is less than it was: ended, fewer, or of a smaller product; more is no adjustment.
    """

    name: str
    sku: str
    quantity: str
    sku_now: str
    quantity_now: str
    ended: date | None
    less: bool

    @property
    def changed(self) -> bool:
        """Whether anything of it is different now."""
        return self.ended is not None or (self.sku, self.quantity) != (self.sku_now, self.quantity_now)


def _held(facts: Held) -> Row:
    now = f"已于{facts.ended}终止" if facts.ended else f"{facts.sku_now}×{facts.quantity_now}"
    return Row("台账", f"{facts.sku}×{facts.quantity}", now, "已变动" if facts.changed else "未变", hit=True)


@rule(art(10, 2), Force.MUST)
def suggestion_current(facts: Held, p: Parameters) -> Finding:
    """What was found is still so: a suggestion about what has changed since is none."""
    if facts.changed:
        return Finding("fail", f"{facts.name}在发现之后已经变动，不再提出建议", (_held(facts),))
    return Finding("ok", "所涉资源与发现时一致", (_held(facts),))


@rule(art(10, 2), Force.MUST)
def ledger_shows_adjustment(facts: Held, p: Parameters) -> Finding:
    """Adjusted is what the ledger shows, not what somebody says (R-012 is about filing alone)."""
    if facts.less:
        return Finding("ok", "台账已显示调整结果", (_held(facts),))
    return Finding("fail", f"台账中{facts.name}还没有{'减少' if facts.changed else '变动'}", (_held(facts),))


@dataclass(frozen=True)
class Filed:
    """The case by which the unit adjusts: its kind and state, whether it is about the same line of the ledger and
    makes it less, the day on which it was filed (None: it is a draft), and the last day of the unit's term.
    """

    number: str
    kind: str
    kind_zh: str
    state: str
    state_zh: str
    same_service: bool
    less: bool
    filed_on: date | None
    due: date


@rule(art(10, 2), Force.MUST)
def adjustment_filed(facts: Filed, p: Parameters) -> Finding:
    """Kept when the change or the exit of these resources is filed (R-012); a draft is not filed."""
    wrong = []
    if facts.kind not in UNFILED:
        wrong.append(f"{facts.kind_zh}不是调整的办法，应为服务变更、退出使用，或自行承担费用的变更协议")
    elif facts.state in UNFILED[facts.kind]:
        wrong.append(f"{facts.number}还是草稿，由本单位负责人提出后才算按期")
    elif facts.state in FAILED[facts.kind]:
        wrong.append(f"{facts.number}{facts.state_zh}，没有在办")
    if not facts.same_service:
        wrong.append(f"{facts.number}没有涉及本建议所列的资源")
    elif not facts.less:
        wrong.append(f"{facts.number}没有减少本建议所列的资源")
    late = facts.filed_on is not None and facts.filed_on > facts.due
    if late:
        wrong.append(f"{facts.number}于{facts.filed_on}提出，时限已于{facts.due}届满")
    rows = (
        Row("办件", f"{facts.kind_zh} {facts.number}", facts.state_zh, "不满足" if wrong else "满足", hit=True),
        Row("提出日", f"≤ {facts.due}", f"{facts.filed_on or '未提出'}", "逾期" if late else "未逾期", hit=late),
    )
    return Finding("fail" if wrong else "ok", "；".join(wrong) or f"已提出{facts.kind_zh}{facts.number}", rows)


@rule(art(10, 2), Force.MUST)
def paid_by_unit(facts: str, p: Parameters) -> Finding:
    """Where the unit pays anyhow there is no coverage to lose. ``facts``: the lane."""
    if facts == "own":
        return Finding("ok", "费用由用户单位承担")
    return Finding("fail", "所涉资源纳入市级统筹，由市大数据局决定是否继续")
