"""Article 8 as a procedure: one case for the release of a system, from its preparation until it is retired.

The gate opens and shuts by the clock, as soon as evidence comes in or runs out. A released system of which a condition
no longer holds is amber until it is renewed: the clock says so and decides nothing.

    preparing ─ gated ─ released ─ retired
        │          └──────┼─ amber ┘
        └ (存量) ─────────┼───┘ └ held ┘
"""

from __future__ import annotations

from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import BACK, By, Machine, State, Step, Watch, register

HANDLER, HEAD, REVIEWER = By("user_unit", "handler"), By("user_unit", "head"), By("centre", "reviewer")
DELIVERY, CLOCK = By("provider", "delivery"), By("clock")
OPEN = ("preparing", "gated", "released", "amber", "held")
ASKED = ("preparing", "released", "amber")  # where an assessment may be said to be not required
BEFORE = tuple(Watch(f"expiry_reminder_{days}", before=True) for days in (90, 60, 30, 7))

# fmt: off
STATES = (
    State("preparing", "准备中",   "run"),
    State("gated",     "可以发布", "ok"),
    State("released",  "已发布",   "ok"),
    State("amber",     "已降级",   "soon"),
    State("held",      "已叫停",   "bad"),
    State("retired",   "已停用",   "grey", final=True),
    State("withdrawn", "已撤回",   "grey", final=True),
)

PREPARE = (
    Step("check", ("preparing",), "", (HANDLER,), art(8), "核对发布条件",
         follows="按现有证据逐项核对；各项满足的，即可发布"),
    Step("withdraw", ("preparing",), "withdrawn", (HANDLER, HEAD), art(8), "撤回发布准备", awaited=False),
    Step("claim_not_required", ASKED, "", (HEAD,), art(8), "提出不需要某项测评", awaited=False,
         guards=("not_required_allowed",), informs=("centre",), follows="写明级别和依据；由服务中心确认后才算数"),
    Step("confirm_not_required", ASKED, "", (REVIEWER,), art(8), "确认不需要",
         informs=("user_unit",), follows="确认后作为该项的结论，不是例外"),
    Step("refuse_not_required", ASKED, "", (REVIEWER,), art(8), "不予认定", awaited=False, needs_opinion=True,
         informs=("user_unit",), follows="该项仍须测评"),
    Step("adopt", ("preparing",), "amber", (CLOCK,), art(8), "存量登记", awaited=False, informs=("user_unit",),
         follows="平台启用前已上线的系统，补齐证据后恢复正常"),
    Step("gate", ("preparing",), "gated", (CLOCK,), art(8), "条件齐备", awaited=False, guards=("releasable",),
         informs=("user_unit",), follows="由单位负责人发布"),
)

RELEASE_STEPS = (
    Step("reopen", ("gated",), "preparing", (CLOCK,), art(8), "条件变化，退回准备", awaited=False,
         informs=("user_unit",), follows="补齐后自动恢复可以发布"),
    Step("release", ("gated",), "released", (HEAD,), art(8), "对外发布", guards=("releasable",),
         informs=("centre", "provider"), irrevocable=True, follows="发布时按当时的数据再核对一次；告知服务中心和云服务商"),
    Step("foresee", ("released",), "", (CLOCK,), art(8), "提示临近到期", awaited=False, informs=("user_unit",),
         follows="到期前上传新的结论，发布状态不受影响"),
    Step("renew", ("released",), "", (HEAD, CLOCK), art(8), "续期测评", guards=("releasable",), watch=BEFORE,
         follows="上传新的结论后自动办结", lapse="到期未续的，发布状态降级；可列为整改问题，由市大数据局决定"),
    Step("degrade", ("released",), "amber", (CLOCK,), art(8), "发布状态降级", awaited=False,
         informs=("user_unit", "centre", "provider"), follows="系统继续运行；补齐证据后恢复"),
    Step("restore", ("amber",), "released", (HEAD, CLOCK), art(8), "恢复正常发布", guards=("releasable",),
         watch=(Watch("amber_finding", ("user_unit", "centre")),), informs=("centre",),
         follows="各项条件满足后自动恢复", lapse="长期不补齐的，可列为整改问题（第二十四条第一款第四项），由市大数据局决定"),
    Step("hold", ("gated", "released", "amber"), "held", (DELIVERY, REVIEWER), art(8), "叫停发布", awaited=False,
         needs_opinion=True, informs=("user_unit", "centre", "provider"), follows="写明理由；解除后回到原来的状态"),
    Step("unhold", ("held",), BACK, (DELIVERY, REVIEWER), art(8), "解除叫停", needs_opinion=True,
         informs=("user_unit", "centre", "provider"), follows="回到叫停前的状态，按当时的数据再核对"),
    Step("retire", OPEN, "retired", (HEAD, CLOCK), art(11), "停用系统", awaited=False,
         informs=("centre", "provider"), irrevocable=True, follows="系统不再对外服务；再次上线须重新准备"),
)
# fmt: on

RELEASE = register(
    Machine(
        kind="release",
        zh="对外发布",
        prefix="FB",
        cite=art(8),
        states=STATES,
        steps=(*PREPARE, *RELEASE_STEPS),
        path=("gated", "released", "retired"),
        stages=("准备", "发布", "运行"),
        opened_by=(HANDLER, HEAD),
        provider_from=(),
    )
)
