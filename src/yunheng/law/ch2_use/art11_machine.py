"""Article 11 as a procedure: from the unit's request to the day on which the inventory shows nothing any more.

Nobody approves an exit: it is filed with the provider, the centre has a copy, the bureau gets the report (R-022).
The provider has one term from receipt to release. It stands still while the bureau holds the case and while the unit
has the backup to acknowledge. A unit that wants no backup says so when it submits: that is its acknowledgement, and
the provider releases at once.

    draft ─ submitted ─ backed_up ─ acknowledged ─ released ─ reported ─ closed
              │  └──── held ────┴───────┘              │  └── send_back ──┘
              └ withdrawn   └── release, no backup ────┘
"""

from __future__ import annotations

from yunheng.law.ch2_use.art07_machine import APPROVER, DELIVERY, HANDLER, HEAD, REVIEWER
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import BACK, By, Machine, State, Step, Watch, register

UNIT, VERIFIER = By("user_unit"), By("centre", "verifier")

# fmt: off
STATES = (
    State("draft",        "草稿",       "grey"),
    State("submitted",    "已提出",     "run"),
    State("held",         "暂停办理",   "back"),
    State("backed_up",    "已备份",     "run"),
    State("acknowledged", "已确认备份", "run"),
    State("released",     "已释放",     "ok"),
    State("reported",     "已报备",     "ok"),
    State("closed",       "已办结",     "ok",   final=True),
    State("withdrawn",    "已撤回",     "grey", final=True),
)
LATE = "逾期的，费用计到实际终止之日，超过时限的天数列为可争议，可由服务中心核查时决定"

STEPS = (
    Step("pass_to_head", ("draft",), "", (HANDLER,), art(11), "交负责人提交", follows="负责人提交后，即送达云服务商"),
    Step("submit", ("draft",), "submitted", (HEAD,), art(11), "提出退出",
         guards=("first_level_unit_submits", "exit_request_complete"), informs=("centre",),
         follows="不需要审批；自送达云服务商之日起计算时限，备份前可以撤回"),
    Step("withdraw", ("draft",), "withdrawn", (HANDLER, HEAD), art(11), "作废草稿", awaited=False),
    Step("withdraw", ("submitted",), "withdrawn", (HEAD,), art(11), "撤回退出", awaited=False,
         informs=("provider", "centre"), follows="撤回后本件结束，所涉服务照旧"),
    Step("back_up", ("submitted",), "backed_up", (DELIVERY,), art(11), "报告已备份", guards=("backup_wanted",),
         term="exit_term", informs=("user_unit",), follows="由用户单位确认备份；等待确认的日子不计入云服务商时限",
         lapse=LATE),
    Step("release", ("submitted",), "released", (DELIVERY,), art(11), "释放资源并终止服务",
         guards=("nothing_to_back_up", "release_day_valid"), term="exit_term", informs=("user_unit", "centre", "bureau"),
         irrevocable=True, follows="自实际终止之日起停止计费；释放后不能恢复", lapse=LATE),
    Step("hold", ("submitted", "backed_up", "acknowledged"), "held", (APPROVER,), art(23), "暂停办理", awaited=False,
         informs=("user_unit", "provider", "centre"), follows="资源和数据原样保留；暂停的日子不计入云服务商时限"),
    Step("unhold", ("held",), BACK, (APPROVER,), art(23), "恢复办理", informs=("user_unit", "provider", "centre"),
         follows="回到暂停前的一步，时限接着计算"),
    Step("acknowledge", ("backed_up",), "acknowledged", (UNIT,), art(11), "确认备份",
         watch=(Watch("exit_acknowledgement", ("user_unit", "centre")),), informs=("provider",),
         follows="由云服务商释放资源、终止服务", lapse="一直未确认的，转服务中心协调"),
    Step("refuse_backup", ("backed_up",), "submitted", (UNIT,), art(11), "提出备份不符", awaited=False,
         needs_opinion=True, informs=("provider", "centre"), follows="写明不符之处；云服务商重新备份，时限接着计算"),
    Step("release", ("acknowledged",), "released", (DELIVERY,), art(11), "释放资源并终止服务",
         guards=("release_day_valid",), term="exit_term", informs=("user_unit", "centre", "bureau"), irrevocable=True,
         follows="自实际终止之日起停止计费；释放后不能恢复", lapse=LATE),
    Step("report", ("released",), "reported", (DELIVERY,), art(11), "报备处置结果",
         watch=(Watch("exit_report", ("provider", "bureau")),), informs=("bureau", "user_unit"),
         follows="处置结果报告送市大数据局，由服务中心核实", lapse="一直未报备的，可列为整改问题，由市大数据局决定"),
    Step("close", ("reported",), "closed", (VERIFIER, REVIEWER), art(11), "核实并办结",
         guards=("gone_from_inventory",), informs=("user_unit", "provider", "bureau"), follows="核实清单中已无所退出的资源"),
    Step("send_back", ("reported",), "released", (VERIFIER, REVIEWER), art(11), "退回云服务商处置", awaited=False,
         needs_opinion=True, informs=("provider", "bureau"),
         follows="资源仍在清单中的，由云服务商重新处置并报备，可列为整改问题"),
)
# fmt: on

EXIT = register(
    Machine(
        kind="exit",
        zh="退出使用",
        prefix="TC",
        cite=art(11),
        states=STATES,
        steps=STEPS,
        path=("submitted", "backed_up", "acknowledged", "released", "reported", "closed"),
        stages=("提出退出", "备份", "确认备份", "释放终止", "报备", "核实"),
        separated=(),
        opened_by=(HANDLER, HEAD),
        provider_from=("submit",),
    )
)
