"""Fixtures that every test may ask for; the cast of people is in tests/cast.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import settings

from tests.cast import Cast, assemble
from tests.support import browser as browsers
from tests.support import flush

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


flush.install()
settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run on a PostgreSQL that the tests start themselves")


def pytest_report_header() -> str:
    """Which database this run is about."""
    return f"database: {connection.vendor}"


# Ask no database, or a browser about its pages: once is enough. The marker `once` says it of a single test.
ONCE = ("law", "engine", "architecture", "browser", "connectors", "golden")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about PostgreSQL itself is skipped elsewhere, visibly; what no database can change runs on SQLite only."""
    if config.getoption("--postgres"):
        tests = config.rootpath / "tests"
        again = [
            i for i in items if i.path.relative_to(tests).parts[0] not in ONCE and not i.get_closest_marker("once")
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
        items[:] = again
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="about PostgreSQL itself; run with --postgres"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserContext]:
    """One browser for the whole run of this process."""
    path = browsers.executable()
    if path is None:
        pytest.skip("no Chromium on this machine: sudo apt-get install chromium")
    with browsers.chromium(path) as context:
        yield context


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    """A new tab, without the cookies of the test before."""
    chromium.clear_cookies()
    tab = chromium.new_page()
    yield tab
    tab.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker, to be evaluated in a page."""
    if not browsers.AXE.exists():
        pytest.skip("axe-core is not there: make setup")
    return browsers.AXE.read_text(encoding="utf-8")


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody whom the tests know, on an empty database; nothing is kept of the calendar of another test."""
    cache.clear()
    return assemble()
