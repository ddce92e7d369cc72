"""Article 24, first paragraph (4): a plug-in that fell silent, from the suspicion to its end. A person confirms it.

suspected ─ explained ─┬─ closed       the word is accepted, or the gap was filled
                       └─ to_rectify ─ reported ─ closed
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunheng.law.ch2_use.art08_silence import SHOWN, Shown
from yunheng.law.ch5_supervision.art24_hearing import heard, not_heard
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.machine import By, Machine, State, Step, Watch, register
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

HEAD, REVIEWER, CLOCK = By("user_unit", "head"), By("centre", "reviewer"), By("clock")
HEARD, FOUR = ("suspected", "explained"), art(24, 1, 4)
WORD = Watch("uninstall_explanation", ("user_unit", "centre"))

# fmt: off
STATES = (
    State("suspected",  "待说明",     "run"),
    State("explained",  "已说明",     "run"),
    State("to_rectify", "待整改",     "bad"),
    State("reported",   "已报整改",   "run"),
    State("closed",     "已核销",     "ok", final=True),
)

STEPS = (
    Step("explain", ("suspected",), "explained", (HEAD,), FOUR, "说明停报原因", needs_opinion=True,
         watch=(WORD,), informs=("centre",), follows="由服务中心核对说明，决定核销或认定",
         lapse="一直未说明的，可由服务中心依据监测记录认定"),
    Step("explain", ("explained",), "", (HEAD,), FOUR, "补充说明", awaited=False, needs_opinion=True,
         informs=("centre",), follows="由服务中心核对说明"),
    Step("accept", HEARD, "closed", (REVIEWER,), art(4, 3), "采信说明，核销", needs_opinion=True,
         informs=("user_unit", "provider"), follows="写明采信的依据；再次停报的，另行立案"),
    Step("confirm", HEARD, "to_rectify", (REVIEWER,), FOUR, "认定为私自卸载", awaited=False, needs_opinion=True,
         guards=("uninstall_established",), informs=("user_unit", "provider", "bureau"),
         follows="列为整改问题，由用户单位恢复插件并报结果"),
    Step("report_rectified", ("to_rectify",), "reported", (HEAD,), art(24, 1), "报告整改结果", needs_opinion=True,
         watch=(WORD,), informs=("centre", "bureau"), follows="由服务中心核实",
         lapse="一直不整改的，可由市大数据局另行决定处理"),
    Step("confirm_rectified", ("reported",), "closed", (REVIEWER,), art(24, 1), "核实整改完成", needs_opinion=True,
         guards=("plugin_back",), informs=("user_unit", "provider", "bureau"), follows="写明核实的依据；本件核销"),
    Step("return_rectified", ("reported",), "to_rectify", (REVIEWER,), art(24, 1), "整改不符合要求", awaited=False,
         needs_opinion=True, informs=("user_unit", "provider", "bureau"), follows="由用户单位继续整改"),
    Step("recover", HEARD, "closed", (CLOCK,), art(8), "已补报或服务已停，核销", awaited=False,
         informs=("user_unit", "centre")),
)
# fmt: on

UNINSTALL = register(
    Machine(
        kind="uninstall", zh="插件停报", prefix="XZ", cite=FOUR, states=STATES, steps=STEPS,
        path=("explained", "closed"), stages=("说明", "核销"), provider_from=(),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Suspicion:
    """What is known when somebody is to decide: the unit's word, the working days it had, and what a return showed."""

    explained: bool
    waited: int
    silent_since: date
    shown: Shown | None  # None: not heard again


@rule(FOUR, Force.MUST)
def uninstall_established(facts: Suspicion, p: Parameters) -> Finding:
    """Found against a unit only after it was heard, or had its days; never where the data came afterwards."""
    term = p["uninstall_explanation"].n
    word = heard(explained=facts.explained, waited=facts.waited, term=term)
    seen = SHOWN[facts.shown] if facts.shown else "至今没有恢复上报"
    rows = (
        word,
        Row("停报及恢复情况", f"自{facts.silent_since}", seen, "不满足" if facts.shown == "network" else "满足",
            hit=facts.shown == "network"),
    )  # fmt: skip
    if facts.shown == "network":
        return Finding("fail", "停报期间的数据已经补报，不是卸载", rows)
    if word.hit:
        return Finding("fail", not_heard(term), rows)
    return Finding("ok", f"自{facts.silent_since}停止上报，{seen}", rows)
