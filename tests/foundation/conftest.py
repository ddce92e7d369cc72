"""The cast, ready on an empty database."""

import pytest

from tests.cast import Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody whom the tests know."""
    return assemble()
