"""What a business calendar begins with, what its draft says, and what its steps carry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from yunheng.domain.optimization.calendar import operations
from yunheng.domain.optimization.models import BusyCalendar
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.acts import Act, Choices, Field
from yunheng.law.ch2_use.art10_season import RECURRENCES


def _systems(case: Any, actor: Any) -> Choices:
    return tuple((system.code, f"{system.code} {system.name}") for system in systems(actor=actor).order_by("code"))


def _kept(name: str) -> Callable[[Any, Any, date], Any]:
    return lambda case, actor, today: getattr(case, name) if case else None


FIELDS = (
    Field("name", "高峰期名称", most=40, help="如“年报”“学期末”；同名的经确认后，代替原来的", initial=_kept("name")),
    Field("first", "首日", "day", help="最近一次或下一次", initial=_kept("first")),
    Field("last", "末日", "day", help="含当日", initial=_kept("last")),
    Field("recurs", "周期", "choice", choices=tuple((code, zh) for code, zh, _ in RECURRENCES), initial=_kept("recurs")),
    Field("factor", "预计峰值倍数", "number", required=False, initial=_kept("factor"),
          help="高峰期用量约为平时的几倍，供核对参考，不进入计算"),
    Field("ground", "业务依据", "area", most=1000, help="什么业务、依据什么文件或安排在这些日子集中办理", initial=_kept("ground")),
    Field("paper", "依据材料", "file", required=False, help="文件、通知、往年数据等；重新上传的代替原来的"),
)  # fmt: skip

BusyCalendar.opening = Act(
    operations.create,
    (Field("system", "系统", "choice", choices=_systems), *FIELDS),
    label="存为草稿",
    note="由负责人申报，服务中心核对，市大数据局确认。确认后，高峰期内及其之前不提缩容、回收的建议。"
    "已经收到的优化建议不因申报停止计时，有异议的仍须在期限内提出。",
)
BusyCalendar.edits = {"period": Act(operations.describe, FIELDS, label="修改高峰期", mends=("calendar_complete",))}
BusyCalendar.acts = {
    "pass_to_head": Act(operations.pass_to_head),
    "declare": Act(operations.declare),
    "redeclare": Act(operations.redeclare),
    "withdraw": Act(operations.withdraw),
    "confirm": Act(operations.confirm),
    "refuse": Act(operations.refuse),
    "end": Act(operations.end),
}
