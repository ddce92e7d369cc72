"""Inventories of the tests: the provider's list as it would be after the approvals, and what is done to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast, moment
from yunheng.domain.catalog.models import Item
from yunheng.domain.services.inventories import runs
from yunheng.domain.services.models import Discrepancy, InventoryRun, Service

Cells = dict[str, Any]


def row(instance: str, sku: str = "C-ECS-4C16G", quantity: str = "1", **more: Any) -> Cells:
    return {"instance_id": instance, "sku": sku, "quantity": quantity, "state": "运行", **more}


def as_approved() -> list[Cells]:
    """One row for each running service, tagged with its number."""
    return [
        row(f"i-{s.number}", s.sku, f"{s.quantity}", service=s.number, system=s.system.code)
        for s in Service.objects.filter(closed_on=None).select_related("system").order_by("number")
    ]


def compare(cast: Cast, rows: Iterable[Cells], on: date, *, at: datetime | None = None) -> InventoryRun:
    """The provider hands in its inventory of a day."""
    at = at or moment(f"{on} 17:00")
    raws = list(enumerate(rows, 2))
    return runs.compare(
        provider=cast.provider, raws=raws, as_of=on, source="sheet", actor=cast.actor("sun"), at=at
    )  # fmt: skip


def only() -> Discrepancy:
    """The one difference that is open."""
    return Discrepancy.objects.exclude(state="closed").get()


def memory_cloud(cast: Cast, connectors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider is read by the connector to a cloud in memory, whose products the catalogue has."""
    connectors.write_text(f'["{cast.provider.credit_code}"]\nconnector = "memory"\n', "utf-8")
    memory = EntryPoint("memory", "yunheng.domain.services.connectors.memory:Memory", "yunheng.connectors")
    monkeypatch.setattr("yunheng.domain.services.connectors.loading.entry_points", lambda group: [memory])
    Item.objects.bulk_create(
        Item(jurisdiction=cast.city, code=code, category="compute", product="ECS", name=code, unit="台", valid_from=date(2025, 1, 1))
        for code in ("DEMO-ECS-2C4G", "DEMO-ECS-4C8G", "DEMO-DISK")
    )  # fmt: skip
