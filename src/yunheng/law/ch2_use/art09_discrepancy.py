"""Article 9, first paragraph, with 22: a difference between inventory and ledger, from its finding to its end.

    found ─ explained ─┬─ closed      by a case approved before, by a corrected inventory, by its disappearance
                       ├─ converted   taken over by a case filed later: what ran before stays the provider's or unit's
                       ├─ corrected   the provider says that its inventory was wrong; the centre looks at the evidence
                       └─ to_rectify ─ reported ─ closed
    every open state ─ vanish (the next inventory does not show it any more) ─ closed

Nothing is cured by approving it afterwards: a case that was approved only after the finding takes it over, and the days
before its effect are never the fund's to pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunheng.law.ch2_use.art09_difference_kinds import FITTING, KINDS, Kind
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.machine import By, Machine, State, Step, Watch, register
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

HEAD, DELIVERY = By("user_unit", "head"), By("provider", "delivery")
REVIEWER, CLOCK = By("centre", "reviewer"), By("clock")
OPEN = ("found", "explained", "corrected", "converted", "to_rectify", "reported")
HEARD = ("found", "explained")

# fmt: off
STATES = (
    State("found",      "待说明",       "run"),
    State("explained",  "已说明",       "run"),
    State("corrected",  "清单更正待核", "run"),
    State("converted",  "转为变更办理", "run"),
    State("to_rectify", "待整改",       "bad"),
    State("reported",   "已报整改",     "run"),
    State("closed",     "已核销",       "ok", final=True),
)

STEPS = (
    Step("explain", ("found",), "explained", (HEAD, DELIVERY), art(9, 1), "说明差异", needs_opinion=True,
         watch=(Watch("discrepancy_explanation", ("centre",)),), informs=("centre",),
         follows="由服务中心核对说明，决定核销、转办或整改"),
    Step("explain", ("explained",), "", (HEAD, DELIVERY), art(9, 1), "补充说明", awaited=False, needs_opinion=True,
         informs=("centre",), follows="由服务中心核对说明"),
    Step("correct", HEARD, "corrected", (DELIVERY,), art(23), "更正清单", awaited=False, needs_opinion=True,
         informs=("centre",), follows="附更正依据；下次清单不再出现即核销，服务中心也可凭依据核销"),
    Step("match", HEARD, "closed", (REVIEWER,), art(4, 3), "按已批准的办件核销", guards=("case_explains",),
         informs=("user_unit", "provider"), follows="所选办件须在发现之前已经批准，并涉及同一系统或服务",
         asks="决定核销、转办或整改"),
    Step("convert", HEARD, "converted", (REVIEWER,), art(9, 1), "转为变更办理", awaited=False, guards=("case_takes_over",),
         informs=("user_unit", "provider", "bureau"),
         follows="此后按所选办件办理；其生效以前擅自运行的部分，统筹资金不予支付"),
    Step("accept_correction", ("corrected",), "closed", (REVIEWER,), art(4, 3), "凭依据核销", needs_opinion=True,
         informs=("provider",), follows="写明依据；下次清单仍不符的，重新列出"),
    Step("refuse_correction", ("corrected",), "explained", (REVIEWER,), art(4, 3), "退回更正", awaited=False,
         needs_opinion=True, informs=("provider",), follows="写明依据不足之处"),
    Step("rectify", HEARD, "to_rectify", (REVIEWER,), art(24, 1), "转为整改问题", awaited=False, needs_opinion=True,
         informs=("user_unit", "provider", "bureau"), follows="由责任方整改并报结果；是否作出处理由市大数据局决定"),
    Step("report_rectified", ("to_rectify",), "reported", (HEAD, DELIVERY), art(24, 1), "报告整改结果", needs_opinion=True,
         watch=(Watch("discrepancy_explanation", ("centre",)),), informs=("centre", "bureau"), follows="由服务中心核实"),
    Step("confirm_rectified", ("reported",), "closed", (REVIEWER,), art(24, 1), "核实整改完成", needs_opinion=True,
         informs=("user_unit", "provider", "bureau"), follows="写明核实的依据；本件核销"),
    Step("return_rectified", ("reported",), "to_rectify", (REVIEWER,), art(24, 1), "整改不符合要求", awaited=False,
         needs_opinion=True, informs=("user_unit", "provider", "bureau"), follows="由责任方继续整改"),
    Step("vanish", OPEN, "closed", (CLOCK,), art(9, 1), "清单已一致，核销", awaited=False,
         informs=("user_unit", "provider", "centre")),
    Step("reappear", ("corrected", "converted"), "found", (CLOCK,), art(9, 1), "清单仍不一致", awaited=False,
         informs=("user_unit", "provider", "centre")),
)
# fmt: on

DISCREPANCY = register(
    Machine(
        kind="discrepancy", zh="清单差异", prefix="CY", cite=art(9, 1), states=STATES, steps=STEPS,
        path=("explained", "closed"), stages=("说明", "核销"), provider_from=(),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Linked:
    """A case that is said to explain a difference; ``approved_on`` is None while it is not approved (exit: filed)."""

    number: str
    kind: str
    kind_zh: str
    same_subject: bool
    over: bool
    approved_on: date | None
    difference: Kind
    found_on: date


def _fits(facts: Linked) -> tuple[list[str], list[Row]]:
    """What is wrong with the choice of a case, whenever it was approved."""
    fitting = facts.kind in FITTING[facts.difference]
    wrong = [] if fitting else [f"{facts.kind_zh}不能说明“{KINDS[facts.difference].zh}”"]
    wrong += [] if facts.same_subject else [f"{facts.number}与本差异不是同一系统或服务"]
    rows = [
        Row("办件种类", facts.kind_zh, facts.number, "满足" if fitting else "不满足", hit=not fitting),
        Row(
            "同一系统或服务",
            "办件登记",
            "是" if facts.same_subject else "否",
            "满足" if facts.same_subject else "不满足",
        ),
    ]
    return wrong, rows


@rule(art(9, 1), Force.MUST)
def case_explains(facts: Linked, p: Parameters) -> Finding:
    """Approved before the difference was found, about the same thing: what was seen had been approved all along."""
    wrong, rows = _fits(facts)
    before = facts.approved_on is not None and facts.approved_on <= facts.found_on
    shown = f"{facts.approved_on} ≤ {facts.found_on}" if before else f"发现日{facts.found_on}"
    rows.append(
        Row("发现之前已批准", shown, f"{facts.approved_on or '未批准'}", "满足" if before else "不满足", hit=not before)
    )
    if not before:
        wrong.append(f"{facts.number}在发现之前没有批准，不能据以核销；只能转为变更办理")
    return Finding("fail" if wrong else "ok", "；".join(wrong) or f"{facts.number}在发现之前已经批准", tuple(rows))


@rule(art(9, 1), Force.FORBIDDEN)
def case_takes_over(facts: Linked, p: Parameters) -> Finding:
    """A case on its way, or approved after the finding: it cures from its effect on, never what ran before."""
    wrong, rows = _fits(facts)
    ended = facts.over and facts.approved_on is None
    rows.append(
        Row("办件在办或已批准", "办件状态", "已结束" if ended else "是", "不满足" if ended else "满足", hit=ended)
    )
    wrong += [f"{facts.number}已结束且未获批准"] if ended else []
    return Finding(
        "fail" if wrong else "ok", "；".join(wrong) or f"自{facts.number}生效之日起按其办理，此前不予支付", tuple(rows)
    )
