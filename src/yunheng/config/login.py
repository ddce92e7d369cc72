"""Who is knocking: the name and the address by which failed sign-ins are counted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def attempted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that is being tried, wherever the caller put it; the same for counting and for refusing.

    Lower case, so that changing a letter's case does not buy five more tries.
    """
    sources: list[Any] = [credentials or {}, request.POST]
    for source in sources:
        for field in ("username", "login"):
            if source.get(field):
                return str(source[field]).strip().lower()
    return ""


def client_address(request: HttpRequest) -> str:
    """The address of the browser: as many hops back as there are proxies of our own, never further.

    Entries left of those are written by the client and would let it pick a fresh address for each try.
    """
    hops = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(hops) >= trusted:
        return str(hops[-trusted])
    return str(request.META.get("REMOTE_ADDR", ""))
