"""Article 15, second paragraph, as a procedure: from one node to another, and whose money the days of both are.

Both run while the case is running. Of a migration that the platform caused the new node is free until the unit confirms
that it is complete, and the old one from then on; of one that the unit wanted both are charged, the old one from day 61
to the unit.

    registered ─ cause_decided ─ running ─ reported ─ confirmed ─ released
         │          └ contested ┘    └ aborted
         └ withdrawn
"""

from __future__ import annotations

from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import By, Machine, State, Step, Watch, register

HEAD, DELIVERY = By("user_unit", "head"), By("provider", "delivery")
REVIEWER, APPROVER, CLOCK = By("centre", "reviewer"), By("bureau", "approver"), By("clock")
CITE = art(15, 2)

# fmt: off
STATES = (
    State("registered",    "已登记",     "run"),
    State("cause_decided", "原因已认定", "run"),
    State("contested",     "原因有异议", "run"),
    State("running",       "并行运行",   "ok"),
    State("reported",      "已报完成",   "run"),
    State("confirmed",     "已确认",     "ok"),
    State("released",      "已释放",     "ok",   final=True),
    State("aborted",       "已中止",     "grey", final=True),
    State("withdrawn",     "已撤回",     "grey", final=True),
)

STEPS = (
    Step("decide_cause", ("registered",), "cause_decided", (REVIEWER,), CITE, "认定迁移原因",
         needs_opinion=True, informs=("user_unit", "provider", "bureau"), follows="平台原因的不重复计费；业务需要的，两个节点并行计费"),
    Step("contest", ("cause_decided", "running"), "contested", (HEAD, DELIVERY), CITE, "对原因有异议", awaited=False,
         guards=("cause_contested_once",), needs_opinion=True, informs=("bureau", "centre", "user_unit", "provider"),
         follows="由市大数据局认定"),
    Step("decide_at_bureau", ("contested",), "cause_decided", (APPROVER,), art(4, 1), "由市大数据局认定原因",
         needs_opinion=True, informs=("user_unit", "provider", "centre"), follows="认定后不能再提异议"),
    Step("run", ("cause_decided",), "running", (CLOCK,), CITE, "开始并行", awaited=False,
         informs=("user_unit", "provider"), follows="自新节点最早开通之日起计算并行天数"),
    Step("report_complete", ("running",), "reported", (DELIVERY,), CITE, "报告迁移完成",
         watch=(Watch("parallel_warning_first", ("user_unit", "provider")),
                Watch("parallel_warning_second", ("user_unit", "provider", "centre"))),
         informs=("user_unit", "bureau"), follows="由用户单位确认迁移完成的日期"),
    Step("confirm", ("reported",), "confirmed", (HEAD,), CITE, "确认迁移完成日期",
         guards=("migration_day_valid",), watch=(Watch("migration_confirm_centre", ("centre",)),),
         informs=("provider", "bureau", "centre"), irrevocable=True,
         follows="平台原因的，自该日起老节点停止计费，新节点开始计费", lapse="一直未确认的，转服务中心协调"),
    Step("dispute", ("reported",), "running", (HEAD,), CITE, "提出迁移未完成", awaited=False, needs_opinion=True,
         informs=("provider", "bureau"), follows="写明未完成之处，由云服务商继续迁移"),
    Step("release", ("confirmed",), "released", (DELIVERY,), CITE, "释放老节点",
         guards=("migration_release_valid",), watch=(Watch("migration_release_bureau", ("bureau",)),),
         informs=("user_unit", "bureau", "centre"), irrevocable=True, follows="老节点自释放之日起终止服务"),
    Step("abort", ("running",), "aborted", (HEAD,), CITE, "中止迁移", awaited=False, needs_opinion=True,
         guards=("migration_release_valid",), informs=("provider", "bureau", "centre"), irrevocable=True,
         follows="新节点自所填日期终止，老节点照常使用"),
    Step("withdraw", ("registered", "cause_decided", "contested"), "withdrawn", (HEAD, DELIVERY), CITE, "撤回登记",
         awaited=False, needs_opinion=True, informs=("user_unit", "provider", "centre"), follows="不再迁移，本件结束"),
)
# fmt: on

MIGRATION = register(
    Machine(
        kind="migration",
        zh="系统迁移",
        prefix="QY",
        cite=CITE,
        states=STATES,
        steps=STEPS,
        path=("cause_decided", "running", "reported", "confirmed", "released"),
        stages=("认定原因", "开始并行", "完成迁移", "确认", "释放老节点"),
        separated=("decide_cause", "decide_at_bureau"),
        opened_by=(HEAD, DELIVERY),
        provider_from=(),
    )
)
