"""The parts of the interface in all their states, for those who write pages. Demonstration mode only."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunheng.interfaces.web.views import gallery_samples as samples


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component. The samples are invented and stand still: their today is one fixed day."""
    if not settings.DEMO:
        raise Http404
    form = samples.SampleForm({"quantity": "0", "answer": "object", "system": "智慧教育云"})
    form.is_valid()
    return render(
        request,
        "pages/gallery.html",
        {
            "swatches": samples.SWATCHES,
            "clocks": samples.clocks(),
            "cells": samples.cells(),
            "verdicts": samples.verdicts(),
            "bar": samples.bar(),
            "need": samples.need(),
            "line": samples.line(),
            "long_line": samples.long_line(),
            "legend": samples.LEGEND,
            "uses": samples.uses(),
            "bands": samples.bands(),
            "words": samples.WORDS,
            "steps": samples.steps(),
            "tasks": samples.tasks(),
            "month": samples.month(),
            "figures": samples.FIGURES,
            "facts": samples.FACTS,
            "pairs": samples.PAIRS,
            "record": samples.record(),
            "papers": samples.PAPERS,
            "diff": samples.DIFF,
            "lines": samples.LINES,
            "formula": samples.FORMULA,
            "past_day": samples.PAST_DAY,
            "form": form,
            "clean": samples.SampleForm(),
            "filters": samples.FilterForm({"word": "教育"}),
            "refusal": samples.refusal(),
            "tabs": samples.TABS,
            "pages": samples.PAGES,
            "crumbs": samples.CRUMBS,
            "amounts": samples.AMOUNTS,
            "waiting_bar": samples.WAITING_BAR,
            "blocked_bar": samples.BLOCKED_BAR,
            "action_bar": samples.ACTION_BAR,
        },
    )
