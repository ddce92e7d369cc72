"""Article 24, first paragraph: nobody is found at fault before it was heard, or had its days to speak."""

from __future__ import annotations

from yunheng.law.kernel.verdict import Row


def heard(*, explained: bool, waited: int, term: int) -> Row:
    """The row of a verdict for the unit's word; it is hit where the unit has said nothing and its days still run.

    ``waited`` are the working days since the case was opened, ``term`` those that the unit has.
    """
    holds = explained or waited > term
    said = "已说明" if explained else f"未说明，已过 {waited} 个工作日"
    return Row("听取用户单位说明", f"说明，或满{term}个工作日", said, "满足" if holds else "不满足", hit=not holds)


def not_heard(term: int) -> str:
    """Why nothing can be found yet."""
    return f"须先听取用户单位说明，或自立案之日起满{term}个工作日"
