"""The page of a change (9): four figures, the list before and after, the limits of 9.2, what speaks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from yunheng.domain.services.change.facts import additions, fee_change
from yunheng.domain.services.change.fees import UNDECIDED, FeeRow, Fees, Mark, as_of, decision, fees_of
from yunheng.domain.services.models import Change
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Event, parameters_on
from yunheng.foundation.workflow.queries import SOONEST, history
from yunheng.interfaces.web.components.badges import badge
from yunheng.interfaces.web.components.dates import day_with_weekday, long_moment, short_day
from yunheng.interfaces.web.components.limits import Limit, LimitBar, limit_bar
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.parts import Figure
from yunheng.interfaces.web.procedures import Page
from yunheng.interfaces.web.views import casework
from yunheng.law.ch2_use.art09_change import PAPERS, justification_required, passes, percent
from yunheng.law.ch2_use.art09_machine import WAY_OF_BUREAU
from yunheng.law.ch2_use.art09_splitting import splitting_suspected
from yunheng.law.kernel.machine import Step
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.terms import due_on
from yunheng.law.kernel.verdict import Verdict

RULE = justification_required.__name__
WORDS: tuple[tuple[Mark, str], ...] = (("changed", "调整"), ("added", "新增"), ("removed", "退掉"), ("same", "不变"))
REVIEWERS = ("bureau", "centre")
HANDED_IN = ("submit", "resubmit", "propose")
Judged = list[tuple[Verdict, LimitBar | None]]


def _facts(case: Change, today: date) -> list[tuple[str, object]]:
    opener = "市大数据局（资源调整）" if case.by_bureau else case.unit.name
    named = [("用户单位", case.unit.name), ("提出", opener)]
    named += [("调整依据", case.get_ground_display())] if case.ground else []
    named += [
        ("云服务商", case.provider.name if case.provider else "—"),
        ("合同", case.contract.number),
        ("变更事由", case.purpose or "—"),
    ]
    return [*named, ("通知云服务商", f"{case.notified_on}")] if case.notified_on else list(named)


def _values(case: Change, actor: Actor, today: date) -> dict[str, Any]:
    on, events = as_of(case, today), list(history(case=case))
    fees, p = fees_of(case, on=on), parameters_on(on, case.jurisdiction_id)
    values: dict[str, Any] = {
        "figures": _figures(fees, on, case),
        "rows": [_row(case, row, today) for row in fees.rows],
        "fees": fees,
        "counts": "，".join(f"{fees.number_of(mark)} 行{zh}" for mark, zh in WORDS if fees.number_of(mark)),
        "judged": _judged(case, actor, fees, events, p, on),
        "verdicts": [(v, None) for v in casework.latest_verdicts(events) if v.rule != RULE],
        "argument": None if case.by_bureau else _argument(case, events, fees, p),
        "argued": casework.papers_of(case, dict(PAPERS)),
        "papers": [],
        "granted": next((e.waiver for e in events if any(v.state == "waived" for v in e.found)), ""),
    }
    if case.by_bureau:
        values["edits"] = casework.edits_of(case, actor, ("list", "workbook"))
        owed = list(case.obligations.filter(closed_at=None).select_related("holder", "case").order_by(*SOONEST))
        values["steps"] = casework.bar(case, events, owed, WAY_OF_BUREAU)
    return values


# ---- figures and list ------------------------------------------------------------------------------------------------


def _figures(fees: Fees, on: date, case: Change) -> list[Figure]:
    share = fees.share
    shown = percent(fees.added, fees.before).rstrip("%") if share is not None else "—"
    how = f"{yuan(fees.added)} ÷ {yuan(fees.before)}" if share is not None else "原来没有费用"
    origin = "台账与价目" if case.state in UNDECIDED else "批准时的台账与价目"
    return [
        Figure("变更前年费", yuan(fees.before), "元", f"{short_day(on)}{origin}"),
        Figure("变更后年费", yuan(fees.after), "元", "同一价目"),
        Figure("新增服务费用", yuan(fees.added, sign=True), "元", "全年折算", reading="R-003"),
        Figure("新增占原费用", shown, "%" if share is not None else "", how),
    ]


def _row(case: Change, row: FeeRow, today: date) -> dict[str, Any]:
    """A row with what was asked for where less was granted, its day, and a trial of the money to the contract's end."""
    line, trial = row.line, ""
    if line is not None and line.service is not None and line.differs and case.state in UNDECIDED:
        plan = (
            f"kind=change&quantity={line.granted.normalize():f}&sku={line.sku_after}" if line.granted else "kind=exit"
        )
        trial = f"{reverse('preview', args=[row.number])}?{plan}&on={today}"
    cut = line.quantity if line is not None and line.granted < line.quantity else None
    return {"row": row, "line": line, "trial": trial, "cut": cut}


# ---- verdicts --------------------------------------------------------------------------------------------------------


def _judged(case: Change, actor: Actor, fees: Fees, events: list[Event], p: Parameters, on: date) -> Judged:
    bar = _bar(fees, p)
    found: Judged = []
    if not case.by_bureau and case.lines.exists():
        found += [(verdict, bar) for verdict in _justifications(case, events, p, on)]
    if actor.kind in REVIEWERS and not case.by_bureau:
        split = splitting_suspected(additions(case, on, fees), p)
        stored = next((e.data["splitting"] for e in events if "splitting" in e.data), None)
        verdict = Verdict.from_dict(stored) if stored and case.state not in UNDECIDED else split
        if len(verdict.rows) > 1:
            found.append((verdict, None))
    return found


def _justifications(case: Change, events: list[Event], p: Parameters, on: date) -> list[Verdict]:
    """The verdict of now, or of the decision, and beside it that of the submission where the figures have moved."""
    decided = decision(case)
    then = _stored(next((e for e in events if e.step in HANDED_IN), None))
    if case.state in UNDECIDED:
        now, when = justification_required(fee_change(case, on, {}), p), f"{long_moment(timezone.now())} 复算"
    else:
        now = _stored(decided) or then or justification_required(fee_change(case, on, {}), p)
        when = f"{long_moment(decided.at)} 批准时复算" if decided else ""
    if then is None or case.state in ("draft", "returned"):
        return [_with(now, "提交和批准时各算一次")]
    same = [row.how for row in then.rows[:2]] == [row.how for row in now.rows[:2]]
    if same:
        return [_with(now, f"{when}，与提交时一致" if when else "")]
    handed = next(e for e in events if e.step in HANDED_IN)
    return [_with(now, f"{when}，与提交时不同"), _with(then, f"{long_moment(handed.at)} 提交时")]


def _stored(event: Event | None) -> Verdict | None:
    return next((v for v in event.found if v.rule == RULE), None) if event else None


def _with(verdict: Verdict, words: str) -> Verdict:
    return replace(verdict, foot=(*verdict.foot, words)) if words else verdict


def _bar(fees: Fees, p: Parameters) -> LimitBar:
    """The added fee against both limits, in yuan."""
    by_amount, by_share = passes(fees.before, fees.added, p)
    amount, ratio = p["change_justification_amount"], p["change_justification_ratio"]
    limits = [Limit(amount, _limit_words(f"{yuan(amount)}元", fees.added, amount, by_amount, "达到"), hit=by_amount)]
    if fees.before:
        share = fees.before * ratio
        words = f"原费用的{(ratio * 100).normalize():f}%：{yuan(share)}元"
        limits.insert(0, Limit(share, _limit_words(words, fees.added, share, by_share, "超过"), hit=by_share))
    return limit_bar(label="新增费用", value=max(fees.added, Decimal("0.00")), limits=limits)


def _limit_words(what: str, value: Decimal, limit: Decimal, hit: bool, verb: str) -> str:
    return f"{what}　已{verb}" if hit else f"{what}　未{verb}，差{yuan(limit - value)}"


# ---- what speaks for it ----------------------------------------------------------------------------------------------


def _argument(case: Change, events: list[Event], fees: Fees, p: Parameters) -> Any:
    """The badge of the sheet: complete, missing, or not needed."""
    kinds = set(case.papers.exclude(attachment=None).values_list("kind", flat=True))
    if kinds >= {kind for kind, _ in PAPERS}:
        return badge("齐全", look="ok")
    needed = any(passes(fees.before, fees.added, p)) or case.demanded
    if not needed:
        return badge("不须论证", look="grey")
    if case.cites_id:
        return badge("引用首次论证", look="run")
    return badge("申请例外", look="own") if case.departure else badge("缺论证材料", look="soon")


# ---- consequence -----------------------------------------------------------------------------------------------------


def _consequence(case: Change, step: Step, today: date) -> str:
    """What a decision brings about, with the last day of the provider."""
    if step.name not in ("approve", "adjust"):
        return ""
    term = parameters_on(today, case.jurisdiction_id)["change_term"]
    last = day_with_weekday(due_on(today, term, calendar_for(case.jurisdiction_id)))
    verb = "批准" if step.name == "approve" else "决定"
    return f"今天{verb}，云服务商须在{last}24:00 前完成变更，结果同时反馈用户单位和市大数据局"


PAGE = Page(
    _facts, _values, template="pages/change.html", papers=dict(PAPERS), consequence=_consequence,
)  # fmt: skip
