"""Where a rule stands in the regulation, and how strongly it binds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_DIGITS = "零一二三四五六七八九"


def chinese_number(n: int) -> str:
    """Write 1…99 the way articles are numbered: 9 → 九, 10 → 十, 24 → 二十四."""
    if not 0 < n < 100:
        raise ValueError(f"no article number: {n}")
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")


class Force(Enum):
    """How strongly a sentence binds. Only ``IN_PRINCIPLE`` can be departed from, with a recorded reason (R-001)."""

    FORBIDDEN = "严禁"
    MUST_NOT = "不得"
    MUST = "应"
    IN_PRINCIPLE = "原则上"
    MAY = "可"
    ENCOURAGED = "鼓励"

    @property
    def waivable(self) -> bool:
        """Whether a recorded reason may set the rule aside."""
        return self is Force.IN_PRINCIPLE


@dataclass(frozen=True, order=True)
class Cite:
    """An article, down to paragraph (款) and item (项) where it has them; 0 means the article as a whole."""

    article: int
    paragraph: int = 0
    item: int = 0

    @property
    def zh(self) -> str:
        """第九条第二款, 第二十四条第一款第（四）项."""
        text = f"第{chinese_number(self.article)}条"
        if self.paragraph:
            text += f"第{chinese_number(self.paragraph)}款"
        if self.item:
            text += f"第（{chinese_number(self.item)}）项"
        return text

    @property
    def key(self) -> str:
        """The stored form: ``9.2``, ``24.1.4``, ``5``."""
        return ".".join(str(n) for n in (self.article, self.paragraph, self.item) if n)

    @property
    def anchor(self) -> str:
        """The fragment of the reading room: ``art-9-2``."""
        return "art-" + self.key.replace(".", "-")

    @classmethod
    def parse(cls, key: str) -> Cite:
        """Read ``9.2`` back. Raises ValueError on anything else."""
        parts = [int(part) for part in key.split(".")]
        if not 1 <= len(parts) <= 3:
            raise ValueError(f"no citation: {key!r}")
        return art(*parts)

    def __str__(self) -> str:
        return self.zh


def art(article: int, paragraph: int = 0, item: int = 0) -> Cite:
    """Cite an article of the regulation (1…27)."""
    if not 1 <= article <= 27:
        raise ValueError(f"the regulation has 27 articles, not {article}")
    return Cite(article, paragraph, item)
