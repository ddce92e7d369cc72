"""Many rows at once: what the engine computed goes into a table by the quickest way that the database has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model

BATCH = 10_000
Row = Sequence[Any]


def insert_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows as they are, values ready for the database; returns how many. Inside the caller's transaction."""
    quoted = ", ".join(connection.ops.quote_name(name) for name in columns)
    table, count, waiting = connection.ops.quote_name(model._meta.db_table), 0, iter(rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in waiting:
                    copy.write_row(row)
                    count += 1
            return count
        marks = ", ".join(["%s"] * len(columns))
        while batch := list(islice(waiting, BATCH)):
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", batch)  # noqa: S608
            count += len(batch)
    return count
