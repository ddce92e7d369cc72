"""Rate a package, and verify one that somebody else rated: what `yunheng rate` and `yunheng verify` do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

import duckdb

from yunheng.domain.billing.engine import comparing, lines, program, reading, reference, store
from yunheng.domain.billing.engine.errors import BadInput, Mistake, refuse
from yunheng.domain.billing.engine.layout import LINES
from yunheng.domain.billing.engine.lines import Totals
from yunheng.domain.billing.engine.package import Package, manifest_of, opened, stale
from yunheng.law.ch3_funding.art15_charging import Unpriced
from yunheng.law.ch3_funding.art15_facts import Terms
from yunheng.law.kernel.parameters import Parameters, registry
from yunheng.law.kernel.period import Period

ENGINES = ("duckdb", "reference", "spark")
Say = Callable[[str], None]


def quiet(text: str) -> None:
    """Progress for nobody."""


def terms_for(day: date) -> Terms:
    """The limits of 7.2 and 15.2 on a day; the first that there were, for days before the regulation."""
    first = max(registry()[name].values[0][0] for name in ("trial_term", "parallel_run_term"))
    return Terms.of(Parameters(max(day, first)))


@dataclass(frozen=True)
class Carrier:
    """Which engine computes, where its cluster is (spark), and who is told of the progress."""

    engine: str = "duckdb"
    master: str = ""
    say: Say = quiet


def rate(source: Path, out: Path, *, period: Period, by: Carrier = Carrier()) -> Totals:
    """Write the lines of the period to ``out`` and return their totals. Raises BadInput; then nothing is written."""
    with opened(source) as package, connected(package) as con:
        reading.read_facts(con, package, by.say)
        charge(con, package, period=period, terms=terms_for(period.start), by=by)
        by.say("写出计费行")
        lines.write(con, out)
        return lines.totals(con)


@dataclass(frozen=True)
class Verified:
    """What a verification found. The package holds when there is neither a stale file nor a difference."""

    totals: Totals
    stated: Totals
    stale: tuple[Mistake, ...]
    differences: tuple[comparing.Difference, ...]

    @property
    def holds(self) -> bool:
        return not self.stale and not self.differences


def verify(source: Path, *, by: Carrier = Carrier()) -> Verified:
    """Check the digests, compute the period of the manifest anew and compare every line. Raises BadInput."""
    with opened(source) as package, connected(package) as con:
        manifest = manifest_of(package)
        by.say("核对SM3摘要")
        changed = stale(package, manifest)
        mistakes = reading.read(con, package, LINES, by.say)
        if mistakes:
            raise BadInput(mistakes)
        reading.read_facts(con, package, by.say)
        comparing.check_names(con)
        charge(con, package, period=manifest.period, terms=terms_for(manifest.period.start), by=by)
        by.say("逐行比对")
        found = tuple(comparing.differences(con))
        return Verified(lines.totals(con), comparing.stated_totals(con), tuple(changed), found)


def charge(
    con: duckdb.DuckDBPyConnection, package: Package, *, period: Period, terms: Terms, by: Carrier = Carrier()
) -> None:
    """From the tables that were read to the table ``line``. Raises BadInput with every service that lacks a price."""
    by.say("计算")
    program.prepare(con, period)
    if by.engine == "reference":
        reference.run(con, period=period, terms=terms, scratch=package.scratch, say=by.say)
    elif by.engine == "spark":
        _spark().run(con, period=period, terms=terms, scratch=package.scratch, master=by.master)
    else:
        program.run(con, period=period, terms=terms)
    gaps = [_gap(gap) for gap in reference.unpriced(con, period=period, terms=terms)]
    if gaps:
        raise BadInput(gaps)


def _spark() -> ModuleType:
    """The carrier of whoever installed it: half a gigabyte that most do without."""
    try:
        from yunheng.domain.billing.engine import spark
    except ImportError as error:
        reason = f'这里没有Spark（{error}）；请执行 pip install "yunheng[spark]"，另需Java 17或更高版本'
        raise refuse("Spark", reason) from error
    return spark


def _gap(gap: Unpriced) -> Mistake:
    days = f"{gap.period.start}至{gap.period.end}（不含）"
    return Mistake("prices.csv", None, f"服务“{gap.service_id}”的“{gap.sku}”在{days}没有价格，整份账单不能计算")


@contextmanager
def connected(package: Package) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database beside the package; running out of memory and disk is told as what it is."""
    con = store.connect(package.scratch)
    try:
        yield con
    except duckdb.OutOfMemoryException as error:
        reason = (
            f"内存或磁盘不够（上限{store.MEMORY}，溢出{store.SPILL}）；可设YUNHENG_ENGINE_MEMORY、YUNHENG_ENGINE_SPILL"
        )
        raise BadInput([Mistake("结算包", None, reason)]) from error
    finally:
        con.close()
