"""Article 13, asked as every procedure is asked."""

from __future__ import annotations

from tests.journeys import covering
from tests.journeys.covering import taken
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch3_funding.art13_machine import COVERAGE

ASKED = ("request", "evaluate")


class TestArticle13Coverage(ProcedureTests):
    recipes = Recipes(
        machine=COVERAGE,
        at=covering.AT,
        reached={
            "draft": taken,
            "requested": lambda cast: taken(cast, "request"),
            "returned": lambda cast: taken(cast, "request", "return"),
            "evaluated": lambda cast: taken(cast, *ASKED),
            "covered": lambda cast: taken(cast, *ASKED, "decide"),
            "not_covered": lambda cast: taken(cast, *ASKED, "decline"),
            "ended": lambda cast: taken(cast, *ASKED, "decide", "end"),
            "withdrawn": lambda cast: taken(cast, "withdraw"),
            "lapsed": lambda cast: taken(cast, "request", "return", "lapse"),
        },
        carried=covering.carried,
        ready={("take_up", "draft"): covering.listed},
        by_clock={"lapse": lambda case, at: advance(case, "lapse", actor=CLOCK, at=at)},
    )
