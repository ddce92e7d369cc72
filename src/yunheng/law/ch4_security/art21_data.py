"""Article 21: what data a system on the cloud holds, said before it goes live; what is sensitive is masked.

商业密码 is read as both trade secrets and material of commercial cryptography (R-016).
"""

from __future__ import annotations

from dataclasses import dataclass

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

CLASSES = (
    ("trade_secret", "商业秘密"),
    ("crypto_material", "商用密码材料"),
    ("personal", "个人信息"),
    ("important", "重要数据"),
)


@dataclass(frozen=True)
class Data:
    """What was declared of a system: the sensitive classes it holds (none: it holds none), and how they are masked."""

    classes: tuple[str, ...]
    masked: bool


@rule(art(21), Force.MUST)
def data_declared(facts: Data | None, p: Parameters) -> Finding:
    """The classes are declared; where there is a sensitive one, masking is attested."""
    if facts is None:
        return Finding("fail", "没有申报数据分类", (Row("数据分类申报", "用户单位申报", "—", "缺", hit=True),))
    names = "、".join(zh for code, zh in CLASSES if code in facts.classes) or "不涉及敏感数据"
    rows = [Row("数据分类申报", "用户单位申报", names, "满足")]
    if not facts.classes:
        return Finding("ok", "已申报，不涉及敏感数据", tuple(rows))
    rows.append(
        Row("脱敏脱密", "用户单位说明", "已落实" if facts.masked else "—", "满足" if facts.masked else "缺",
            hit=not facts.masked)
    )  # fmt: skip
    if not facts.masked:
        return Finding("fail", f"涉及{names}，没有说明脱敏脱密怎样落实", tuple(rows))
    return Finding("ok", f"已申报{names}，脱敏脱密已落实", tuple(rows))
