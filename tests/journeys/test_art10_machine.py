"""Article 10, asked as every procedure is asked."""

from __future__ import annotations

from datetime import datetime

from tests.journeys import advising as to
from tests.journeys.advising import step, taken
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.optimization.timing import keep_time
from yunheng.foundation.workflow.models import Case
from yunheng.law.ch2_use.art10_machine import SUGGESTION


def by_clock(case: Case, at: datetime) -> int:
    return keep_time(at=at)


class TestArticle10Suggestion(ProcedureTests):
    recipes = Recipes(
        machine=SUGGESTION,
        at=to.AT,
        reached={
            "detected": taken,
            "dismissed": lambda cast: taken(cast, "dismiss"),
            "issued": lambda cast: taken(cast, "issue"),
            "adjusting": lambda cast: taken(cast, "issue", "plan_adjustment"),
            "adjusted": lambda cast: step(cast, to.released(cast, taken(cast, "issue", "plan_adjustment")), "adjusted"),
            "objected": lambda cast: taken(cast, "issue", "object"),
            "upheld": lambda cast: taken(cast, "issue", "object", "uphold"),
            "lapsed": to.lapsed,
            "uncovered": lambda cast: step(cast, to.lapsed(cast), "end_coverage"),
            "closed": to.closed,
        },
        carried=to.carried,
        ready={
            ("adjusted", "adjusting"): lambda cast: to.released(cast, taken(cast, "issue", "plan_adjustment")),
            ("note", "lapsed"): lambda cast: to.lapsed(cast, lane="own"),
            ("lapse", "issued"): to.issued_before,
            ("lapse", "adjusting"): to.idly_adjusting,
            ("self_optimise", "detected"): to.optimised,
            ("supersede", "detected"): lambda cast: to.ended(taken(cast)),
            ("supersede", "issued"): lambda cast: to.ended(taken(cast, "issue")),
            ("supersede", "adjusting"): lambda cast: to.ended(to.idly_adjusting(cast)),
            ("supersede", "objected"): lambda cast: to.ended(taken(cast, "issue", "object")),
            ("supersede", "lapsed"): lambda cast: to.ended(to.lapsed(cast)),
        },
        by_clock={"self_optimise": by_clock, "lapse": by_clock, "supersede": by_clock},
    )
