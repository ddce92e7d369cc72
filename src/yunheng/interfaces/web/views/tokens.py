"""Bearer tokens of an organisation: made here, shown once, stopped at once."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from yunheng.domain.parties.models import ApiToken
from yunheng.domain.parties.operations import KEEPERS, make_token, revoke_token
from yunheng.domain.parties.queries import tokens as own_tokens
from yunheng.foundation.workflow.errors import Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.forms.base import ActForm, Day, Text


class TokenForm(ActForm):
    """What a token is for, and until when."""

    label = Text("用途", most=60, help_text="例如：单位内部系统取账单")
    valid_to = Day("有效期至（不含）", help_text="最长一年")


@page
def tokens(request: Asked) -> HttpResponse:
    """The organisation's tokens; a new one is shown in the answer itself and nowhere after."""
    today, made = timezone.localdate(), ""
    posted = request.POST if request.POST.get("do") == "make" else None
    form = TokenForm(posted, initial={"valid_to": today + timedelta(days=180)})
    if request.POST.get("do") == "revoke":
        number = request.POST.get("token", "")
        revoke_token(token_id=int(number) if number.isdecimal() else 0, actor=request.actor, at=timezone.now())
        messages.success(request, "已停用")
        return redirect("tokens")
    if form.is_bound and form.is_valid():
        try:
            made = make_token(actor=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.take(refusal)
    values = {
        "rows": [(token, _state(token, today)) for token in own_tokens(actor=request.actor)],
        "form": form,
        "made": made,
        "may_make": any(request.actor.has(role) for role in KEEPERS),
    }
    answer = render(request, "pages/tokens.html", values, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _state(token: ApiToken, today: date) -> tuple[str, str]:
    if token.revoked_at:
        return "已停用", "grey"
    return ("已到期", "grey") if token.valid_to <= today else ("有效", "ok")
