"""What must hold of lines before they are stored; a broken one parks the statement for a person."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from yunheng.domain.billing.engine.steps import steps


@dataclass(frozen=True)
class Broken:
    """A service whose lines are not sound, and in what."""

    service_id: str
    reason: str


def broken(con: duckdb.DuckDBPyConnection) -> tuple[Broken, ...]:
    """Everything that does not hold of the table ``line``; empty when all is well."""
    found = (con.execute(statement).fetchall() for _, statement in steps("invariants.sql"))
    return tuple(Broken(service_id, reason) for rows in found for service_id, reason in rows)
