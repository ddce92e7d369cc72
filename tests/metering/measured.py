"""Samples, stores and killings for the tests of what is measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from yunheng.domain.metering import disk
from yunheng.domain.metering.journal import Journal
from yunheng.domain.metering.samples import Batch, Key
from yunheng.domain.metering.store import Store, Terms

LOCAL = ZoneInfo("Asia/Shanghai")
ON = date(2026, 5, 10)
TERMS = Terms(raw=8, hourly=120, daily=400, gap=900_000)
Sample = tuple[str, str, str, int, int, float]  # resource, metric, part, ms, origin, value
Rows = dict[tuple[Any, ...], tuple[float, ...]]


def ms(text: str) -> int:
    """2026-05-10 00:05 local time, in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp() * 1000)


def payload(samples: Iterable[Sample]) -> bytes:
    batch = Batch("")
    for resource, metric, part, at, origin, value in samples:
        batch.resource = resource
        batch.add(Key(metric, part), at, value, origin)
    return batch.payload()


def store(root: Path) -> Store:
    return Store(root, LOCAL)


def deliver(at: Store, *batches: Iterable[Sample]) -> None:
    journal = Journal(at.journal)
    for samples in batches:
        journal.append(payload(samples))
    journal.close()


def compact(at: Store, on: date = ON) -> int:
    return at.compact(on=on, terms=TERMS)


def rows(at: Store) -> tuple[Rows, Rows]:
    """Hours and days: (resource, metric, moment) to (mean, p95, max, n)."""
    with duckdb.connect(":memory:") as connection:
        found = [getattr(at, kind)(connection).fetchall() for kind in ("hourly", "daily")]
    keyed = [{tuple(row[:3]): tuple(row[3:]) for row in one} for one in found]
    assert [len(one) for one in keyed] == [len(one) for one in found], "a row stands there twice"
    return keyed[0], keyed[1]


def same(one: tuple[Rows, Rows], other: tuple[Rows, Rows]) -> bool:
    """Equal; a mean may differ in its last binary place, by the order in which it was added up."""
    return all(
        a.keys() == b.keys()
        and all(math.isclose(x, y, rel_tol=1e-12) for k in a for x, y in zip(a[k], b[k], strict=True))
        for a, b in zip(one, other, strict=True)
    )


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Ends the process at the ``turn``-th call to the disk; in a write, after a ``share`` of the bytes."""

    def __init__(self, monkeypatch: Any, turn: int, share: float) -> None:
        self.left, self.share = turn, share
        for name in ("write", "sync", "sync_path", "move", "remove"):
            monkeypatch.setattr(disk, name, self._wrapped(name, getattr(disk, name)))

    def _wrapped(self, name: str, whole: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            self.left -= 1
            if self.left == 0 and name == "write":
                whole(arguments[0], arguments[1][: int(len(arguments[1]) * self.share)])
            if self.left <= 0:
                raise Killed
            whole(*arguments)

        return call
