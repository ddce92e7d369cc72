"""The door to every page: who is reading, and what becomes of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from yunheng.domain.parties.queries import actor_for
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import Refusal

View = Callable[..., HttpResponse]
TITLES = {404: "没有找到", 403: "不能办理", 409: "情况已变", 422: "不能办理"}


class Asked(HttpRequest):
    """A request of somebody who is known."""

    actor: Actor


def page(view: View) -> View:
    """Demand a login, say who acts, and turn a refusal that a view did not handle into a page that says it."""

    @wraps(view)
    def answered(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        request.actor = actor_for(person=request.user, at=timezone.now())
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return refused(request, refusal)

    return login_required(answered)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A page of its own for a refusal: what happened, why, what to do now."""
    values = {"refusal": refusal, "title": TITLES.get(refusal.status, "不能办理")}
    return render(request, "pages/refused.html", values, status=refusal.status)
