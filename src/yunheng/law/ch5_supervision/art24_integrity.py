"""Article 24, first paragraph (4): data of a plug-in that may not be its machine's own, from the doubt to its end.

A machine decides nothing here: it shows what it found, and a person says whether the data are false (R-029).

suspected ─ explained ─┬─ dismissed    the data are the machine's own
                       └─ to_rectify ─ reported ─ closed
"""

from __future__ import annotations

from dataclasses import dataclass

from yunheng.law.ch5_supervision.art24_hearing import heard, not_heard
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.machine import By, Machine, State, Step, Watch, register
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

HEAD, REVIEWER, CLOCK = By("user_unit", "head"), By("centre", "reviewer"), By("clock")
DOUBTED, FOUND, FOUR = ("suspected", "explained"), ("to_rectify", "reported"), art(24, 1, 4)
WORD = Watch("integrity_explanation", ("user_unit", "centre"))
GROUNDS: dict[str, str] = {"token": "同一令牌有其他主机或签名公钥使用", "constant": "CPU和网络的监测值连续不变"}

# fmt: off
STATES = (
    State("suspected",  "待说明",       "run"),
    State("explained",  "已说明",       "run"),
    State("dismissed",  "不构成失真",   "ok", final=True),
    State("to_rectify", "已认定，待整改", "bad"),
    State("reported",   "已报整改",     "run"),
    State("closed",     "已核销",       "ok", final=True),
)

STEPS = (
    Step("explain", ("suspected",), "explained", (HEAD,), FOUR, "说明数据情况", needs_opinion=True, watch=(WORD,),
         informs=("centre",), follows="由服务中心核对说明，决定是否认定",
         lapse="一直未说明的，可由服务中心依据监测记录认定"),
    Step("explain", ("explained",), "", (HEAD,), FOUR, "补充说明", awaited=False, needs_opinion=True,
         informs=("centre",), follows="由服务中心核对说明"),
    Step("dismiss", DOUBTED, "dismissed", (REVIEWER,), art(4, 3), "不构成失真，核销", needs_opinion=True,
         informs=("user_unit", "provider"), follows="写明依据；同样的情形不再立案"),
    Step("confirm", DOUBTED, "to_rectify", (REVIEWER,), FOUR, "认定数据失真", awaited=False, needs_opinion=True,
         guards=("integrity_established",), informs=("user_unit", "provider", "bureau"),
         follows="列为整改问题；核实整改以前，该实例的上报不计入发布条件"),
    Step("report_rectified", FOUND[:1], "reported", (HEAD,), art(24, 1), "报告整改结果", needs_opinion=True,
         watch=(WORD,), informs=("centre", "bureau"), follows="由服务中心核实",
         lapse="一直不整改的，可由市大数据局另行决定处理"),
    Step("confirm_rectified", FOUND[1:], "closed", (REVIEWER,), art(24, 1), "核实整改完成", needs_opinion=True,
         guards=("data_sound",), informs=("user_unit", "provider", "bureau"),
         follows="写明核实的依据；该实例的上报自此计入发布条件"),
    Step("return_rectified", FOUND[1:], "to_rectify", (REVIEWER,), art(24, 1), "整改不符合要求", awaited=False,
         needs_opinion=True, informs=("user_unit", "provider", "bureau"), follows="由用户单位继续整改"),
    Step("end", DOUBTED, "closed", (CLOCK,), art(8), "服务已终止，核销", awaited=False,
         informs=("user_unit", "centre")),
)
# fmt: on

INTEGRITY = register(
    Machine(
        kind="integrity", zh="数据失真核查", prefix="SZ", cite=FOUR, states=STATES, steps=STEPS,
        path=("explained", "dismissed"), stages=("说明", "核销"), provider_from=(),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Doubt:
    """What is known when somebody is to decide: the ground, the unit's word, the working days that it had."""

    ground: str
    explained: bool
    waited: int


@rule(FOUR, Force.MUST)
def integrity_established(facts: Doubt, p: Parameters) -> Finding:
    """Found against a unit only after it was heard, or had its days."""
    term = p["integrity_explanation"].n
    word = heard(explained=facts.explained, waited=facts.waited, term=term)
    rows = (word, Row("核查事由", "监测记录", GROUNDS[facts.ground], "满足"))
    if word.hit:
        return Finding("fail", not_heard(term), rows)
    return Finding("ok", GROUNDS[facts.ground], rows)


@dataclass(frozen=True)
class Mended:
    """What is known when it is to be in order again: whether the service ended, the token was replaced (where another
    host used it), the values vary and are heard."""

    ground: str
    ended: bool
    replaced: bool
    varies: bool


@rule(FOUR, Force.MUST)
def data_sound(facts: Mended, p: Parameters) -> Finding:
    """A token that others know is replaced; values that stood still move. Nothing is asked where the service ended."""
    if facts.ground == "token":
        name, wanted, good = "令牌", "原令牌已停用", facts.replaced
    else:
        name, wanted, good = "监测值", "近两日有上报且有变化", facts.varies
    found = "服务已终止" if facts.ended else wanted if good else "还没有"
    holds = facts.ended or good
    rows = (Row(name, wanted, found, "满足" if holds else "不满足", hit=not holds),)
    return Finding("ok" if holds else "fail", f"{name}：{found}" if holds else f"{wanted}后才能核实整改", rows)
