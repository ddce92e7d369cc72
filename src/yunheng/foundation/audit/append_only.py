"""Tables in which the database itself refuses to change or delete a row, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.migrations import RunPython

_MESSAGE = "append-only table"


def _statements(vendor: str, table: str) -> tuple[list[str], list[str]]:
    """What makes a table append-only, and what undoes it."""
    if vendor == "sqlite":
        make = [
            f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
        return make, [f"DROP TRIGGER {table}_{verb}" for verb in ("update", "delete")]
    if vendor != "postgresql":
        raise NotImplementedError(f"append-only tables are not written for {vendor}")
    make = [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$",
        f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    ]
    return make, [f"DROP TRIGGER {table}_rows ON {table}", f"DROP FUNCTION {table}_refuse()"]


def append_only(table: str) -> RunPython:
    """The operation of a migration. Emptying a whole table (TRUNCATE) stays possible: tests need it; backups see it."""

    def run(part: int) -> Callable[[Any, Any], None]:
        def execute(apps: Any, editor: Any) -> None:
            for statement in _statements(editor.connection.vendor, table)[part]:
                editor.execute(statement)

        return execute

    return RunPython(run(0), run(1))
