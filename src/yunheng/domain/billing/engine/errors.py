"""What is wrong with a package, told with file, row and reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong. ``row`` counts from the header, which is row 1; absent when it is the whole file."""

    file: str
    row: int | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.file} 第{self.row}行" if self.row else self.file
        return f"{where}：{self.reason}"


class BadInput(Exception):
    """The package cannot be charged. ``mistakes`` has at least one entry; nothing has been written."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def refuse(file: str, reason: str, row: int | None = None) -> BadInput:
    """A refusal with a single mistake."""
    return BadInput([Mistake(file, row, reason)])
