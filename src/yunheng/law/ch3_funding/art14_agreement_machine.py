"""Articles 7, 9, 12, 14 for what is not covered: terms that the parties agree themselves, entered by both signatures.

    drafted ─ proposed ─ in_force
                 └ declined · withdrawn

Who proposes has signed; the other side signs or declines. A handler may draw up what the head then signs. It is drawn
up in the open: nothing binds before both signed.
"""

from __future__ import annotations

from yunheng.law.ch2_use.art07_machine import DELIVERY, HANDLER, HEAD
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Machine, State, Step, Watch, register

# fmt: off
SUBJECTS = (
    ("charge_start",    "计费起始日"),
    ("trial_extension", "延长试用"),
    ("change",          "服务变更"),
    ("temporary",       "临时服务"),
    ("other",           "其他约定"),
)
CITES = {
    "charge_start": art(7, 1), "trial_extension": art(7, 2), "change": art(9, 1), "temporary": art(12, 1),
    "other": art(14),
}
STATES = (
    State("drafted",   "拟订中",     "grey"),
    State("proposed",  "待对方签署", "run"),
    State("in_force",  "已生效",     "ok",   final=True),
    State("declined",  "未达成",     "grey", final=True),
    State("withdrawn", "已撤回",     "grey", final=True),
)
SOUND = ("agreement_uncovered", "agreement_complete", "trial_extension_allowed")

STEPS = (
    Step("propose", ("drafted",), "proposed", (HEAD, DELIVERY), art(14), "签署并送对方", guards=SOUND,
         informs=("user_unit", "provider"), follows="由对方签署；对方签署前可以撤回"),
    Step("discard", ("drafted",), "withdrawn", (HANDLER, HEAD, DELIVERY), art(14), "不再拟订", awaited=False),
    Step("sign", ("proposed",), "in_force", (HEAD, DELIVERY), art(14), "签署协议", guards=SOUND, irrevocable=True,
         watch=(Watch("agreement_reminder"),), informs=("user_unit", "provider", "centre"),
         follows="双方均已签署，所约定的内容自约定之日起记入台账"),
    Step("decline", ("proposed",), "declined", (HEAD, DELIVERY), art(14), "不同意", awaited=False, needs_opinion=True,
         informs=("user_unit", "provider"), follows="写明理由；本件结束，台账没有变动"),
    Step("withdraw", ("proposed",), "withdrawn", (HEAD, DELIVERY), art(14), "撤回协议", awaited=False,
         informs=("user_unit", "provider"), follows="对方签署前可以撤回；本件结束，台账没有变动"),
)
# fmt: on

AGREEMENT = register(
    Machine(
        kind="agreement",
        zh="协议登记",
        prefix="XY",
        cite=art(14),
        states=STATES,
        steps=STEPS,
        path=("proposed", "in_force"),
        stages=("一方签署", "双方签署"),
        opened_by=(HANDLER, HEAD, DELIVERY),
        provider_from=(),
    )
)
