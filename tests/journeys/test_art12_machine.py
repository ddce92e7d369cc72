"""Article 12, asked as every procedure is asked."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.journeys import lasting
from tests.journeys.lasting import OPENED, RUNS, asked, gone, overdue, partly, taken
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.law.ch2_use.art12_machine import TEMPORARY

ORAL = {
    "notified": OPENED[:2], "opened": OPENED, "day_disputed": (*OPENED, "dispute_day"), "in_service": RUNS,
    "ended": (*RUNS, "end"),
}  # fmt: skip


class TestArticle12Temporary(ProcedureTests):
    @pytest.fixture(autouse=True)
    def _prepared(self, cast: Cast) -> None:
        """Once for each question, outside of what every attempt undoes."""
        lasting.prepare(cast)

    recipes = Recipes(
        machine=TEMPORARY,
        at=lasting.AT,
        reached={
            "draft": taken,
            "submitted": lambda cast: taken(cast, "submit"),
            "returned": lambda cast: taken(cast, "submit", "return"),
            "rejected": lambda cast: taken(cast, "submit", "reject"),
            "notified": lambda cast: taken(cast, *OPENED[:2]),
            "opened": lambda cast: taken(cast, *OPENED),
            "day_disputed": lambda cast: taken(cast, *OPENED, "dispute_day"),
            "in_service": lambda cast: taken(cast, *RUNS),
            "ended": lambda cast: taken(cast, *RUNS, "end"),
            "released": lambda cast: taken(cast, *RUNS, "end", "release"),
            "cancelled": lambda cast: taken(cast, *OPENED[:2], "cancel"),
            "withdrawn": lambda cast: taken(cast, "submit", "withdraw"),
            "lapsed": lasting.lapsed,
        },
        carried=lasting.carried,
        ready={
            ("report_opened", "opened"): partly,
            ("report_opened", "day_disputed"): lambda cast: partly(cast, "dispute_day"),
            ("drop_lines", "opened"): lambda cast: partly(cast, confirm=True),
            ("extend", "in_service"): asked,
            ("decline_extension", "in_service"): asked,
            ("finish", "in_service"): gone,
            ("finish", "ended"): lambda cast: gone(cast, "end"),
            **{("supply_consent", s): (lambda cast, way=way: taken(cast, *way, oral=True)) for s, way in ORAL.items()},
            **{("mark_overdue", s): (lambda cast, way=way: taken(cast, *way, oral=True)) for s, way in ORAL.items()},
            **{("end_coverage", s): (lambda cast, way=way: overdue(cast, *way)) for s, way in ORAL.items()},
        },
        by_clock=lasting.BY_CLOCK,
    )
