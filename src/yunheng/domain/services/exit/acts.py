"""What an exit begins with, what its draft says, and what its steps carry."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.exit import operations
from yunheng.domain.services.models import Exit, Service
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.acts import Act, Choices, Field
from yunheng.law.ch2_use.art11_exit import DIGESTS

YES_NO = (("yes", "需要"), ("no", "不需要"))
DESTROYED = (("yes", "已销毁"), ("no", "未销毁"))


def _systems(case: Any, actor: Any) -> Choices:
    served = Service.objects.filter(closed_on=None, unit_id=actor.organisation_id).values("system")
    found = systems(actor=actor).filter(pk__in=served).order_by("code")
    return tuple((system.code, f"{system.code} {system.name}") for system in found)


def _providers(case: Any, actor: Any) -> Choices:
    serving = Service.objects.filter(closed_on=None, unit_id=actor.organisation_id).values("contract__provider")
    return tuple(Organisation.objects.filter(pk__in=serving).order_by("name").values_list("credit_code", "name"))


def _services(case: Exit, actor: Any) -> Choices:
    return tuple(
        (s.number, f"{s.number} {s.name} {s.quantity.normalize():f}{s.measure}") for s in operations.offered(case)
    )


def _chosen(case: Exit, actor: Any, today: date) -> list[str]:
    return [service.number for service in case.services]


def _backup(case: Exit, actor: Any, today: date) -> str:
    return {True: "yes", False: "no"}.get(case.wants_backup, "")  # type: ignore[arg-type]


Exit.opening = Act(
    operations.create,
    (
        Field("system", "系统", "choice", choices=_systems),
        Field("provider", "云服务商", "choice", required=False, choices=_providers,
              help="系统由几家云服务商提供服务的，选择一家，分别提出"),
    ),
    note="先列入该系统全部在用服务（正在其他事项中办理的除外），可在草稿中改为部分退出。只减少数量的，按服务变更办理。",
)  # fmt: skip
Exit.edits = {
    "request": Act(
        operations.describe,
        (
            Field("services", "退出的服务", "many", choices=_services, initial=_chosen,
                  help="全部退出的，全部选上"),
            Field("wants_backup", "数据迁移备份", "choice", choices=YES_NO, initial=_backup,
                  help="写明不需要的，视为已确认，云服务商收到后直接释放"),
            Field("backup_to", "备份移交到", required=False, initial=lambda case, actor, today: case.backup_to,
                  help="需要备份的必填，如单位自有存储、指定的对象存储"),
            Field("reason", "退出事由", "area", most=1000, initial=lambda case, actor, today: case.reason),
        ),
        label="填写退出申请",
    ),
}  # fmt: skip
Exit.acts = {
    "pass_to_head": Act(operations.pass_to_head),
    "submit": Act(operations.submit),
    "hold": Act(
        operations.hold,
        (Field("ground", "所涉事件或检查", help="名称和编号，如“2026年第三季度安全检查”"),),
    ),
    "back_up": Act(
        operations.back_up,
        (
            Field("digest_kind", "摘要算法", "choice", choices=DIGESTS),
            Field("digest", "备份摘要", help="64位十六进制数字"),
            Field("place", "备份存放位置"),
        ),
    ),
    "release": Act(
        operations.release,
        (
            Field("day", "实际终止日", "day", initial=lambda case, actor, today: today,
                  help="当日不计费；不早于收到申请或单位确认备份之日，不晚于今天"),
        ),
    ),
    "report": Act(
        operations.report,
        (
            Field("disposal", "处置结果", "area", most=1000, help="资源、网络地址、备份、账号各作了什么处理"),
            Field("destroyed", "数据销毁", "choice", choices=DESTROYED),
        ),
    ),
}  # fmt: skip
