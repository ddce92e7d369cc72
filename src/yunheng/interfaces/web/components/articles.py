"""From a citation to the reading room, and to the one line that we say about it."""

from __future__ import annotations

from datetime import date

from django.urls import NoReverseMatch, reverse

from yunheng.law.articles import summary
from yunheng.law.kernel.citation import Cite


def as_cite(value: Cite | str) -> Cite:
    """A citation, or its key ("9.2") read back."""
    return value if isinstance(value, Cite) else Cite.parse(str(value))


def article_href(cite: Cite, *, on: date | None = None) -> str:
    """The paragraph in the reading room, at the version in force on the day of the act."""
    query = f"?on={on.isoformat()}" if on else ""
    return f"{_reverse('article', cite.article, f'/articles/{cite.article}')}{query}#{cite.anchor}"


def reading_href(number: str) -> str:
    """A numbered reading of what the text leaves open (R-002)."""
    return _reverse("reading", number, f"/readings/{number}")


def summary_of(cite: Cite) -> str:
    """Our one-line summary of a paragraph, or of its article; "" when the citation leads nowhere."""
    for place in (cite, Cite(cite.article, cite.paragraph), Cite(cite.article)):
        try:
            return summary(place)
        except (KeyError, StopIteration):
            continue
    return ""


def _reverse(name: str, argument: object, otherwise: str) -> str:
    try:
        return reverse(name, args=[argument])
    except NoReverseMatch:
        return otherwise
