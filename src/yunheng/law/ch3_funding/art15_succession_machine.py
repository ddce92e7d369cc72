"""Article 15 and succession as a procedure: one act with basis and day, signed by both heads, effective on the day.

preparing ─ proposed ─ signed ─ effective
    └──────────┴──────────┴ withdrawn
"""

from __future__ import annotations

from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import By, Machine, State, Step, register

HANDLER, HEAD, APPROVER = By("user_unit", "handler"), By("user_unit", "head"), By("bureau", "approver")
CLOCK = By("clock")
SEAMLESS = ("succession_seamless",)

# fmt: off
STATES = (
    State("preparing", "拟订中",   "grey"),
    State("proposed",  "待对方签署", "run"),
    State("signed",    "已签署",   "run"),
    State("effective", "已生效",   "ok",   final=True),
    State("withdrawn", "已撤回",   "grey", final=True),
)

STEPS = (
    Step("propose", ("preparing",), "proposed", (HEAD, APPROVER), art(4, 2), "签署并提出承继", guards=SEAMLESS,
         informs=("user_unit", "centre", "bureau"), follows="由接收单位负责人签署；不涉及其他单位的，即行签署完毕"),
    Step("withdraw", ("preparing",), "withdrawn", (HANDLER, HEAD, APPROVER), art(4, 2), "作废", awaited=False),
    Step("sign", ("proposed",), "signed", (HEAD,), art(4, 2), "签署承继", guards=SEAMLESS,
         informs=("user_unit", "provider", "centre", "bureau"), irrevocable=True, follows="到生效日自动承继，当日终止、当日承接"),
    Step("decline", ("proposed",), "withdrawn", (HEAD, APPROVER), art(4, 2), "撤回或不同意承继", awaited=False, needs_opinion=True,
         informs=("user_unit", "centre"), follows="本件结束，各项服务不变"),
    Step("revoke", ("signed",), "withdrawn", (HEAD, APPROVER), art(4, 2), "生效前撤销承继", awaited=False, needs_opinion=True,
         informs=("user_unit", "provider", "centre", "bureau"), follows="本件结束，各项服务不变"),
    Step("take_effect", ("signed",), "effective", (CLOCK,), art(15, 1), "承继生效", awaited=False, guards=SEAMLESS,
         informs=("user_unit", "provider", "centre", "bureau"), irrevocable=True,
         follows="此前的费用记在原单位、原系统、原合同名下，此后的记在后继名下"),
)
# fmt: on

SUCCESSION = register(
    Machine(
        kind="succession",
        zh="承继",
        prefix="CJ",
        cite=art(15, 1),
        states=STATES,
        steps=STEPS,
        path=("proposed", "signed", "effective"),
        stages=("提出", "签署", "生效"),
        opened_by=(HANDLER, HEAD, APPROVER),
        provider_from=("sign", "take_effect"),
    )
)
