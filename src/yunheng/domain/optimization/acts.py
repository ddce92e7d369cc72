"""What the steps of a suggestion carry, and what a unit fills in beside them."""

from __future__ import annotations

from typing import Any

from yunheng.domain.optimization import operations, reporting
from yunheng.domain.optimization.facts import candidates, lapsed_due
from yunheng.domain.optimization.models import MonthlyReport, Suggestion
from yunheng.foundation.workflow.acts import OPINION, Act, Choices, Field
from yunheng.law.ch2_use.art10_machine import DISMISSALS
from yunheng.law.kernel.terms import ONE_DAY

_MOST = 100
WAYS = (("change", "服务变更｜按建议的规格拟好草稿"), ("exit", "退出使用｜把所列服务列入退出"))
REASON = Field("opinion", "理由", "area", most=1000)


def _filed(case: Suggestion, actor: Any) -> Choices:
    return tuple((c.number, f"{c.number} {c.procedure.zh}（{c.state_zh}）") for c in candidates(case)[:_MOST])


def _way(case: Suggestion, actor: Any, today: Any) -> str:
    return "change" if case.to_sku else "exit"


Suggestion.acts = {
    "issue": Act(operations.issue),
    "dismiss": Act(
        operations.dismiss,
        (
            Field("dismissal", "原因", "choice", choices=DISMISSALS),
            Field("paper", "依据材料", "file", required=False),
            REASON,
        ),
    ),
    "plan_adjustment": Act(
        operations.plan_adjustment,
        (
            Field("linked", "办件", "choice", choices=_filed,
                  help="只列出已由本单位负责人提出的变更、退出；还没有的，先在本件中拟好并提出"),
            OPINION,
        ),
    ),
    "object": Act(
        operations.object_to,
        (
            Field("paper", "专家或第三方论证意见", "file", required=False, help="必要时附；再次提出时必须附新的意见"),
            Field("opinion", "意见说明", "area", most=1000),
        ),
    ),
    "uphold": Act(operations.uphold),
    "refuse": Act(operations.refuse),
    "end_coverage": Act(
        operations.end_coverage,
        (
            Field("day", "移出日期", "day", initial=lambda case, actor, today: lapsed_due(case) + ONE_DAY,
                  help="当日起由用户单位承担；不早于期限届满的次日"),
            REASON,
        ),
    ),
    "excuse": Act(operations.excuse),
}  # fmt: skip
Suggestion.edits = {
    "adjustment": Act(
        operations.draft_adjustment,
        (Field("way", "办理方式", "choice", choices=WAYS, initial=_way),),
        label="拟好变更或退出",
        note="拟好的是草稿，在“办件”中可以修改；由本单位负责人提出后，回到本件报告，才算按期。",
    ),
}
MonthlyReport.acts = {
    "redraft": Act(reporting.redraft),
    "submit": Act(reporting.submit),
}
MonthlyReport.edits = {
    "remarks": Act(
        reporting.remark,
        (Field("remarks", "说明", "area", most=1000, initial=lambda case, actor, today: case.remarks),),
        label="补充说明",
        note="数字由办件统计得出，不在这里填写。",
    ),
}
