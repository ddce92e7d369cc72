"""Article 10, second paragraph: a declared busy period as a procedure. Declared by the head, checked by the centre,
confirmed by the bureau (R-026); the unit may withdraw it, the bureau may end it.

    draft ─ declared ─ checked ─┬─ confirmed ─┬─ withdrawn, by the unit
               └── returned ────┤             └─ ended, by the bureau, or by a newer one of the same name
                                └─ refused
"""

from __future__ import annotations

from yunheng.law.ch2_use.art07_machine import APPROVER, CLOCK, HANDLER, HEAD, REVIEWER
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Machine, State, Step, Watch, register

TWO, LOOKS, BUREAU = art(10, 2), art(4, 3), art(4, 1)
SOUND = ("first_level_unit_submits", "calendar_complete", "calendar_leaves_days")

# fmt: off
STATES = (
    State("draft",     "草稿",     "grey"),
    State("declared",  "待核对",   "run"),
    State("checked",   "待确认",   "run"),
    State("returned",  "退回补正", "back"),
    State("confirmed", "已确认",   "ok",   final=True),
    State("refused",   "不予确认", "bad",  final=True),
    State("withdrawn", "已撤回",   "grey", final=True),
    State("ended",     "已终止",   "grey", final=True),
)

STEPS = (
    Step("pass_to_head", ("draft",), "", (HANDLER,), TWO, "交负责人申报", follows="由负责人申报"),
    Step("declare", ("draft",), "declared", (HEAD,), TWO, "申报业务高峰期", guards=SOUND, informs=("centre",),
         follows="由服务中心核对、市大数据局确认；核对期间在限定的日子内暂予保护，不影响已经提出的优化建议"),
    Step("redeclare", ("returned",), "declared", (HEAD,), TWO, "重新申报", guards=SOUND, informs=("centre",),
         watch=(Watch("returned_lapse"),), follows="由服务中心重新核对；暂予保护的日子不重新计算"),
    Step("withdraw", ("draft",), "withdrawn", (HANDLER, HEAD), TWO, "作废草稿", awaited=False),
    Step("withdraw", ("declared", "checked", "returned", "confirmed"), "withdrawn", (HEAD,), TWO, "撤回业务高峰期",
         awaited=False, informs=("centre", "bureau"), follows="自撤回之日起不再保护；需要的另行申报"),
    Step("check", ("declared",), "checked", (REVIEWER,), LOOKS, "核对后报市大数据局", needs_opinion=True,
         watch=(Watch("busy_check", ("centre",)),), informs=("user_unit",),
         follows="写明业务依据和监测数据是否相符；由市大数据局确认"),
    Step("return", ("declared",), "returned", (REVIEWER,), LOOKS, "退回补正", awaited=False, needs_opinion=True,
         informs=("user_unit",), follows="写明须补正的内容；退回期间不暂予保护"),
    Step("return", ("checked",), "returned", (APPROVER,), BUREAU, "退回补正", awaited=False, needs_opinion=True,
         informs=("user_unit", "centre"), follows="写明须补正的内容；退回期间不暂予保护"),
    Step("confirm", ("checked",), "confirmed", (APPROVER,), TWO, "确认业务高峰期", guards=("calendar_leaves_days",),
         watch=(Watch("busy_confirm", ("bureau",)),), informs=("user_unit", "centre"),
         follows="高峰期内及其之前不提缩容、回收的建议；确认一次，按周期有效"),
    Step("refuse", ("checked",), "refused", (APPROVER,), TWO, "不予确认", awaited=False, needs_opinion=True,
         informs=("user_unit", "centre"), follows="写明理由，函复用户单位；自即日起不再暂予保护"),
    Step("end", ("confirmed",), "ended", (APPROVER,), TWO, "终止业务高峰期", awaited=False, needs_opinion=True,
         informs=("user_unit", "centre"), follows="写明理由，函告用户单位；自即日起不再保护"),
    Step("replace", ("confirmed",), "ended", (CLOCK,), TWO, "由同名的新日历代替", awaited=False,
         informs=("user_unit",), follows="此后按新确认的日期保护"),
    Step("lapse", ("returned",), "withdrawn", (CLOCK,), TWO, "逾期未重新申报，视为撤回", awaited=False,
         informs=("user_unit", "centre"), follows="需要的另行申报"),
)
# fmt: on

BUSY_CALENDAR = register(
    Machine(
        kind="busy_calendar", zh="业务日历", prefix="RL", cite=TWO, states=STATES, steps=STEPS,
        path=("declared", "checked", "confirmed"), stages=("申报", "核对", "确认"), separated=(),
        opened_by=(HANDLER, HEAD), provider_from=(),
    )
)  # fmt: skip
