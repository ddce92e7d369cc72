"""What can be ordered on a day."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from yunheng.domain.catalog.models import Item


def items_on(*, jurisdiction_id: int, on: date) -> dict[str, Item]:
    """The catalogue in force on a day, by code."""
    held = Item.objects.filter(jurisdiction_id=jurisdiction_id, valid_from__lte=on)
    return {item.code: item for item in held.filter(Q(valid_to=None) | Q(valid_to__gt=on))}
