"""The pages of all procedures by kind of case."""

from __future__ import annotations

from yunheng.interfaces.web.procedures import Page, release, succession

PAGES: dict[str, Page] = {
    "release": release.PAGE,
    "succession": succession.PAGE,
}
