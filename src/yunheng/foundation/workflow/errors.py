"""What can be in the way of a step, said so that the reader knows what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yunheng.law.kernel.citation import Cite
from yunheng.law.kernel.verdict import Verdict

GONE = "没有这个办件，或你无权查看"


class Refusal(Exception):
    """A step that cannot be taken: what happened, under which article, what to do now. ``status`` is the HTTP one."""

    status = 422
    facts: Mapping[str, Any] = {}  # by name, what a machine needs in order to go on

    def __init__(self, message: str, *, cite: Cite | None = None, todo: str = "") -> None:
        super().__init__(message)
        self.message, self.cite, self.todo = message, cite, todo


class NotOpen(Refusal):
    """The case is not in a state from which the step starts."""

    status = 409


class Conflict(NotOpen):
    """Somebody else was first; ``message`` says who and when."""


class NotYours(Refusal):
    """The step belongs to another party or another role."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or the reader may not know of it."""

    status = 404


class Refused(Refusal):
    """A rule does not hold. ``verdicts`` are all that were found, so that every gap is named at once."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        failed = [v for v in verdicts if not v.holds]
        super().__init__("；".join(v.sentence for v in failed), cite=failed[0].cite)
        self.verdicts = tuple(verdicts)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what was handed in: where (field, 第 4 行), and what it should be."""

    where: str
    what: str


class BadInput(Refusal):
    """What was handed in is wrong; every problem is named at once and nothing was stored."""

    def __init__(self, problems: Sequence[Problem], *, cite: Cite | None = None, todo: str = "") -> None:
        shown = "；".join(f"{p.where}：{p.what}" if p.where else p.what for p in problems[:5])
        more = f"；等共 {len(problems)} 处" if len(problems) > 5 else ""
        super().__init__(shown + more, cite=cite, todo=todo)
        self.problems = tuple(problems)
