"""What the steps of a difference carry."""

from __future__ import annotations

from typing import Any

from yunheng.domain.services.discrepancies import operations
from yunheng.domain.services.discrepancies.facts import candidates
from yunheng.domain.services.models import Discrepancy
from yunheng.foundation.workflow.acts import OPINION, Act, Choices, Field
from yunheng.law.articles import summary
from yunheng.law.kernel.citation import Cite

OUTCOMES = {
    "matched": "按已批准的办件核销", "converted": "转为变更办理后一致", "corrected": "清单有误，凭依据核销",
    "vanished": "后一清单已一致", "rectified": "整改完成",
}  # fmt: skip
PAPERS = {"evidence": "依据"}
WORDS = Field("opinion", "说明", "area", most=1000, help="写明差异的由来；已有办件的，写明编号")
_MOST = 100


def _cases(case: Discrepancy, actor: Any) -> Choices:
    found = candidates(case)[:_MOST]
    return tuple((c.number, f"{c.number} {c.procedure.zh} {c.title}（{c.state_zh}）") for c in found)


def _articles(case: Discrepancy, actor: Any) -> Choices:
    cites = [Cite.parse(key) for key in operations.ARTICLES]
    return tuple((cite.key, f"{cite.zh}　{summary(cite)}") for cite in cites)


CASE = Field("linked", "办件", "choice", choices=_cases)
PAPER = Field("paper", "依据材料", "file", required=False)

Discrepancy.acts = {
    "explain": Act(operations.explain, (PAPER, WORDS)),
    "correct": Act(operations.correct, (Field("paper", "更正依据", "file"), WORDS)),
    "match": Act(operations.match, (CASE, OPINION)),
    "convert": Act(
        operations.convert,
        (CASE, OPINION),
        note="事后批准不能核销差异：所选办件生效以前擅自运行的部分，统筹资金不予支付。",
    ),
    "accept_correction": Act(operations.accept_correction),
    "rectify": Act(operations.rectify, (Field("article", "涉及条款", "choice", choices=_articles),)),
    "confirm_rectified": Act(operations.confirm_rectified),
}
