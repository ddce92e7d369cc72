"""The reading room: each article in our words, with its rules, figures, readings, procedure and live cases."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.models import parameters_on
from yunheng.foundation.workflow.queries import owed_in
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.views.procedure import drawn
from yunheng.interfaces.web.views.turns import clock_of, who_can
from yunheng.law import articles as law
from yunheng.law import registry as law_registry
from yunheng.law.kernel.machine import Machine
from yunheng.law.kernel.parameters import Parameters, registry
from yunheng.law.readings import readings, readings_of

MOST_CASES = 12


@page
def contents(request: Asked) -> HttpResponse:
    """All chapters and articles."""
    return render(request, "pages/articles.html", {"chapters": law.chapters()})


@page
def article(request: Asked, number: int) -> HttpResponse:
    """One article."""
    if not 1 <= number <= 27:
        raise NotFound("没有这一条，办法共二十七条")
    found, today = law.article(number), timezone.localdate()
    parameters = parameters_on(today, request.actor.jurisdiction_id)
    chapter = next(c for c in law.chapters() if found in c.articles)
    owed = owed_in(actor=request.actor).filter(cite__regex=rf"^{number}(\.|$)").select_related("holder")
    machines = [m for m in law_registry.machines().values() if any(s.under.article == number for s in m.steps)]
    values = {
        "article": found,
        "chapter": chapter,
        "chapters": law.chapters(),
        "crumbs": [Crumb("条文", reverse("articles")), Crumb(f"{chapter.zh}")],
        "paragraphs": [_paragraph(p, parameters) for p in found.paragraphs],
        "parameters": _parameters(number, parameters),
        "machines": [{"machine": m, "drawn": drawn(m), "steps": _steps(m, number)} for m in machines],
        "live": [{"owed": o, "clock": clock_of(o, today)} for o in owed[:MOST_CASES]],
        "live_total": owed.count(),
    }
    return render(request, "pages/article.html", values)


def _paragraph(paragraph: Any, parameters: Parameters) -> dict[str, Any]:
    cite = paragraph.cite
    return {
        "paragraph": paragraph,
        "cite": cite,
        "segments": paragraph.segments(parameters),
        "rules": [rule for rule in law_registry.rules().values() if rule.cite == cite],
        "readings": readings_of(cite),
    }


def _parameters(number: int, parameters: Parameters) -> list[dict[str, Any]]:
    return [
        {"parameter": p, "words": p.words(parameters[p.name]), "since": p.since(parameters.day)}
        for p in registry().values()
        if p.cite.article == number and p.values[0][0] <= parameters.day
    ]


def _steps(machine: Machine, number: int) -> list[dict[str, Any]]:
    return [{"step": s, "who": who_can(s)} for s in machine.steps if s.under.article == number]


@page
def reading(request: Asked, number: str) -> HttpResponse:
    """How an open question of the text is read."""
    found = readings().get(number)
    if found is None:
        raise NotFound("没有这一条口径")
    return render(
        request, "pages/reading.html", {"reading": found, "crumbs": [Crumb("条文", reverse("articles")), Crumb(number)]}
    )
