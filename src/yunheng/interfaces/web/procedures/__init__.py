"""How cases of each procedure are shown: the facts, and what stands on the page beyond what every case shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import Case
from yunheng.law.kernel.machine import Step


@dataclass(frozen=True)
class Page:
    """The page of one kind of case. ``values`` gives the template what it needs beside the common parts.

    ``asked`` gives what hangs on the address: of many things the one to be shown.
    """

    facts: Callable[[Any, date], list[tuple[str, object]]]
    values: Callable[[Any, Actor, date], dict[str, Any]] = lambda case, actor, today: {}
    template: str = "pages/procedure.html"
    papers: Mapping[str, str] | None = None  # the names of its papers by kind
    consequence: Callable[[Any, Step, date], str] | None = None  # what a step brings about, with the computed day
    step_template: str = "pages/act.html"
    asked: Callable[[Any, Mapping[str, str]], dict[str, Any]] = lambda case, query: {}


def plain_facts(case: Case, today: date) -> list[tuple[str, object]]:
    """Whose case it is, of which system, at which provider."""
    return [
        ("用户单位", case.unit.name),
        ("系统", case.system.name if case.system else "—"),
        ("云服务商", case.provider.short_name if case.provider else "—"),
    ]


PLAIN = Page(plain_facts)


def page_for(case: Case) -> Page:
    """The page of a case's kind; the plain one where it has none of its own."""
    from yunheng.interfaces.web.procedures.register import PAGES

    return PAGES.get(case.kind, PLAIN)
