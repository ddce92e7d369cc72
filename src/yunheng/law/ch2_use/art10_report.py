"""Article 10, third paragraph, last sentence: what every provider reports to the bureau each month.

The report is drafted from what was done in the procedure, so nobody writes figures; the provider adds words and signs.

    due ─ drafted ─ submitted ─ received
             │          └ returned ─ submitted
"""

from __future__ import annotations

from yunheng.law.ch2_use.art07_machine import APPROVER, CLOCK, DELIVERY
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import Machine, State, Step, Watch, register

CITE = art(10, 3)

# fmt: off
STATES = (
    State("due",       "待起草",   "grey"),
    State("drafted",   "待报送",   "run"),
    State("submitted", "已报送",   "run"),
    State("returned",  "退回重报", "back"),
    State("received",  "已收悉",   "ok", final=True),
)

STEPS = (
    Step("draft", ("due",), "drafted", (CLOCK,), CITE, "按数据起草", awaited=False, informs=("provider",),
         follows="由云服务商核对、补充说明后报送"),
    Step("redraft", ("drafted", "returned"), "", (DELIVERY,), CITE, "按最新数据重新起草", awaited=False,
         follows="数字重新统计，已写的说明保留"),
    Step("submit", ("drafted", "returned"), "submitted", (DELIVERY,), CITE, "报送月报",
         watch=(Watch("monthly_report_term", ("provider", "bureau")),), informs=("bureau", "centre"),
         follows="生成报告送市大数据局，抄送服务中心", lapse="一直未报送的，可列为整改问题，由市大数据局决定"),
    Step("receive", ("submitted",), "received", (APPROVER,), CITE, "收悉", informs=("provider",),
         follows="本月报告办结"),
    Step("return", ("submitted",), "returned", (APPROVER,), CITE, "退回重报", awaited=False, needs_opinion=True,
         informs=("provider",), follows="写明不符之处，由云服务商重新报送"),
)
# fmt: on

# What is counted: by the steps of the suggestions in the month, in the order in which it is shown.
COUNTED = (
    ("found", "新发现"), ("issue", "提出建议"), ("self_optimise", "用户单位主动优化"), ("adjusted", "按建议完成调整"),
    ("dismiss", "不予提出"), ("object", "提出异议"), ("uphold", "异议成立"), ("refuse", "异议未采纳"),
    ("lapse", "逾期未调整"), ("end_coverage", "移出统筹"), ("note", "自付资源，只作记录"), ("supersede", "资源另行变动"),
)  # fmt: skip

REPORT = register(
    Machine(
        kind="monthly_report",
        zh="优化月报",
        prefix="YB",
        cite=CITE,
        states=STATES,
        steps=STEPS,
        path=("drafted", "submitted", "received"),
        stages=("起草", "报送", "收悉"),
        separated=(),
        provider_from=(),
    )
)
