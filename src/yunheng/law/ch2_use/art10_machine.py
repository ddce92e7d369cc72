"""Article 10 as a procedure: from what the rules find to what becomes of it; a person decides every consequence.

The rules find, the provider looks and issues, the unit adjusts or objects, the bureau rules. The unit's term runs while
the unit itself has something to do; days in other hands do not count (R-012), a refused objection gives a new term (R-013).

    detected ─┬─ issued ─┬─ adjusting ─ adjusted
              │          ├─ objected ─┬─ upheld
              │          │            └─ refused: issued again
              │          └─ lapsed (also from adjusting) ─┬─ issued again, excused
              ├─ dismissed ─ reopened                     ├─ uncovered, by decision from a day (R-004)
              │                                           └─ closed, noted (lane own)
              └─ closed: optimised by the unit itself (10.1), or overtaken
"""

from __future__ import annotations

from yunheng.law.ch2_use.art07_machine import APPROVER, CLOCK, DELIVERY, HEAD, REVIEWER
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Machine, State, Step, Watch, register

# Why a provider does not issue what was found.
DISMISSALS = (
    ("season", "有周期性高峰"), ("reserve", "备用资源"), ("planned", "已有使用安排"), ("data", "监测数据有误"),
    ("other", "其他"),
)  # fmt: skip

# fmt: off
STATES = (
    State("detected",  "待云服务商复核", "run"),
    State("dismissed", "不予提出",       "grey", final=True),
    State("issued",    "待优化调整",     "run"),
    State("adjusting", "调整中",         "run"),
    State("adjusted",  "已调整",         "ok",   final=True),
    State("objected",  "有异议待定",     "run"),
    State("upheld",    "异议成立",       "ok",   final=True),
    State("lapsed",    "逾期未调整",     "bad"),
    State("uncovered", "已移出统筹",     "own",  final=True),
    State("closed",    "已结束",         "grey", final=True),
)
OPEN = tuple(state.name for state in STATES if not state.final)
TWO, THREE = art(10, 2), art(10, 3)

STEPS = (
    Step("issue", ("detected",), "issued", (DELIVERY,), TWO, "提出优化建议",
         guards=("suggestion_current", "outside_season"),
         watch=(Watch("suggestion_review", ("provider", "centre")),), informs=("user_unit", "bureau", "centre"),
         irrevocable=True, follows="优化建议书送用户单位，抄送市大数据局；自收到之日起计算时限",
         lapse="一直未复核的，转服务中心督促"),
    Step("dismiss", ("detected",), "dismissed", (DELIVERY,), TWO, "不予提出", awaited=False, needs_opinion=True,
         informs=("centre",), follows="理由和依据列入每月优化报告；服务中心可以重新提出"),
    Step("reopen", ("dismissed",), "detected", (REVIEWER,), art(4, 3), "退云服务商重新复核", awaited=False,
         guards=("suggestion_current",), needs_opinion=True, informs=("provider",), follows="由云服务商重新复核"),
    Step("self_optimise", ("detected",), "closed", (CLOCK,), art(10, 1), "用户单位主动优化", awaited=False,
         informs=("provider", "centre"), follows="在提出建议之前已提出变更或退出，计为主动优化"),

    Step("plan_adjustment", ("issued",), "adjusting", (HEAD, CLOCK), TWO, "报告已提出变更或退出",
         guards=("adjustment_filed",), term="suggestion_term", informs=("provider", "bureau"),
         follows="视为按期；在其他各方手里的日子不计入时限",
         lapse="逾期既未调整也未提出异议的，可由市大数据局决定所列资源不再纳入统筹"),
    Step("plan_adjustment", ("adjusting",), "", (HEAD,), TWO, "改用另一件变更或退出", awaited=False,
         guards=("adjustment_filed",), informs=("provider",), follows="时限接着计算"),
    Step("adjusted", ("adjusting",), "adjusted", (DELIVERY,), TWO, "报告调整结果", guards=("ledger_shows_adjustment",),
         informs=("bureau", "user_unit", "centre"), follows="调整结果报市大数据局，本件办结"),

    Step("object", ("issued",), "objected", (HEAD,), THREE, "提出异议", awaited=False, needs_opinion=True,
         guards=("objection_allowed",), informs=("bureau", "provider", "centre"),
         follows="由市大数据局决定；决定前时限不再计算"),
    Step("uphold", ("objected",), "upheld", (APPROVER,), THREE, "采纳异议", needs_opinion=True,
         watch=(Watch("objection_answer", ("bureau",)),), informs=("user_unit", "provider", "centre"),
         follows="本件办结；在间隔期内不就同一资源再提建议"),
    Step("refuse", ("objected",), "issued", (APPROVER,), THREE, "不采纳异议", awaited=False, needs_opinion=True,
         restarts=True, informs=("user_unit", "provider", "centre"), follows="写明理由；用户单位重新获得一个完整的时限"),

    Step("lapse", ("issued", "adjusting"), "lapsed", (CLOCK,), THREE, "时限届满，未完成调整", awaited=False,
         guards=("suggestion_term_over",), informs=("user_unit", "provider", "bureau", "centre"),
         follows="是否不再纳入统筹，由市大数据局决定"),
    Step("end_coverage", ("lapsed",), "uncovered", (APPROVER,), THREE, "决定移出统筹", needs_opinion=True,
         guards=("paid_by_fund",), informs=("user_unit", "provider", "centre"), irrevocable=True,
         follows="只限所列资源；自所定之日起由用户单位与云服务商自行结算，通知书送用户单位和云服务商"),
    Step("excuse", ("lapsed",), "issued", (APPROVER,), THREE, "同意延期", awaited=False, needs_opinion=True,
         restarts=True, informs=("user_unit", "provider", "centre"), follows="写明理由；用户单位重新获得一个完整的时限"),
    Step("note", ("lapsed",), "closed", (REVIEWER,), TWO, "记录并结束", guards=("paid_by_unit",), needs_opinion=True,
         informs=("user_unit", "provider", "bureau"), follows="费用本由用户单位承担，只作记录"),
    Step("supersede", OPEN, "closed", (CLOCK,), TWO, "资源已变动，本件结束", awaited=False,
         informs=("user_unit", "provider", "centre"), follows="所涉资源已退出、释放或另行变更"),
)
# fmt: on

SUGGESTION = register(
    Machine(
        kind="suggestion",
        zh="优化建议",
        prefix="YH",
        cite=art(10),
        states=STATES,
        steps=STEPS,
        path=("issued", "adjusting", "adjusted"),
        stages=("提出建议", "优化调整", "报告结果"),
        separated=(),
        provider_from=(),
    )
)
