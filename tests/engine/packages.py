"""Settlement packages for tests: one by hand in a few words, and any at all for the properties."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.law.accounts import DAYS, NUMBERS, SKUS
from yunheng.domain.billing.engine.layout import FACTS
from yunheng.domain.billing.engine.package import seal
from yunheng.law.ch3_funding.art15_facts import Account, Condition, Contract, Migration, Price, Service, Usage
from yunheng.law.kernel.period import Period

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
HEADERS = {table.name: ",".join(column.name for column in table.columns) for table in FACTS}
GOOD = {
    "contracts": ["HT-1,云甲,,"],
    "prices": ["HT-1,ECS,台,month,320,2020-01-01,"],
    "services": ["S-1,U-1,X-1,HT-1,ECS,1,covered,2026-03-17,,"],
}


def write(folder: Path, tables: dict[str, list[str]] | None = None, **changed: list[str]) -> Path:
    """A package with the rows given as text; without any, one service at 320 yuan a month."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**(GOOD if tables is None else tables), **changed}.items():
        (folder / f"{name}.csv").write_text("\n".join([HEADERS[name], *rows]) + "\n", "utf-8")
    return folder


def sealed(folder: Path, period: Period = YEAR) -> Path:
    """The same with a manifest over what is there."""
    seal(folder, jurisdiction="520100", period=period, created_at=datetime(2027, 1, 5, tzinfo=UTC))
    return folder


@dataclass
class City:
    """The facts of a package as records of the law, for those who compute it another way."""

    contracts: list[Contract] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    conditions: list[tuple[str, Condition]] = field(default_factory=list)
    migrations: list[Migration] = field(default_factory=list)
    usage: list[tuple[str, Usage]] = field(default_factory=list)

    def accounts(self) -> list[Account]:
        """One account per service, in the order of their names."""
        contracts = {c.contract_id: c for c in self.contracts}
        return [
            Account(
                s,
                contracts[s.contract_id],
                tuple(p for p in self.prices if p.contract_id == s.contract_id),
                tuple(c for name, c in self.conditions if name == s.service_id),
                tuple(m for m in self.migrations if s.service_id in (m.source, m.target)),
                tuple(u for name, u in self.usage if name == s.service_id),
            )
            for s in sorted(self.services, key=lambda s: s.service_id)
        ]

    def write(self, folder: Path) -> Path:
        """The package as files."""
        folder.mkdir(parents=True)
        self._file(
            folder, "contracts", ((c.contract_id, c.provider, c.proration, c.charge_suspended) for c in self.contracts)
        )
        self._file(
            folder,
            "prices",
            ((p.contract_id, p.sku, p.unit, p.per, p.unit_price, p.valid_from, p.valid_to) for p in self.prices),
        )
        self._file(
            folder,
            "services",
            (
                (
                    s.service_id,
                    s.unit_id,
                    s.system_id,
                    s.contract_id,
                    s.sku,
                    s.quantity,
                    s.lane,
                    s.opened_on,
                    s.closed_on,
                    s.trial,
                )
                for s in self.services
            ),
        )
        self._file(folder, "conditions", ((name, c.on, c.kind, c.value, c.rule) for name, c in self.conditions))
        self._file(folder, "migrations", ((m.source, m.target, m.cause, m.confirmed_on) for m in self.migrations))
        self._file(folder, "usage", ((name, u.on, u.quantity) for name, u in self.usage))
        return folder

    @staticmethod
    def _file(folder: Path, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(HEADERS[name].split(","))
            out.writerows([_text(value) for value in row] for row in rows)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def joined(cities: Iterable[City]) -> City:
    """One city of several that have nothing to do with each other."""
    whole = City()
    for n, city in enumerate(cities):
        of = f"{n}/{{}}".format
        whole.contracts += [replace(c, contract_id=of(c.contract_id)) for c in city.contracts]
        whole.prices += [replace(p, contract_id=of(p.contract_id)) for p in city.prices]
        whole.services += [
            replace(s, service_id=of(s.service_id), contract_id=of(s.contract_id)) for s in city.services
        ]
        whole.conditions += [(of(name), condition) for name, condition in city.conditions]
        whole.migrations += [replace(m, source=of(m.source), target=of(m.target)) for m in city.migrations]
        whole.usage += [(of(name), usage) for name, usage in city.usage]
    return whole


# ---- any city ---------------------------------------------------------------------------------------------------

CONTRACTS = ("HT-1", "HT-2")
PRORATIONS = ("annual_actual", "annual_365", "month_30", "calendar_month")


@st.composite
def cities(draw: st.DrawFn, *, size: int = 6) -> City:
    """Services with every kind of condition around a leap year, moving onto each other in chains."""
    city = City()
    for name in CONTRACTS:
        proration: Any = draw(st.sampled_from(PRORATIONS))
        city.contracts.append(Contract(name, "云甲", proration, draw(st.booleans())))
        city.prices += [row for sku in SKUS for row in _prices(draw, name, sku)]
    for n in range(draw(st.integers(1, size))):
        _service(draw, city, f"S-{n}")
    opened = {s.service_id: s.opened_on for s in city.services}
    names = sorted(opened)
    pairs = draw(st.sets(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=4))
    for source, target in sorted(pairs):
        if source != target:
            cause: Any = draw(st.sampled_from(["platform", "unit"]))
            city.migrations.append(Migration(source, target, cause, opened[target], draw(st.none() | DAYS)))
    return city


def _prices(draw: st.DrawFn, contract: str, sku: str) -> list[Price]:
    cuts = sorted(draw(st.sets(DAYS, max_size=2)))
    spans = zip([date(2000, 1, 1), *cuts], [*cuts, None], strict=True)
    pers: Any = ["once"] if sku == "SETUP" else ["month", "month", "year", "day", "use", "once"]
    return [
        Price(contract, sku, draw(st.sampled_from(pers)), draw(NUMBERS), start, end)
        for start, end in spans
        if draw(st.integers(0, 11))
    ]


def _service(draw: st.DrawFn, city: City, name: str) -> None:
    opened, closed = draw(DAYS), draw(st.none() | DAYS)
    if closed and closed < opened:
        opened, closed = closed, opened
    lane: Any = draw(st.sampled_from(["covered", "own"]))
    city.services.append(
        Service(name, "U-1", "X-1", draw(st.sampled_from(CONTRACTS)), draw(st.sampled_from(SKUS)), draw(NUMBERS), lane,
                opened, closed, draw(st.integers(0, 4)) == 0)
    )  # fmt: skip
    life = Period(opened, closed or opened + timedelta(days=400))
    if not life:
        return
    days = st.one_of(st.integers(0, life.days - 1).map(lambda n: opened + timedelta(days=n)), st.just(opened))
    values: dict[Any, st.SearchStrategy[Any]] = {
        "quantity": NUMBERS,
        "sku": st.sampled_from(SKUS),
        "lane": st.sampled_from(["covered", "own"]),
        "suspended": st.booleans(),
    }
    for kind, value in values.items():
        for on in sorted(draw(st.sets(days, max_size=2))):
            rule = draw(st.sampled_from(["", "art10.3", "art12-ended"])) if kind == "lane" else ""
            city.conditions.append((name, Condition(on, kind, draw(value), rule)))
    for on, quantity in draw(st.lists(st.tuples(days, NUMBERS), max_size=4)):
        city.usage.append((name, Usage(on, quantity)))
