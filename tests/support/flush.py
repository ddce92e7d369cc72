"""Tests that commit empty the tables after themselves; on SQLite that is DELETE, which append-only tables refuse.

So the triggers go before the emptying and come back after it. The product's own rule stays as it is.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.backends.sqlite3.base import DatabaseOperations  # base first: operations alone is a circle

_plain = DatabaseOperations.sql_flush


def _sql_flush(self: DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
    statements: list[str] = _plain(self, *args, **kwargs)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    return [*(f"DROP TRIGGER {name}" for name, _ in triggers), *statements, *(sql for _, sql in triggers)]


def install() -> None:
    """Once per process, from conftest."""
    DatabaseOperations.sql_flush = _sql_flush  # type: ignore[method-assign]
