"""Ends sessions: after half an hour of silence by the store's own expiry, after eight hours by the stamp kept here."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

BEGAN, SEEN = "_began", "_seen"
# Writing the session at every request would make every page a database write; once a minute is close enough.
GRAIN = 60


class SessionClock:
    """Stamps when a session began and when it was last seen, and signs out who outlived either limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self.tick(request, int(time.time()))
        return self.get_response(request)

    @staticmethod
    def tick(request: HttpRequest, now: int) -> None:
        """Judge the session at the moment `now` (seconds), and note that it was seen."""
        session = request.session
        began, seen = session.get(BEGAN, now), session.get(SEEN, now)
        too_long = now - began >= settings.SESSION_ABSOLUTE.total_seconds()
        too_quiet = now - seen >= settings.SESSION_IDLE.total_seconds()
        if too_long or too_quiet:
            logout(request)
        elif BEGAN not in session or now - seen >= GRAIN:
            session[BEGAN], session[SEEN] = began, now
