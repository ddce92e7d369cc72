"""Context of every page: the frame. It asks the database only when a template asks it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from yunheng.domain.parties.queries import in_force
from yunheng.foundation.notices.queries import MOST_COUNTED, unread
from yunheng.interfaces.web.components.dates import local, long_moment
from yunheng.interfaces.web.components.frame import Frame, NavItem
from yunheng.law.ch1_general.art04_parties import ROLES

# What else lies under an entry of the top bar.
UNDER = {
    "/services": (
        "/systems",
        "/reconciliation",
        "/registrations",
    ),
    "/optimization": ("/metering",),
    "/bill": ("/contracts", "/settlements"),
}
# Word, name of the url, and the path it stands for until the page arrives.
NAV = (
    ("工作台", "desk", "/"),
    ("办件", "cases", "/cases"),
    ("义务", "obligations", "/obligations"),
    ("资源台账", "services", "/services"),
    ("监测优化", "optimization", "/optimization"),
    ("资金结算", "bill", "/bill"),
    ("条文", "articles", "/articles"),
)
# What stands after the duties for organisations of a kind.
OWN = {"provider": (("工单", "work_orders", "/work-orders"),)}
TABS = (
    ("待办", "desk", "/", "desk"),
    ("办件", "cases", "/cases", "cases"),
    ("台账", "services", "/services", "ledger"),
    ("条文", "articles", "/articles", "articles"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """``frame`` for the base template, worked out when it is first used."""
    return {"frame": SimpleLazyObject(lambda: frame_of(request))}


def frame_of(request: HttpRequest) -> Frame:
    """The frame of one request; without a person it shows the brand only."""
    now = timezone.now()
    demonstration, printed_at = bool(getattr(settings, "DEMO", False)), long_moment(now)
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Frame(demonstration=demonstration, printed_at=printed_at)
    organisation = user.organisation
    today = local(now).date()
    return Frame(
        nav=tuple(
            _item(request, label, *_href(name, path))
            for label, name, path in (*NAV[:3], *OWN.get(organisation.kind, ()), *NAV[3:])
        ),
        tabs=tuple(_item(request, label, *_href(name, path), icon) for label, name, path, icon in TABS),
        place=organisation.jurisdiction.name,
        measures=organisation.jurisdiction.measures_title,
        person=user.name,
        organisation=organisation.short_name,
        roles=_roles(user, today),
        search=_href("search", "/search")[0],
        unread=_unread(request),
        demonstration=demonstration,
        printed_at=printed_at,
    )


def _unread(request: HttpRequest) -> str:
    """3, 99+, or nothing."""
    many = unread(actor=request.actor) if hasattr(request, "actor") else 0
    return f"{MOST_COUNTED}+" if many > MOST_COUNTED else f"{many or ''}"


def _href(name: str, path: str) -> tuple[str]:
    try:
        return (reverse(name),)
    except NoReverseMatch:
        return (path,)


def _item(request: HttpRequest, label: str, href: str, icon: str = "") -> NavItem:
    here = request.path
    below = (href, *UNDER.get(href, ()))
    current = here == href if href == "/" else any(f"{here}/".startswith(f"{path}/") for path in below)
    return NavItem(label, href, current, icon)


def _roles(user: Any, today: Any) -> str:
    words = dict(ROLES)
    held = in_force(today).filter(person=user).order_by("valid_from", "pk").values_list("role", "on_behalf_of__name")
    return "、".join(dict.fromkeys(words[role] + (f"（受{name}授权）" if name else "") for role, name in held))
