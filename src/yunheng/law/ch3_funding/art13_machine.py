"""Article 13 as a procedure: who pays for a system, asked for when the facts change and decided from a day.

可 gives the bureau the choice: the decision table says what is possible, the approver decides. Silence changes nothing.
What was covered ends only by a decision (10.3, 13.2, 24.2), and what ended comes back only by another one, never by
itself and never for days gone by. What an application brought into coverage is taken up when it is to end.

    draft ─ requested ─ evaluated ─ covered ─── ended
      │        │  └ send_back ┘  └ not_covered    │
      │        └ returned ─ lapsed   └─ restore ──┘
      └ take_up ─ covered
"""

from __future__ import annotations

from yunheng.law.ch2_use.art07_machine import APPROVER, CLOCK, HANDLER, HEAD, REVIEWER
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Machine, State, Step, Watch, register

CITE = art(13, 2)

# fmt: off
STATES = (
    State("draft",       "草稿",       "grey"),
    State("requested",   "已申请",     "run"),
    State("returned",    "已退回补正", "back"),
    State("evaluated",   "已审核",     "run"),
    State("covered",     "已纳入统筹", "ok",   final=True),
    State("not_covered", "不予纳入",   "bad",  final=True),
    State("ended",       "已移出统筹", "own",  final=True),
    State("withdrawn",   "已撤回",     "grey", final=True),
    State("lapsed",      "已失效",     "grey", final=True),
)
ASKED = ("first_level_unit_submits", "coverage_request_complete")
POSSIBLE = ("coverage_possible", "coverage_head_room")

STEPS = (
    Step("pass_to_head", ("draft",), "", (HANDLER,), CITE, "交负责人申请", follows="由本单位负责人申请"),
    Step("request", ("draft",), "requested", (HEAD,), CITE, "申请纳入统筹", guards=ASKED, informs=("centre",),
         follows="由服务中心按条件表审核；决定前仍由本单位保障"),
    Step("withdraw", ("draft",), "withdrawn", (HANDLER, HEAD), CITE, "作废草稿", awaited=False),
    Step("withdraw", ("requested", "returned", "evaluated"), "withdrawn", (HEAD,), CITE, "撤回申请", awaited=False,
         informs=("centre", "bureau"), follows="撤回后本件结束，保障方式不变"),
    Step("return", ("requested",), "returned", (REVIEWER,), CITE, "退回补正", awaited=False, needs_opinion=True,
         informs=("user_unit",), follows="一次写明全部需要补正的内容"),
    Step("resubmit", ("returned",), "requested", (HEAD,), CITE, "补正后重新提交", guards=ASKED,
         watch=(Watch("returned_lapse"),), informs=("centre",), follows="重新提交后由服务中心审核",
         lapse="一直不补正的，本件失效，可另行申请；保障方式不变"),
    Step("lapse", ("returned",), "lapsed", (CLOCK,), CITE, "失效", awaited=False, informs=("user_unit", "centre")),
    Step("evaluate", ("requested",), "evaluated", (REVIEWER,), CITE, "提出审核意见", guards=("coverage",),
         informs=("bureau",), follows="判定和证据一并留存；由市大数据局决定"),
    Step("send_back", ("evaluated",), "requested", (APPROVER,), CITE, "退服务中心再审", awaited=False,
         needs_opinion=True, informs=("centre",), follows="写明要再审的问题；不是对单位的答复"),
    Step("decide", ("evaluated",), "covered", (APPROVER,), CITE, "决定纳入统筹",
         guards=(*POSSIBLE, "coverage_day_valid"), informs=("user_unit", "centre", "provider"), irrevocable=True,
         follows="自生效日起由市级统筹资金承担，台账和计费随之改变；生成决定书"),
    Step("decline", ("evaluated",), "not_covered", (APPROVER,), art(13, 4), "决定不予纳入",
         needs_opinion=True, informs=("user_unit", "centre"), follows="费用仍由用户单位保障；写明理由，生成决定书"),
    Step("take_up", ("draft",), "covered", (APPROVER,), CITE, "列入在保", awaited=False, guards=("covered_now",),
         informs=("user_unit", "centre"), follows="把申请审批时纳入统筹的资源列为一件，保障方式不变"),
    Step("end", ("covered",), "ended", (APPROVER,), CITE, "决定移出统筹", awaited=False, guards=("coverage_end_valid",),
         needs_opinion=True, informs=("user_unit", "provider", "centre"), irrevocable=True,
         follows="自所定之日起由用户单位与云服务商自行结算；通知书送用户单位和云服务商"),
    Step("restore", ("ended",), "covered", (APPROVER,), CITE, "决定恢复统筹", awaited=False,
         guards=(*POSSIBLE, "coverage_restored_forward"), needs_opinion=True,
         informs=("user_unit", "provider", "centre"), irrevocable=True,
         follows="不自动恢复，也不追溯：自今天或以后的一天起由市级统筹资金承担"),
)
# fmt: on

COVERAGE = register(
    Machine(
        kind="coverage",
        zh="统筹保障",
        prefix="BZ",
        cite=CITE,
        states=STATES,
        steps=STEPS,
        path=("requested", "evaluated", "covered"),
        stages=("申请", "审核", "决定"),
        separated=(),
        opened_by=(HANDLER, HEAD, APPROVER),
        provider_from=("decide", "take_up"),
    )
)
