"""Article 12 as a procedure: from the request to the day on which nothing of a temporary service runs any more.

The bureau verifies that the city government consents, and notifies the provider in the same act; nobody weighs the
request. Opening goes line by line as in Article 7. The period ends by itself; its end is in the ledger from the first
day on. A consent given by word is followed by its paper (R-019).

    draft ─ submitted ─ notified ─ opened ─ in_service ─ ended ─ released
     │        ├ returned   │   └ day_disputed ┘  └ extend, convert
     │        └ rejected   └ cancelled (by hand, or the period passed with nothing opened)
     └ withdrawn
"""

from __future__ import annotations

from dataclasses import replace

from yunheng.law.ch2_use.art07_machine import APPROVER, CLOCK, DELIVERY, HANDLER, HEAD, OPENING
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Kind, Machine, State, Step, Watch, register

# fmt: off
STATES = (
    State("draft",        "草稿",         "grey"),
    State("submitted",    "已提交",       "run"),
    State("returned",     "已退回补正",   "back"),
    State("rejected",     "不予办理",     "bad",  final=True),
    State("notified",     "已通知",       "run"),
    State("opened",       "已开通",       "ok"),
    State("day_disputed", "开通日期待定", "run"),
    State("in_service",   "服务中",       "ok"),
    State("ended",        "已终止",       "run"),
    State("released",     "已释放",       "ok",   final=True),
    State("cancelled",    "已取消",       "grey", final=True),
    State("withdrawn",    "已撤回",       "grey", final=True),
    State("lapsed",       "已失效",       "grey", final=True),
)
SOUND = ("first_level_unit_submits", "classified_refused", "undertaking_signed", "temporary_request_complete")
ALL: tuple[Kind, ...] = ("user_unit", "provider", "bureau", "centre")
RUNNING = ("notified", "opened", "day_disputed", "in_service", "ended")

REQUEST = (
    Step("pass_to_head", ("draft",), "", (HANDLER,), art(12, 1), "交负责人提交", follows="负责人提交后，由市大数据局核实市政府的同意"),
    Step("submit", ("draft",), "submitted", (HEAD,), art(12, 1), "提出临时服务", guards=SOUND, informs=("bureau",),
         follows="由市大数据局核实市政府的同意，通知云服务商开通；通知前可以撤回"),
    Step("withdraw", ("draft",), "withdrawn", (HANDLER, HEAD), art(12, 1), "作废草稿", awaited=False),
    Step("withdraw", ("submitted", "returned"), "withdrawn", (HEAD,), art(12, 1), "撤回", awaited=False,
         informs=("bureau",), follows="撤回后本件结束"),
    Step("resubmit", ("returned",), "submitted", (HEAD,), art(12, 1), "补正后重新提交", guards=SOUND,
         watch=(Watch("returned_lapse"),), informs=("bureau",), follows="由市大数据局核实市政府的同意",
         lapse="一直不补正的，本件失效"),
    Step("lapse", ("returned",), "lapsed", (CLOCK,), art(12, 1), "失效", awaited=False, informs=("user_unit", "bureau")),
    Step("verify", ("submitted",), "notified", (APPROVER,), art(12, 1), "核实同意并通知开通",
         guards=("classified_refused", "city_consent", "coverage", "notice_hours"), informs=("user_unit", "provider", "centre"),
         irrevocable=True, follows="发出后不能撤回；生成开通通知书，云服务商按通知的时限开通，期间届满次日起统筹资金不再承担"),
    Step("return", ("submitted",), "returned", (APPROVER,), art(12, 1), "退回补正", awaited=False, needs_opinion=True,
         informs=("user_unit",), follows="所缺材料一次列清，由单位负责人补正后重新提交"),
    Step("reject", ("submitted",), "rejected", (APPROVER,), art(12, 1), "不予办理", awaited=False, needs_opinion=True,
         informs=("user_unit",), follows="理由写入答复；不纳入统筹的，由单位与云服务商自行协商"),
)

SHARED = ("report_obstacle", "report_opened", "confirm_opening", "dispute_resources", "dispute_day", "mediate",
          "mediate_at_bureau", "drop_lines", "cancel")  # as in Article 7


def _here(step: Step) -> Step:
    """A row of the opening from the states that there are here; the day lies in the period besides."""
    more = ("opening_in_period",) if step.name == "confirm_opening" else ()
    return replace(step, source=tuple(s for s in step.source if s in RUNNING), guards=(*step.guards, *more))


SERVICE = (
    Step("expire", ("notified",), "cancelled", (CLOCK,), art(12, 1), "期间已过，未开通", awaited=False, informs=ALL),
    Step("supply_consent", RUNNING, "", (HEAD,), art(12, 1), "补交书面同意", guards=("consent_paper",),
         watch=(Watch("oral_consent_paper", ("user_unit", "bureau")),), informs=("bureau", "centre"),
         follows="补齐后，仍自首日起纳入市级统筹保障", lapse="逾期未补的，可由市大数据局决定自首日起由单位自付，并列为整改问题"),
    Step("mark_overdue", RUNNING, "", (CLOCK,), art(12, 1), "书面同意逾期未补", awaited=False, informs=ALL,
         follows="由市大数据局决定是否自首日起由单位自付；决定前仍可补交"),
    Step("end_coverage", RUNNING, "", (APPROVER,), art(12, 1), "自首日起由单位自付", guards=("consent_missing",),
         needs_opinion=True, informs=ALL, irrevocable=True,
         follows="生成决定书；自首日起费用由用户单位承担，需要纳入统筹的另行申请，不溯及既往"),
    Step("ask_extension", ("in_service",), "", (HEAD,), art(12, 1), "提出延期", awaited=False,
         guards=("extension_allowed",), informs=("bureau",), follows="由市大数据局核实新的同意；核实前原期间照常届满"),
    Step("extend", ("in_service",), "", (APPROVER,), art(12, 1), "核实同意并延期", restarts=True,
         guards=("extension_allowed",), informs=("user_unit", "provider", "centre"), irrevocable=True,
         follows="生成延期通知书，统筹资金承担至新的最后一日"),
    Step("decline_extension", ("in_service",), "", (APPROVER,), art(12, 1), "不予延期", awaited=False, needs_opinion=True,
         informs=("user_unit", "provider"), follows="写明理由；原期间照常届满"),
    Step("convert", ("in_service",), "", (HEAD,), art(6, 1), "转为正式使用", awaited=False,
         guards=("temporary_convertible",), informs=("bureau", "centre"),
         follows="按本件清单生成服务申请草稿，按服务申请办理；开通后本件资源随之终止，期间不因此延长"),
    Step("end", ("in_service",), "ended", (HEAD, CLOCK), art(12, 2), "终止临时服务", informs=ALL,
         watch=tuple(Watch(f"temporary_reminder_{n}", ("user_unit", "provider"), before=True)
                     for n in ("first", "second", "last")),
         follows="由云服务商释放资源，到实际释放之日停止计费；终止后不能恢复", lapse="期间届满自动终止，次日起统筹资金不再承担"),
    Step("release", ("ended",), "released", (DELIVERY,), art(12, 2), "报告已释放资源", joint=True,
         guards=("temporary_release_day",), watch=(Watch("temporary_release", ("provider", "bureau")),),
         informs=("bureau", "user_unit", "centre"), irrevocable=True, follows="自实际释放之日起停止计费",
         lapse="一直未释放的，由清单比对列为差异，可列为整改问题，由市大数据局决定"),
    Step("finish", ("in_service", "ended"), "released", (CLOCK,), art(12, 2), "资源均已终止，办结", awaited=False, informs=ALL),
)
# fmt: on

TEMPORARY = register(
    Machine(
        kind="temporary",
        zh="临时服务",
        prefix="LS",
        cite=art(12),
        states=STATES,
        steps=(*REQUEST, *(_here(step) for step in OPENING if step.name in SHARED), *SERVICE),
        path=("submitted", "notified", "opened", "in_service", "ended", "released"),
        stages=("提出", "核实通知", "开通", "确认", "终止", "释放"),
        separated=(),
        opened_by=(HANDLER, HEAD),
        provider_from=("verify",),
    )
)
