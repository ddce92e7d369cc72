"""Article 8: the assessments that come before a release, in the words of those who make them.

The levels and the cycles come from the national rules on 等保 and 密评, which the article presupposes; the figures are
parameters of the product. A conclusion holds up to and including its last day.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

KINDS = (
    ("system_test", "系统测试"),
    ("mlps", "等级保护测评"),
    ("crypto", "密码测评"),
    ("software", "软件测评"),
    ("penetration", "渗透测试"),
    ("code_audit", "源代码安全检测"),
)
ALWAYS = ("system_test", "mlps", "crypto", "software")  # 8 names the first three, 19.2 the fourth
FURTHER = ("penetration", "code_audit")  # asked where the case lists them
BY_LEVEL = ("mlps", "crypto")  # what a system of a high level can never do without
NOT_REQUIRED = "not_required"

# code, word, whether it is good enough. The words of 等保 differ by the edition of the report.
_PLAIN = (("passed", "通过", True), ("failed", "不通过", False))
_FIT = (("fit", "符合", True), ("mostly", "基本符合", True), ("unfit", "不符合", False))
_GRADES = (("excellent", "优", True), ("good", "良", True), ("medium", "中", True), ("poor", "差", False))
CONCLUSIONS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "system_test": _PLAIN, "mlps": (*_FIT, *_GRADES), "crypto": _FIT, "software": _PLAIN, "penetration": _PLAIN,
    "code_audit": _PLAIN,
}  # fmt: skip


def conclusion_zh(kind: str, code: str) -> str:
    """The word of a conclusion; 不需要 where the assessment is not required."""
    return "不需要" if code == NOT_REQUIRED else {c: zh for c, zh, _ in CONCLUSIONS[kind]}[code]


def good_enough(kind: str, code: str) -> bool:
    """Whether a conclusion lets the system go live."""
    return {c: good for c, _, good in CONCLUSIONS[kind]}.get(code, False)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    total = day.month - 1 + months
    year, month = day.year + total // 12, total % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def holds_until(kind: str, level: int, concluded_on: date, p: Parameters) -> date | None:
    """The last day on which a conclusion holds at most; None where nothing sets a cycle."""
    if kind == "crypto":
        return months_later(concluded_on, p["crypto_cycle"])
    if kind != "mlps":
        return None
    name = "mlps_cycle_4" if level >= 4 else "mlps_cycle_3" if level == 3 else "mlps_cycle_2"
    return months_later(concluded_on, p[name])


@dataclass(frozen=True)
class Claim:
    """An assessment said to be not required for a system of a level, with the ground."""

    kind: str
    level: int
    ground: str


@rule(art(8), Force.MUST)
def not_required_allowed(facts: Claim, p: Parameters) -> Finding:
    """Not required is a result with level and ground, never a waiver (R-015); a system test is always required."""
    zh, least = dict(KINDS)[facts.kind], p["assessment_level"]
    bound = facts.kind in BY_LEVEL and facts.level >= least
    asked = f"{zh}自{least}级起必须" if facts.kind in BY_LEVEL else "系统登记"
    rows = (
        Row("可以不需要的项目", "系统测试除外", zh, "不满足" if facts.kind == "system_test" else "满足"),
        Row("等保级别", asked, f"{facts.level}级", "不满足" if bound else "满足", hit=bound),
        Row("依据", "书面写明", facts.ground.strip()[:60] or "—", "满足" if facts.ground.strip() else "缺"),
    )
    if facts.kind == "system_test":
        return Finding("fail", "系统测试是每个系统都要做的，没有不需要的情形", rows)
    if bound:
        return Finding("fail", f"等保{facts.level}级的系统须做{zh}，没有不需要的情形", rows)
    if not facts.ground.strip():
        return Finding("fail", f"写明{zh}不需要的依据", rows)
    return Finding("ok", f"等保{facts.level}级，{zh}可以认定为不需要", rows)
