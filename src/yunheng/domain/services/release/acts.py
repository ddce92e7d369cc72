"""What each act of a release carries, and the operation that takes it (8)."""

from __future__ import annotations

from functools import partial
from typing import Any

from yunheng.domain.services.models import Release
from yunheng.domain.services.models.release import pending_claims
from yunheng.domain.services.release import facts
from yunheng.domain.services.release import operations as do
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Act, Choices, Field
from yunheng.law.ch2_use.art08_evidence import CONCLUSIONS, FURTHER, KINDS
from yunheng.law.ch4_security.art21_data import CLASSES


def _systems(case: Any, actor: Actor) -> Choices:
    return tuple((row.code, f"{row.name}（{row.code}）") for row in systems(actor=actor).order_by("name"))


def _claimable(case: Release, actor: Actor) -> Choices:
    return tuple((kind, zh) for kind, zh in KINDS if kind in facts.claimable(case))


def _pending(case: Release, actor: Actor) -> Choices:
    return tuple((f"{row.pk}", f"{row.name}：{row.ground}（按等保{row.level}级）") for row in pending_claims(case))


def _all_pending(case: Release, actor: Actor, today: Any) -> list[str]:
    return [key for key, _ in _pending(case, actor)]


def _declared(name: str) -> Any:
    """What was declared last, to be changed where it is no longer so."""

    def initial(case: Release, actor: Actor, today: Any) -> Any:
        held = facts.declared(case)
        if held is None:
            return None
        return not held.classes if name == "none" else getattr(held, name)

    return initial


def _result(kind: str, zh: str) -> Act:
    conclusions = tuple((code, word) for code, word, _ in CONCLUSIONS[kind])
    lasts = (Field("valid_until", "有效期至（含）", "day", required=False, help="不填的，按测评周期计算"),)
    return Act(
        partial(do.record, kind=kind),
        (
            Field("conclusion", "结论", "choice", choices=conclusions),
            Field("concluded_on", "结论日期", "day"),
            *lasts,
            Field("assessor", "测评机构", required=False, most=80),
            Field("number", "报告编号", required=False, most=60),
            Field("open_findings", "遗留问题（项）", "count", required=False),
            Field("attachment", "报告", "file"),
        ),
        label=f"登记{zh}结论",
    )


CLAIMS = Field("claims", "项目", "many", choices=_pending, initial=_all_pending)
DATA = Act(
    do.declare,
    (
        Field("classes", "数据类别", "many", required=False, choices=CLASSES, initial=_declared("classes")),
        Field("none", "不涉及以上各类", "flag", required=False, initial=_declared("none")),
        Field("masked", "涉及的数据已按规定脱敏脱密", "flag", required=False, initial=_declared("masked")),
        Field("statement", "脱敏脱密说明", "area", required=False, most=500, initial=_declared("statement")),
        Field("attachment", "说明文件", "file", required=False),
    ),
    label="申报数据分类",
)
FURTHER_ACT = Act(
    do.list_further,
    (
        Field(
            "further", "还须做的测评", "many", required=False,
            choices=tuple((kind, zh) for kind, zh in KINDS if kind in FURTHER),
            initial=lambda case, actor, today: case.further,
        ),
    ),
    label="列出其他测评",
)  # fmt: skip

Release.opening = Act(do.prepare, (Field("system", "系统", "choice", choices=_systems),), label="开始准备")
Release.edits = {
    **{kind: _result(kind, zh) for kind, zh in KINDS}, "data": DATA, "further": FURTHER_ACT,
}  # fmt: skip
Release.acts = {
    "check": Act(do.check),
    "claim_not_required": Act(
        do.claim_not_required,
        (
            Field("what", "项目", "choice", choices=_claimable),
            Field("ground", "依据", "area", most=300, help="写明等保级别和所依据的规定"),
            Field("attachment", "依据文件", "file", required=False),
        ),
    ),
    "confirm_not_required": Act(partial(do.answer_claims, step="confirm_not_required"), (CLAIMS,)),
    "refuse_not_required": Act(partial(do.answer_claims, step="refuse_not_required"), (CLAIMS,)),
    "release": Act(partial(do.judged, step="release")),
    "renew": Act(partial(do.judged, step="renew")),
    "restore": Act(partial(do.judged, step="restore")),
    "unhold": Act(do.unhold),
}
