"""What coverage begins with, what a request says, and what its steps carry."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from yunheng.domain.services.coverage import ending, operations, queries
from yunheng.domain.services.models import Coverage, Service
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Choices, Field
from yunheng.foundation.workflow.doors import REASON
from yunheng.law.ch3_funding.art13_ending import GROUNDS, cite_of_ground


def _systems(case: Any, actor: Actor) -> Choices:
    served = Service.objects.filter(closed_on=None, jurisdiction_id=actor.jurisdiction_id).values("system")
    found = systems(actor=actor).filter(pk__in=served).order_by("code")
    return tuple((system.code, f"{system.code} {system.name}") for system in found)


def _begin(*, actor: Actor, at: datetime, system: str, services: str = "") -> Coverage:
    """The unit asks for its system; the bureau lists what it is about to move out."""
    if actor.kind == "bureau":
        return ending.open_by_bureau(system=system, services=services, actor=actor, at=at)
    return operations.create(system=system, actor=actor, at=at)


def _first_day(case: Coverage, actor: Actor, today: date) -> date:
    return queries.first_day(case, on=today)


def _held(name: str) -> Any:
    return lambda case, actor, today: getattr(case, name)


DAY_HELP = "当日起由市级统筹资金承担"
SOURCE = Field("source", "资金来源", required=False, help="当年额度不足时必填，写明文号或科目；自下一年1月1日起的不填")

Coverage.opening = Act(
    _begin,
    (
        Field("system", "系统", "choice", choices=_systems),
        Field("services", "服务编号", required=False, most=2000, only="bureau",
              help="只移出部分资源的填写，几个编号用空格分开；不填的为整个系统"),
    ),
)  # fmt: skip
Coverage.edits = {
    "request": Act(
        operations.describe,
        (
            Field("wished_on", "希望纳入日期", "day", initial=_held("wished_on")),
            Field("reason", "申请事由", "area", most=1000, initial=_held("reason")),
            Field("phase_evidence", "所处阶段的依据", initial=_held("phase_evidence"),
                  help="技术验收意见、转入运维的文件，写明名称和日期"),
            Field("owner_evidence", "资产归属和建设方式的依据", initial=_held("owner_evidence"),
                  help="资产登记、建设合同，写明编号"),
            Field("remaining_money", "技术验收时剩余的云服务费（元）", "yuan", required=False,
                  initial=_held("remaining_money"), help="只在本办法施行前已处于实施期的项目填写（第十三条第三款）"),
            Field("money_evidence", "剩余云服务费的依据", required=False, initial=_held("money_evidence")),
            Field("evidence", "证明材料", "file", required=False),
        ),
        label="填写纳入申请",
        mends=("coverage_request_complete",),
    ),
}  # fmt: skip
Coverage.acts = {
    "pass_to_head": Act(operations.pass_to_head),
    "request": Act(operations.request),
    "evaluate": Act(operations.evaluate),
    "decide": Act(
        operations.decide,
        (Field("day", "纳入日期", "day", initial=_first_day, help=DAY_HELP), SOURCE),
    ),
    "decline": Act(operations.decline, (REASON,)),
    "take_up": Act(ending.take_up),
    "end": Act(
        ending.end,
        (
            Field("ground", "移出依据", "choice", choices=tuple((key, f"{cite_of_ground(key)}　{zh}") for key, zh in GROUNDS)),
            Field("known_on", "依据发生之日", "day",
                  help="优化建议的期限届满日、条件变化之日，或处理决定之日"),
            Field("day", "移出日期", "day", initial=lambda case, actor, today: today,
                  help="当日起由用户单位承担。优化建议的，不早于期限届满的次日；整改的，不早于今天"),
            REASON,
        ),
    ),
    "restore": Act(
        ending.restore,
        (
            Field("day", "恢复日期", "day", initial=lambda case, actor, today: today, help="今天或以后的一天"),
            SOURCE,
            REASON,
        ),
    ),
}  # fmt: skip
