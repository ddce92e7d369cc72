"""Article 10, third paragraph: when a unit may object, when its term is over, and what there is to lose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import Calendar, due_on
from yunheng.law.kernel.verdict import Finding, Row, rule


@dataclass(frozen=True)
class Objection:
    """When the suggestion (or the refusal) was received, today, how often refused, whether a new opinion is attached."""

    received_on: date
    today: date
    refused: int
    expert: bool
    calendar: Calendar


@rule(art(10, 3), Force.MUST)
def objection_allowed(facts: Objection, p: Parameters) -> Finding:
    """Within the term, once; again only after a refusal and with a new opinion of experts or a third party."""
    last = due_on(facts.received_on, p["objection_term"], facts.calendar, rolls=True)
    late, bare = facts.today > last, facts.refused > 0 and not facts.expert
    rows = (
        Row("期限", f"{facts.received_on}收到，至{last}", f"{facts.today}", "已过" if late else "未过", hit=late),
        Row("专家或第三方意见", "再次提出时必须", "有" if facts.expert else "无", "缺" if bare else "满足", hit=bare),
    )
    wrong = [f"提出异议的期限已于{last}届满"] if late else []
    wrong += ["异议已被不予采纳，再次提出须附新的专家或第三方论证意见"] if bare else []
    return Finding("fail" if wrong else "ok", "；".join(wrong) or "在期限之内", rows)


@dataclass(frozen=True)
class Running:
    """A unit's term: its last day as things stand, today, and whether somebody else has the matter in hand."""

    due: date
    today: date
    elsewhere: bool


@rule(art(10, 3), Force.MUST)
def suggestion_term_over(facts: Running, p: Parameters) -> Finding:
    """Lapsed from the first day after the last one, and only while the unit itself holds the matter."""
    over = facts.today > facts.due and not facts.elsewhere
    where = "其他各方" if facts.elsewhere else "用户单位"
    rows = (
        Row("时限", f"至{facts.due}", f"{facts.today}", "届满" if facts.today > facts.due else "未届满", hit=True),
        Row("现由谁办理", "用户单位", where, "不计" if facts.elsewhere else "计入"),
    )
    words = f"完成调整的时限已于{facts.due}届满" if over else "时限没有届满，或正由其他各方办理"
    return Finding("ok" if over else "fail", words, rows)


@rule(art(10, 3), Force.MUST)
def paid_by_fund(facts: str, p: Parameters) -> Finding:
    """Only what the fund pays for can leave coverage. ``facts``: the lane on the day."""
    if facts == "covered":
        return Finding("ok", "所涉资源纳入市级统筹")
    return Finding("fail", "所涉资源当日不在市级统筹保障范围内，只作记录")
