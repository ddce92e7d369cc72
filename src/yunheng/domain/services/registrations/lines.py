"""Thousands of rows written back at once."""

from __future__ import annotations

from collections.abc import Collection

from yunheng.domain.services.models import RegistrationLine


def write(lines: Collection[RegistrationLine], *fields: str) -> None:
    """Write some fields of rows that exist. An upsert: ten times faster than a comparison per row and field."""
    RegistrationLine.objects.bulk_create(
        lines, update_conflicts=True, unique_fields=["id"], update_fields=fields, batch_size=1000
    )
