"""Article 11, asked as every procedure is asked."""

from __future__ import annotations

from tests.journeys import exiting
from tests.journeys.exiting import PATH, taken
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.law.ch2_use.art11_machine import EXIT


class TestArticle11Exit(ProcedureTests):
    recipes = Recipes(
        machine=EXIT,
        at=exiting.AT,
        reached={
            "draft": taken,
            "submitted": lambda cast: taken(cast, "submit"),
            "held": lambda cast: taken(cast, "submit", "hold"),
            "backed_up": lambda cast: taken(cast, *PATH[:2]),
            "acknowledged": lambda cast: taken(cast, *PATH[:3]),
            "released": lambda cast: taken(cast, *PATH[:4]),
            "reported": lambda cast: taken(cast, *PATH[:5]),
            "closed": lambda cast: taken(cast, *PATH),
            "withdrawn": lambda cast: taken(cast, "submit", "withdraw"),
        },
        carried=exiting.carried,
        ready={("release", "submitted"): lambda cast: taken(cast, "submit", backup=False)},
    )
