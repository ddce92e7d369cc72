"""The daily run of the rules over the store of what was measured."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from yunheng.domain.metering.operations import store
from yunheng.domain.metering.store import connect
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.services.models import Service


def detect_all(*, at: datetime) -> int:
    """Judge every jurisdiction with anything in its ledger; returns how many suggestions were opened."""
    places = Service.objects.order_by().values_list("jurisdiction_id", flat=True).distinct()
    count, held = 0, store()
    for place in places:
        with tempfile.TemporaryDirectory(prefix="yunheng-advice-") as scratch, connect(Path(scratch)) as db:
            db.execute("SET TimeZone = 'UTC'")
            held.hourly(db).create_view("hourly")
            held.daily(db).create_view("daily")
            count += detect_place(jurisdiction_id=place, db=db, at=at)
    return count
