"""Articles 6 and 7 as a procedure, asked what every procedure is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.cast import Cast, sign_undertaking
from tests.journeys.procedures import ProcedureTests, Recipes
from tests.journeys.recipes import AT, REACHED, READY, carried
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch2_use.art07_machine import APPLICATION


def lapse(case: Case, at: datetime) -> None:
    advance(case, "lapse", actor=CLOCK, at=at + timedelta(days=91))


def signed(state: str) -> Callable[[Cast], Case]:
    """The state with the undertaking signed, where it does not hang on its absence."""

    def reach(cast: Cast) -> Case:
        if state != "approved":
            sign_undertaking(cast)
        return REACHED[state](cast)

    return reach


class TestArticles6And7(ProcedureTests):
    recipes = Recipes(
        machine=APPLICATION,
        at=AT,
        reached={state: signed(state) for state in REACHED},
        carried=carried,
        ready=READY,
        by_clock={"lapse": lapse},
    )
