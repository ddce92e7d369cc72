"""A run of the engine over the ledger: from the database through a settlement package to lines, with what was parked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from yunheng.domain.billing.engine import lines, program, rating, reading, reference
from yunheng.domain.billing.engine.invariants import Broken, broken
from yunheng.domain.billing.engine.package import opened
from yunheng.domain.billing.packages import write_facts
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Jurisdiction
from yunheng.domain.services.models import Service
from yunheng.law.ch3_funding.art15_charging import Unpriced
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.period import Period

# What of a line is stored, in the order of ``Run.rows`` after the service's key.
COLUMNS = ("sku", "from_on", "to_on", "days", "quantity", "unit_price", "per", "payer", "rule", "amount")


@dataclass(frozen=True)
class Run:
    """The lines of a period. ``parked`` is what lacks a price; ``broken`` what is not sound, and must not be stored."""

    con: duckdb.DuckDBPyConnection
    folder: Path  # of the package, as long as the run is open
    parked: tuple[Unpriced, ...]
    broken: tuple[Broken, ...] = ()

    @property
    def held(self) -> list[dict[str, str]]:
        """Why nothing of this run can be stated: by service, product and days, with the reason in a word."""
        gaps = [
            {
                "service": g.service_id,
                "sku": g.sku,
                "from": f"{g.period.start}",
                "to": f"{g.period.end}",
                "why": "没有价格",
            }
            for g in self.parked
        ]
        return gaps + [{"service": b.service_id, "sku": "", "from": "", "to": "", "why": b.reason} for b in self.broken]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Service number, then ``COLUMNS`` as texts and whole numbers, by service and day; parked services included."""
        found = self.con.cursor().execute(
            f"SELECT * EXCLUDE (unit_id, system_id, contract_id) FROM ({lines.relation()})"  # noqa: S608
        )
        while batch := found.fetchmany(10_000):
            yield from batch


@contextmanager
def run(
    *, jurisdiction: Jurisdiction, period: Period, terms: Terms, contract: Contract | None = None
) -> Iterator[tuple[Run, dict[str, Service]]]:
    """Charge a period from the ledger as it is now; also the services by number."""
    with tempfile.TemporaryDirectory(prefix="yunheng-run-") as name:
        folder = Path(name) / "package"
        found = write_facts(folder, jurisdiction=jurisdiction, period=period, contract=contract)
        with opened(folder) as package, rating.connected(package) as con:
            reading.read_facts(con, package, rating.quiet)
            program.prepare(con, period)
            program.run(con, period=period, terms=terms)
            con.execute(lines.PLAIN)
            parked = tuple(reference.unpriced(con, period=period, terms=terms))
            yield Run(con, folder, parked, broken(con)), {service.number: service for service in found}
