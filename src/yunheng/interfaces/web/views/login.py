"""The login, its lock, and the ready accounts of the demonstration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yunheng.domain.parties.models import Jurisdiction
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.interfaces.web.components.band import day_band
from yunheng.law.kernel.terms import Calendar


class LoginForm(AuthenticationForm):
    """账号 and 密码, in our words."""

    error_messages = {
        "invalid_login": "账号或密码不对。连续输错 5 次将锁定 30 分钟",
        "inactive": "账号已停用，找本单位管理员",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label, self.fields["password"].label = "账号", "密码"


class Login(LoginView):
    """Ask for account and password; in the demonstration, offer one ready account per role."""

    template_name = "pages/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "ready": ready_logins(),
            "band": day_band(today=timezone.localdate(), calendar=_calendar()),
        }


def _calendar() -> Calendar:
    """The working calendar of the place, before anybody is known; an empty one before the first set-up."""
    place = Jurisdiction.objects.filter(parent=None).first()
    return calendar_for(place.pk) if place else Calendar()


def ready_logins() -> list[dict[str, str]]:
    """The accounts that the demonstration made; none anywhere else."""
    path = Path(settings.HOME) / "demo-logins.json"
    if not settings.DEMO or not path.exists():
        return []
    found: list[dict[str, str]] = json.loads(path.read_text("utf-8"))["logins"]
    return found


def locked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords: also the right one waits now."""
    return render(request, "pages/locked.html", status=429)
