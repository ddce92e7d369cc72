"""Article 9: every step of a change, by whom its row names, over operation, interface and page."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.journeys.changes import RECIPES, running
from tests.journeys.procedures import ProcedureTests


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """The services run before the questions are asked: they are the same in all of them."""
    running(cast)
    return cast


class TestArticle9(ProcedureTests):
    recipes = RECIPES
