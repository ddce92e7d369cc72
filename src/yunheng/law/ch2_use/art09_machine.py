"""Article 9.1 as a procedure: from the draft of a change to the day on which the ledger follows it; covered lane only.

What takes effect takes effect line by line, on the day that the provider names, not on the click that confirms it.
The bureau may adjust by itself (4.1): it proposes, hears the unit, decides; from there the way is the same.

    draft ─ submitted ─ accepted ─ recommended ─ approved ─ notified ─ completed ─ confirmed
      │       └─ returned ┘           └ rejected    │           └─ dispute ─┘
      └ proposed ─ heard ───────────────────────────┘
"""

from __future__ import annotations

from yunheng.law.ch2_use.art07_machine import ACCEPTOR, APPROVER, CLOCK, DELIVERY, HANDLER, HEAD, REVIEWER
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Machine, State, Step, Watch, register

# fmt: off
STATES = (
    State("draft",       "草稿",       "grey"),
    State("submitted",   "已提交",     "run"),
    State("returned",    "已退回补正", "back"),
    State("accepted",    "已受理",     "run"),
    State("recommended", "已审核",     "run"),
    State("proposed",    "征求意见",   "run"),
    State("heard",       "已听取意见", "run"),
    State("approved",    "已批准",     "ok"),
    State("rejected",    "不予批准",   "bad",  final=True),
    State("notified",    "已通知",     "run"),
    State("completed",   "已完成变更", "ok"),
    State("confirmed",   "已确认",     "ok",   final=True),
    State("cancelled",   "已取消",     "grey", final=True),
    State("withdrawn",   "已撤回",     "grey", final=True),
    State("lapsed",      "已失效",     "grey", final=True),
)
SOUND = ("change_sound", "justification_required")

PREPARE = (
    Step("pass_to_head", ("draft",), "", (HANDLER,), art(9, 1), "交负责人提交",
         follows="负责人提交后，由服务中心受理"),
    Step("submit", ("draft",), "submitted", (HEAD,), art(9, 1), "提出变更申请",
         guards=("first_level_unit_submits", *SOUND), informs=("centre",),
         follows="提交后由服务中心受理；所涉服务在办结前不能另行变更"),
    Step("withdraw", ("draft",), "withdrawn", (HANDLER, HEAD), art(9, 1), "作废草稿", awaited=False),
    Step("withdraw", ("submitted", "returned", "accepted", "recommended"), "withdrawn", (HEAD,), art(9, 1),
         "撤回申请", awaited=False, informs=("centre", "bureau"), follows="撤回后本件结束，所涉服务照旧"),
    Step("resubmit", ("returned",), "submitted", (HEAD,), art(9, 1), "补正后重新提交",
         guards=("first_level_unit_submits", *SOUND), watch=(Watch("returned_lapse"),), informs=("centre",),
         follows="重新提交后由服务中心受理", lapse="一直不补正的，本件失效，可另行申请"),
    Step("lapse", ("returned",), "lapsed", (CLOCK,), art(9, 1), "失效", awaited=False,
         watch=(Watch("returned_lapse"),), informs=("user_unit", "centre")),
)

REVIEW = (
    Step("accept", ("submitted",), "accepted", (ACCEPTOR,), art(4, 3), "受理",
         informs=("user_unit",), follows="受理后逐项审核"),
    Step("return", ("submitted", "accepted"), "returned", (ACCEPTOR, REVIEWER), art(9, 1), "退回补正", awaited=False,
         needs_opinion=True, informs=("user_unit",), follows="所缺内容一次列清，由单位负责人补正后重新提交"),
    Step("recommend", ("accepted",), "recommended", (REVIEWER,), art(9, 1), "提出审核意见",
         informs=("bureau",), follows="逐项核定后，由市大数据局审批"),
    Step("approve", ("recommended",), "approved", (APPROVER,), art(9, 1), "批准并通知云服务商",
         guards=SOUND, informs=("user_unit", "centre"), irrevocable=True,
         follows="批准后不能撤回；生成审核意见书，同时通知云服务商"),
    Step("reject", ("recommended",), "rejected", (APPROVER,), art(9, 1), "不予批准", awaited=False,
         needs_opinion=True, informs=("user_unit", "centre"), follows="理由写入审核意见书；单位可申请复核一次"),
    Step("send_back", ("recommended",), "accepted", (APPROVER,), art(9, 1), "退服务中心再审", awaited=False,
         needs_opinion=True, informs=("centre",), follows="由服务中心就所提问题再审，不是对单位的否定"),
    Step("ask_review", ("approved", "rejected", "notified"), "recommended", (HEAD,), art(9, 1), "申请复核",
         awaited=False, guards=("ask_review_allowed", "nothing_changed_yet"), watch=(Watch("ask_review_term"),),
         needs_opinion=True, informs=("bureau", "centre", "provider"), follows="由市大数据局复核；每件一次"),
)

ADJUST = (
    Step("propose", ("draft",), "proposed", (APPROVER,), art(4, 1), "征求用户单位意见",
         guards=("change_sound",), needs_opinion=True, informs=("user_unit", "centre"),
         follows="由单位负责人提出意见；所涉服务在办结前不能另行变更"),
    Step("comment", ("proposed",), "heard", (HEAD,), art(4, 1), "对资源调整提出意见", needs_opinion=True,
         watch=(Watch("adjustment_hearing", ("user_unit", "bureau")),), informs=("bureau",),
         follows="由市大数据局决定", lapse="一直未提出意见的，可由市大数据局决定"),
    Step("adjust", ("proposed",), "approved", (APPROVER,), art(4, 1), "未收到意见，决定调整", awaited=False,
         guards=("unit_heard", "change_sound"), informs=("user_unit", "centre"), irrevocable=True,
         follows="决定后不能撤回；生成资源调整决定书，同时通知云服务商"),
    Step("adjust", ("heard",), "approved", (APPROVER,), art(4, 1), "决定调整并通知云服务商",
         guards=("change_sound",), informs=("user_unit", "centre"), irrevocable=True,
         follows="决定后不能撤回；生成资源调整决定书，同时通知云服务商"),
    Step("discard", ("draft",), "withdrawn", (APPROVER,), art(4, 1), "作废调整草稿", awaited=False),
    Step("discard", ("proposed", "heard"), "withdrawn", (APPROVER,), art(4, 1), "不再调整", awaited=False,
         needs_opinion=True, informs=("user_unit", "centre"), follows="本件结束，所涉服务照旧"),
)

CARRY_OUT = (
    Step("notify", ("approved",), "notified", (APPROVER, CLOCK), art(9, 1), "通知云服务商", awaited=False,
         informs=("provider", "user_unit"), irrevocable=True, follows="自云服务商收到审核意见之日起计算时限"),
    Step("report_obstacle", ("notified",), "", (DELIVERY,), art(9, 1), "报告变更困难", awaited=False,
         needs_opinion=True, informs=("bureau", "user_unit"), follows="写明原因和预计日期；时限照常计算"),
    Step("complete", ("notified",), "completed", (DELIVERY,), art(9, 1), "报告已完成变更",
         guards=("effective_day_valid",), term="change_term", informs=("user_unit", "bureau"),
         follows="结果同时反馈用户单位和市大数据局；由单位负责人确认",
         lapse="逾期未完成的，可列为整改问题，由市大数据局决定"),
    Step("confirm", ("completed",), "confirmed", (HEAD,), art(9, 1), "确认变更",
         watch=(Watch("change_confirmation", ("centre",)),), informs=("provider", "bureau", "centre"),
         irrevocable=True, follows="台账和计费自各行的生效日起改变，不以确认的时间为准",
         lapse="一直未确认的，转服务中心协调"),
    Step("dispute", ("completed",), "notified", (HEAD,), art(9, 1), "提出变更不符", awaited=False,
         restarts=True, needs_opinion=True, informs=("provider", "bureau"),
         follows="写明不符之处；云服务商重新完成，时限重新计算"),
    Step("cancel", ("approved", "notified"), "cancelled", (HEAD, APPROVER), art(9, 1), "取消变更", awaited=False,
         guards=("nothing_changed_yet",), needs_opinion=True, informs=("user_unit", "provider", "bureau", "centre"),
         follows="云服务商尚未报告完成时可以取消；所涉服务照旧"),
)
# fmt: on

CHANGE = register(
    Machine(
        kind="change",
        zh="服务变更",
        prefix="BG",
        cite=art(9),
        states=STATES,
        steps=(*PREPARE, *REVIEW, *ADJUST, *CARRY_OUT),
        path=("submitted", "accepted", "recommended", "notified", "completed", "confirmed"),
        stages=("提出申请", "受理", "审核", "审批", "完成变更", "确认"),
        opened_by=(HANDLER, HEAD, APPROVER),
    )
)
WAY_OF_BUREAU = ("proposed", "heard", "notified", "completed", "confirmed"), (
    "提出调整", "听取意见", "决定", "完成变更", "确认",
)  # fmt: skip
