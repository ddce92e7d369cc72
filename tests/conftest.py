"""Fixtures that every test may ask for; the cast of people is in tests/cast.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support import browser as browsers
from tests.support import postgres as servers

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SERVER = pytest.StashKey[servers.Postgres]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run on a PostgreSQL that the tests start themselves")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Kept for runs where this file is loaded as a plugin; the work is done in `_begin`."""
    _begin(early_config)


def _begin(config: pytest.Config) -> None:
    """Start the server before Django reads its settings: the first process starts it, the workers inherit the URL."""
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop lives in the thread of the test
    if not config.known_args_namespace.postgres or "YUNHENG_TEST_POSTGRES" in os.environ:
        return
    server = servers.launch()
    config.stash[SERVER] = server
    os.environ["YUNHENG_TEST_POSTGRES"] = os.environ["DATABASE_URL"] = server.url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started."""
    if server := config.stash.get(SERVER, None):
        server.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about PostgreSQL itself is skipped elsewhere, visibly."""
    if config.getoption("--postgres"):
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
