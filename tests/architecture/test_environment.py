"""The run is about the database that it says it is about, and leaves nothing of the developer's touched."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for(request: pytest.FixtureRequest) -> None:
    wanted = "postgresql" if request.config.getoption("--postgres") else "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert connection.vendor == wanted


def test_the_home_of_the_tests_is_not_the_home_of_the_product() -> None:
    assert "yunheng-test-" in str(settings.HOME)
    assert not settings.HOME.is_relative_to(settings.BASE_DIR)


def test_the_keys_are_readable_by_their_owner_only() -> None:
    assert settings.RECORD_KEY_FILE.stat().st_mode & 0o077 == 0
