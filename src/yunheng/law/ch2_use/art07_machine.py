"""Articles 6 and 7 as a procedure: from the draft of an application to the day on which the service is paid for.

Opening goes line by line. A line has its own report, its own confirmation and its own first day of charge; the case
is in service when every line is confirmed or dropped, and the provider has kept the term only if every line kept it:
what is owed for the lines still pending is the duty of ``notified`` running on, with its clock, through a dispute too.

    draft ─ submitted ─ accepted ─ recommended ─ approved ─ notified ─ opened ─ in_service
              └─ returned ┘            └ rejected   │  └ cancelled   └ day_disputed ┘
"""

from __future__ import annotations

from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import By, Machine, State, Step, Watch, register

HANDLER, HEAD = By("user_unit", "handler"), By("user_unit", "head")
ACCEPTOR, REVIEWER = By("centre", "acceptor"), By("centre", "reviewer")
APPROVER, DELIVERY, CLOCK = By("bureau", "approver"), By("provider", "delivery"), By("clock")

# fmt: off
STATES = (
    State("draft",        "草稿",       "grey"),
    State("submitted",    "已提交",     "run"),
    State("returned",     "已退回补正", "back"),
    State("accepted",     "已受理",     "run"),
    State("recommended",  "已审核",     "run"),
    State("approved",     "已批准",     "ok"),
    State("rejected",     "不予批准",   "bad",  final=True),
    State("notified",     "已通知",     "run"),
    State("opened",       "已开通",     "ok"),
    State("day_disputed", "开通日期待定", "run"),
    State("in_service",   "服务中",     "ok",   final=True),
    State("cancelled",    "已取消",     "grey", final=True),
    State("withdrawn",    "已撤回",     "grey", final=True),
    State("lapsed",       "已失效",     "grey", final=True),
)

PREPARE = (
    Step("pass_to_head", ("draft",), "", (HANDLER,), art(6, 1), "交负责人提交",
         follows="负责人提交后，由服务中心受理"),
    Step("submit", ("draft",), "submitted", (HEAD,), art(6, 1), "提出申请",
         guards=("papers_complete", "first_level_unit_submits", "classified_refused"),
         informs=("centre",), follows="提交后由服务中心受理；办理前可以撤回"),
    Step("withdraw", ("draft",), "withdrawn", (HANDLER, HEAD), art(6, 1), "作废草稿", awaited=False),
    Step("withdraw", ("submitted", "returned", "accepted", "recommended"), "withdrawn", (HEAD,), art(6, 1),
         "撤回申请", awaited=False, informs=("centre", "bureau"), follows="撤回后本件结束，可复制为新的草稿"),
    Step("resubmit", ("returned",), "submitted", (HEAD,), art(6, 2), "补正后重新提交",
         guards=("papers_complete", "first_level_unit_submits", "classified_refused"), watch=(Watch("returned_lapse"),),
         informs=("centre",), follows="重新提交后由服务中心受理", lapse="一直不补正的，本件失效，可复制为新的草稿"),
    Step("lapse", ("returned",), "lapsed", (CLOCK,), art(6, 2), "失效", awaited=False, watch=(Watch("returned_lapse"),),
         informs=("user_unit", "centre")),
)

REVIEW = (
    Step("accept", ("submitted",), "accepted", (ACCEPTOR,), art(4, 3), "受理",
         informs=("user_unit",), follows="受理后逐项审核"),
    Step("return", ("submitted", "accepted"), "returned", (ACCEPTOR, REVIEWER), art(6, 2), "退回补正", awaited=False,
         needs_opinion=True, informs=("user_unit",), follows="所缺材料一次列清，由单位负责人补正后重新提交"),
    Step("recommend", ("accepted",), "recommended", (REVIEWER,), art(7, 1), "提出审核意见",
         guards=("coverage",), informs=("bureau",), follows="逐项核定后，由市大数据局审批"),
    Step("send_back", ("recommended",), "accepted", (APPROVER,), art(7, 1), "退服务中心再审", awaited=False,
         needs_opinion=True, informs=("centre",), follows="由服务中心就所提问题再审，不是对单位的否定"),
    Step("approve", ("recommended",), "approved", (APPROVER,), art(7, 1), "批准并通知开通",
         guards=("papers_complete", "first_level_unit_submits", "classified_refused", "coverage", "trial_allowed"),
         informs=("user_unit", "centre"), irrevocable=True,
         follows="批准后不能撤回；生成审核意见书，并通知云服务商限期开通"),
    Step("reject", ("recommended",), "rejected", (APPROVER,), art(7, 1), "不予批准", awaited=False,
         needs_opinion=True, informs=("user_unit", "centre"), follows="理由写入审核意见书；单位可申请复核一次"),
    Step("ask_review", ("approved", "rejected", "notified"), "recommended", (HEAD,), art(7, 1), "申请复核",
         awaited=False, guards=("ask_review_allowed", "nothing_opened"), watch=(Watch("ask_review_term"),),
         needs_opinion=True, informs=("bureau", "centre", "provider"), follows="由市大数据局复核；每件一次"),
)

OPENING = (
    Step("supply_undertaking", ("approved",), "", (HEAD,), art(19, 2), "签署上云安全承诺书",
         informs=("bureau",), follows="承诺书齐备后，通知云服务商开通"),
    Step("notify", ("approved",), "notified", (APPROVER, CLOCK), art(7, 1), "通知开通", awaited=False,
         guards=("undertaking_signed",), informs=("provider", "user_unit"), irrevocable=True,
         follows="自云服务商收到之日起计算开通时限"),
    Step("report_obstacle", ("notified",), "", (DELIVERY,), art(7, 1), "报告开通困难", awaited=False,
         needs_opinion=True, informs=("bureau", "user_unit"), follows="写明原因和预计日期；时限照常计算"),
    Step("report_opened", ("notified",), "opened", (DELIVERY,), art(7, 1), "报告已开通",
         guards=("within_approved",), term="open_service_term", informs=("user_unit", "bureau"),
         follows="由用户单位与云服务商共同确认正式开通日期",
         lapse="逾期未开通的，可列为整改问题，由市大数据局决定"),
    Step("report_opened", ("opened", "day_disputed"), "", (DELIVERY,), art(7, 1), "报告其余资源已开通",
         guards=("within_approved",), term="open_service_term", informs=("user_unit", "bureau"), follows="逐项确认开通日期",
         lapse="逾期未开通的，可列为整改问题，由市大数据局决定"),
    Step("confirm_opening", ("opened",), "in_service", (HEAD, DELIVERY), art(7, 1), "确认开通日期", joint=True,
         guards=("opening_day_valid",), watch=(Watch("opening_reminder"), Watch("opening_centre", ("centre",))),
         informs=("user_unit", "provider", "bureau", "centre"), irrevocable=True,
         follows="双方确认的同一日期即为计费起始日", lapse="一直未确认的，转服务中心协调；一方确认不产生计费"),
    Step("dispute_resources", ("opened",), "notified", (HEAD,), art(7, 1), "提出资源不符", awaited=False,
         restarts=True, needs_opinion=True, informs=("provider", "bureau"),
         follows="写明不符之处；云服务商重新开通，时限重新计算"),
    Step("dispute_day", ("opened",), "day_disputed", (HEAD, DELIVERY), art(7, 1), "对开通日期有异议", awaited=False,
         needs_opinion=True, informs=("user_unit", "provider", "centre"), follows="由服务中心调解，提出日期"),
    Step("mediate", ("day_disputed",), "opened", (REVIEWER,), art(4, 3), "提出调解日期",
         needs_opinion=True, watch=(Watch("mediation_term", ("bureau",)),), informs=("user_unit", "provider"),
         follows="双方均确认后生效，一方确认不产生计费", lapse="逾期未能调解的，可由市大数据局协调决定"),
    Step("mediate_at_bureau", ("day_disputed",), "opened", (APPROVER,), art(4, 1), "由市大数据局协调日期", awaited=False,
         needs_opinion=True, informs=("user_unit", "provider", "centre"), follows="双方均确认后生效"),
    Step("drop_lines", ("notified",), "", (HEAD,), art(7, 1), "放弃部分资源", awaited=False, needs_opinion=True,
         informs=("provider", "bureau"), follows="所选资源不再开通，其余照常；全部放弃的，取消本件"),
    Step("drop_lines", ("opened",), "in_service", (HEAD,), art(7, 1), "放弃未确认的资源", awaited=False, joint=True,
         needs_opinion=True, informs=("provider", "bureau"), follows="所选资源不再开通；其余均已确认的，本件办结"),
    Step("cancel", ("approved", "notified"), "cancelled", (HEAD, APPROVER), art(7, 1), "取消开通", awaited=False,
         guards=("nothing_opened",), needs_opinion=True, informs=("user_unit", "provider", "bureau", "centre"),
         follows="尚未开通任何资源时可以取消；本件结束"),
)
# fmt: on

APPLICATION = register(
    Machine(
        kind="application",
        zh="服务申请",
        prefix="SQ",
        cite=art(6),
        states=STATES,
        steps=(*PREPARE, *REVIEW, *OPENING),
        path=("submitted", "accepted", "recommended", "notified", "opened", "in_service"),
        stages=("提出申请", "受理", "审核", "审批", "开通", "确认"),
        opened_by=(HANDLER, HEAD),
    )
)
