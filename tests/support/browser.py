"""The system's Chromium, driven by Playwright; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-default-apps --force-color-profile=srgb"
).split()
AXE = Path(__file__).resolve().parents[2] / "build" / "axe" / "axe.min.js"


def executable() -> str | None:
    """Where Chromium is, or None: CHROMIUM names another one."""
    candidates = (os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
    return next((found for name in candidates if name and (found := shutil.which(name))), None)


@contextmanager
def chromium(path: str) -> Iterator[BrowserContext]:
    """A browser with a new, empty profile of its own, headless, speaking Chinese in Shanghai's time."""
    with (
        tempfile.TemporaryDirectory(prefix="yh-chromium-", ignore_cleanup_errors=True) as profile,
        sync_playwright() as driver,
    ):
        context = driver.chromium.launch_persistent_context(
            profile,
            executable_path=path,
            headless=True,
            args=QUIET,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": 1440, "height": 900},
        )
        try:
            yield context
        finally:
            context.close()
