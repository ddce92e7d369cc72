"""The pages of all procedures by kind of case."""

from __future__ import annotations

from yunheng.interfaces.web.procedures import Page

PAGES: dict[str, Page] = {}
