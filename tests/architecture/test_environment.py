"""The run is about the database that it says it is about, and leaves nothing of the developer's touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer


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


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_browser_reads_the_pages_own_chinese_font(live_server: LiveServer, page: Page) -> None:
    """A machine without any Chinese font must still show Chinese: the face comes from our static files."""
    page.goto(f"{live_server.url}/static/vendor/noto-sans-sc/index.css")
    page.goto(f"{live_server.url}/no-such-page")
    loaded = page.evaluate(
        """async (address) => {
            const sheet = await (await fetch(address)).text();
            const face = sheet.match(/url\\(\\.\\/(files\\/[^)]+)\\)/)[1];
            const answer = await fetch(address.replace('index.css', face));
            return [answer.status, (await answer.arrayBuffer()).byteLength > 1000];
        }""",
        f"{live_server.url}/static/vendor/noto-sans-sc/index.css",
    )
    assert loaded == [200, True]
