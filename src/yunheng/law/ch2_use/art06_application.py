"""Article 6, second paragraph: which papers an application carries.

The list of the text is open (包括但不限于): the five papers and the sizing are asked for, others are welcome. A paper
that does not apply wants a reason, never silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

PAPERS = (
    ("form", "服务需求申请表"),
    ("list", "资源清单"),
    ("plan", "项目实施方案"),
    ("contract", "合同"),
    ("acceptance", "验收意见（或成品软件部署环境要求）"),
    ("sizing", "需求测算依据"),
)
FILLED_IN = ("list", "sizing")  # worked on screen; a file is welcome and not needed
OTHER_PAPERS = (("undertaking", "上云安全承诺书"), ("other", "其他材料"))


@dataclass(frozen=True)
class Papers:
    """Per kind of paper: "attached", or the reason why it does not apply, or "" when it is missing."""

    attached: frozenset[str]
    not_applicable: Mapping[str, str]
    lines: int


@rule(art(6, 2), Force.MUST)
def papers_complete(facts: Papers, p: Parameters) -> Finding:
    """Every gap is named at once."""
    rows, gaps = [], []
    for kind, zh in PAPERS:
        reason = facts.not_applicable.get(kind, "").strip()
        if kind in facts.attached:
            rows.append(Row(zh, "已附", "有", "满足"))
        elif reason:
            rows.append(Row(zh, f"不适用：{reason}", "—", "已说明"))
        else:
            rows.append(Row(zh, "未附，也未写明不适用的理由", "缺", "不满足", hit=True))
            gaps.append(f"“{zh}”")
    if not facts.lines:
        gaps.append("资源清单中的资源")
        rows.append(Row("资源清单有资源", "至少一行", "0行", "不满足", hit=True))
    if gaps:
        return Finding("fail", f"缺少{'、'.join(gaps)}。不适用的，写明理由", tuple(rows))
    noted = sum(1 for row in rows if row.outcome == "已说明")
    text = f"申请材料齐全，{len(rows)}项中{len(rows) - noted}项已附"
    return Finding("ok", text + (f"，{noted}项注明不适用" if noted else ""), tuple(rows))
