"""The frame around every page: where one is, who one is, and whether this is the demonstration."""

from __future__ import annotations

from dataclasses import dataclass

BRAND = "云衡"
MATTER = "政务云统筹管理"


@dataclass(frozen=True)
class NavItem:
    """One entry of the top bar or, with an ``icon``, of the bar at the bottom of a phone."""

    label: str
    href: str
    current: bool = False
    icon: str = ""


@dataclass(frozen=True)
class Frame:
    """What the base template shows around the page."""

    nav: tuple[NavItem, ...] = ()
    tabs: tuple[NavItem, ...] = ()
    place: str = ""
    measures: str = ""
    person: str = ""
    organisation: str = ""
    roles: str = ""
    demonstration: bool = False
    calendar_words: str = ""
    parameters: str = ""
    printed_at: str = ""
    search: str = ""
    unread: str = ""  # about how many matters there is news that nobody of the organisation has opened

    @property
    def matter(self) -> str:
        """贵阳市政务云统筹管理: the place is data."""
        return f"{self.place}{MATTER}"

    @property
    def who(self) -> str:
        return f"{self.organisation} · {self.roles}" if self.roles else self.organisation
