"""Plain values of the smaller parts: what a page gives to a tag of ``templatetags.yh``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yunheng.interfaces.web.components.badges import Badge
from yunheng.interfaces.web.components.clock import ClockView
from yunheng.law.kernel.citation import Cite


@dataclass(frozen=True)
class Crumb:
    """One step of the path above the title; the last one, the number, has no link."""

    label: str
    href: str = ""


@dataclass(frozen=True)
class Tab:
    """A view of the same list."""

    label: str
    href: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Pages:
    """Keyset paging: backwards and forwards, no page numbers."""

    previous_href: str = ""
    next_href: str = ""
    words: str = ""


@dataclass(frozen=True)
class Button:
    """A link (``href``), a form of its own (``post_to``), or a submit button (of ``form``, or of the one around it).

    ``look`` is primary, quiet or warn; one primary on a page.
    """

    label: str
    href: str = ""
    name: str = ""
    value: str = ""
    form: str = ""
    post_to: str = ""
    look: str = "quiet"
    disabled: bool = False


@dataclass(frozen=True)
class ActionBar:
    """What can be done now, under which article, and what it brings about.

    ``waiting`` is said instead when it is another's turn; ``blocked`` says what is missing, with a link to it.
    """

    label: str = ""
    cite: Cite | None = None
    consequence: str = ""
    primary: Button | None = None
    quiet: Button | None = None
    waiting: str = ""
    blocked: str = ""
    blocked_href: str = ""


@dataclass(frozen=True)
class RecordItem:
    """One act of the record: verb, who for which organisation, opinion, when; ``waiting`` for what is not done yet."""

    verb: str
    who: str = ""
    opinion: str = ""
    at: datetime | None = None
    cite: Cite | None = None
    waiting: bool = False
    words: str = ""


@dataclass(frozen=True)
class DocumentItem:
    """A paper of the case: name (a link when there is a file), a remark, and size or state at the right."""

    name: str
    href: str = ""
    remark: str = ""
    right: str = ""


@dataclass(frozen=True)
class Fact:
    """A label with its value; values may be safe HTML made by another part."""

    label: str
    value: object
    note: str = ""
    cite: Cite | None = None
    look: str = ""  # red for what is late or not met, green for a saving named as such


@dataclass(frozen=True)
class Figure:
    """A large number with unit and origin."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    cite: Cite | None = None
    reading: str = ""


@dataclass(frozen=True)
class TaskItem:
    """One thing to do at a desk: what, under which article, until when, what follows, and the button."""

    title: str
    href: str
    cites: tuple[Cite, ...] = ()
    number: str = ""
    meta: tuple[str, ...] = ()
    badge: Badge | None = None
    lane: str = ""
    summary: str = ""
    clock: ClockView | None = None
    waiting: str = ""  # words in the place of a clock
    late_after: str = ""
    then: str = ""
    action: Button | None = None


@dataclass(frozen=True)
class Term:
    """A piece of a formula: plain text, or a fraction when ``below`` is given."""

    text: str
    below: str = ""


@dataclass(frozen=True)
class Formula:
    """The arithmetic of an amount, set large: the parts up to the result, then the result in bold."""

    parts: tuple[Term, ...]
    result: str


@dataclass(frozen=True)
class Gap:
    """One thing to mend, with the place where it is mended."""

    text: str
    href: str = ""


def error_title(number: int) -> str:
    """还有 3 处需要修改，才能提交."""
    return f"还有 {number} 处需要修改，才能提交"


def as_facts(items: Sequence[Fact | tuple[str, object]]) -> list[Fact]:
    """Pairs and facts in one list."""
    return [item if isinstance(item, Fact) else Fact(*item) for item in items]
