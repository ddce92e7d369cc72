"""What each step of a migration carries (15.2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from yunheng.domain.services.migration import operations
from yunheng.domain.services.models import Migration
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Field, Row
from yunheng.foundation.workflow.models import Event
from yunheng.law.ch3_funding.art15_migration import CAUSES

MOST_PAIRS = 50


def _register(*, pairs: list[dict[str, Any]], reason: str, actor: Actor, at: datetime) -> Migration:
    given = [(row["source"].strip(), row["target"].strip()) for row in pairs]
    return operations.register(pairs=given, reason=reason, actor=actor, at=at)


def _targets(case: Migration, *, targets: list[dict[str, Any]], actor: Actor, at: datetime) -> Migration:
    given = [(row["key"], row["target"].strip()) for row in targets]
    return operations.name_targets(case, targets=given, actor=actor, at=at)


def _sources(case: Migration, actor: Actor) -> list[Row]:
    return [
        Row(
            pair.source.number, f"{pair.source.number} {pair.source.name}",
            {"target": pair.target.number if pair.target else ""},
        )
        for pair in case.pairs.select_related("source", "target")
    ]  # fmt: skip


def _decide(step: str) -> Any:
    def act(case: Migration, **given: Any) -> Event:
        return operations.decide_cause(case, step=step, **given)

    return act


def _today(case: Migration, actor: Actor, today: date) -> date:
    return today


PAIRS = Field(
    "pairs", "迁移的节点", "rows", open=MOST_PAIRS, help="一行一对；新节点尚未开通的，先不填",
    columns=(
        Field("source", "老节点服务编号", most=20),
        Field("target", "新节点服务编号", most=20, required=False),
    ),
)  # fmt: skip
TARGETS = Field(
    "targets", "新节点", "rows", rows=_sources, columns=(Field("target", "新节点服务编号", most=20, required=False),)
)
CAUSE = Field("cause", "迁移原因", "choice", choices=CAUSES, help="更换云服务商的，按平台原因办理")
DAY = Field("day", "终止日期", "day", initial=_today, help="自该日起不再计费")

Migration.opening = Act(
    _register,
    (PAIRS, Field("reason", "迁移事由", "area", most=1000)),
    label="登记迁移",
    note="新节点须先按服务申请或变更开通；一件只迁移一个系统的服务。",
)
Migration.edits = {"targets": Act(_targets, (TARGETS,), label="写明新节点")}
# fmt: off
Migration.acts = {
    "decide_cause":     Act(_decide("decide_cause"), (CAUSE,)),
    "decide_at_bureau": Act(_decide("decide_at_bureau"), (CAUSE,)),
    "contest":          Act(operations.contest),
    "confirm":          Act(operations.confirm, (Field("day", "迁移完成日期", "day", initial=_today),)),
    "release":          Act(operations.release, (DAY,)),
    "abort":            Act(operations.abort, (DAY,)),
    "withdraw":         Act(operations.withdraw),
}
# fmt: on
