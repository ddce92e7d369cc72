"""The pages of all procedures by kind of case."""

from __future__ import annotations

from yunheng.interfaces.web.procedures import Page, migration, release, succession

PAGES: dict[str, Page] = {
    "migration": migration.PAGE,
    "release": release.PAGE,
    "succession": succession.PAGE,
}
