"""What the line in the top bar finds: cases, systems, services and contracts that the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from yunheng.domain.funding.queries import contracts
from yunheng.domain.services.ledger import services
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.queries import cases
from yunheng.interfaces.web.access import Asked, page

SHOWN = 8


@dataclass(frozen=True)
class Found:
    """One kind of thing: its word, the first hits as (name, remark, address), and the list with all of them."""

    kind: str
    hits: tuple[tuple[str, str, str], ...]
    more: str


@page
def search(request: Asked) -> HttpResponse:
    """Everything that bears the words in its number or name; a single hit is opened at once."""
    words = request.GET.get("q", "").strip()[:60]
    if not words:
        return redirect("cases")
    found = [group for group in _groups(request.actor, words) if group.hits]
    hits = [hit for group in found for hit in group.hits]
    if len(hits) == 1:
        return redirect(hits[0][2])
    return render(request, "pages/search.html", {"words": words, "found": found})


def _groups(actor: Actor, words: str) -> list[Found]:
    named = Q(name__icontains=words)
    of_system = Q(system__name__icontains=words) | Q(unit__short_name__icontains=words)
    found_cases = cases(actor=actor).filter(
        Q(number__icontains=words) | Q(title__icontains=words) | Q(unit__short_name__icontains=words)
    )
    found_systems = systems(actor=actor).filter(named | Q(code__icontains=words) | Q(unit__short_name__icontains=words))
    found_services = services(actor=actor).filter(named | Q(number__icontains=words) | of_system)
    found_contracts = contracts(actor=actor).filter(named | Q(number__icontains=words))
    return [
        _group("办件", found_cases, words, "cases", lambda c: (c.title, f"{c.number} {c.state_zh}", "case", c.number)),
        _group("政务信息系统", found_systems, words, "systems", lambda s: (s.name, s.unit.short_name, "system", s.code)),
        _group("服务", found_services.order_by("-number"), words, "services",
               lambda s: (f"{s.number} {s.name}", s.system.name, "why", s.number)),
        _group("合同", found_contracts, words, "contracts", lambda c: (c.name, c.number, "contract", c.number)),
    ]  # fmt: skip


def _group(kind: str, found: QuerySet[Any], words: str, listed: str, shown: Any) -> Found:
    rows = [shown(one) for one in found[: SHOWN + 1]]
    hits = tuple((name, remark, reverse(view, args=[key])) for name, remark, view, key in rows[:SHOWN])
    more = f"{reverse(listed)}?{urlencode({'q': words})}" if len(rows) > SHOWN else ""
    return Found(kind, hits, more)
