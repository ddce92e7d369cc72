"""Article 9, first paragraph: what runs at the provider beside what was approved, and in what they differ (9.1, 22).

A row of the inventory belongs to the line of the ledger that its tag names, else to the one at which its instance is
recorded, else to a line of its system and product that still has room. What belongs to none was never approved.

    tag S-2026-0001 ─┐
    instance i-7 ────┼─→ line: not closed? within its period? quantity and product as approved?
    system + product ┘        └ no row at all: approved but absent
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import date

from yunheng.law.ch2_use.art09_difference_kinds import EXPECTED, ZERO, Difference, Held, Kind, Seen
from yunheng.law.ch2_use.art09_outcome import Outcome, Way


class _Places:
    """The ledger as it is looked up, and how much of each line is filled."""

    def __init__(self, held: Sequence[Held], on: date) -> None:
        self.by_key = {key: line for line in held for key in line.also} | {line.key: line for line in held}
        self.by_instance: dict[str, Held] = {}
        self.running: dict[tuple[str, str], list[Held]] = defaultdict(list)
        self.ended: dict[tuple[str, str], list[Held]] = defaultdict(list)
        self.filled: dict[str, list[Seen]] = defaultdict(list)
        self.room = {line.key: line.quantity for line in held}
        self.told: set[str] = set()  # lines whose instances the inventory names itself
        for line in sorted(held, key=lambda one: (one.over(on), one.key)):  # what runs goes before what is over
            (self.ended if line.over(on) else self.running)[line.system, line.sku].append(line)
            for instance in line.instances:
                self.by_instance.setdefault(instance, line)
        self.roomy = defaultdict(deque, {place: deque(lines) for place, lines in self.running.items()})

    def fill(self, line: Held, row: Seen) -> None:
        """The row belongs to the line."""
        self.filled[line.key].append(row)
        self.room[line.key] -= row.quantity or ZERO

    def named(self, row: Seen) -> tuple[Held, Way] | None:
        """The line that the row's tag or its instance names."""
        if row.service in self.by_key:
            return self.by_key[row.service], "tag"
        line = self.by_instance.get(row.instance)
        return (line, "instance") if line else None

    def fitting(self, row: Seen) -> Held | None:
        """A line of the row's system and product: one with room; a full one whose instances nobody told; one that was
        closed after the row's thing was there."""
        if not (row.system and row.sku):
            return None
        place, wanted = (row.system, row.sku), row.quantity or ZERO
        roomy = self.roomy[place]
        while roomy and not roomy[0].metered and self.room[roomy[0].key] <= 0:
            roomy.popleft()
        if roomy:
            return next((line for line in roomy if self.room[line.key] >= wanted), roomy[0])
        unrecorded = next((o for o in self.running[place] if not o.instances and o.key not in self.told), None)
        known = (o for o in self.ended[place] if o.closed_on and (row.since is None or row.since < o.closed_on))
        return unrecorded or next(known, None)


def reconcile(held: Sequence[Held], seen: Iterable[Seen], *, on: date) -> Outcome:
    """Compare the inventory of a day with the ledger of one provider; linear in both (9.1, 11, 12.2, 22)."""
    places, rest, found = _Places(held, on), [], Outcome(lines=len(held))
    for row in seen:
        found.rows += 1
        named = places.named(row)
        if named is None:
            rest.append(row)
        else:
            places.fill(named[0], row)
            places.told.add(named[0].key)
            found.ways[named[1]] += 1
    for row in sorted(rest, key=lambda one: one.instance):
        line = places.fitting(row)
        if line is None:
            found.differences.append(Difference("unapproved", row.instance, None, (row,)))
        else:
            places.fill(line, row)
            found.ways["place"] += 1
    found.belongs = {row.instance: key for key, rows in places.filled.items() for row in rows}
    for line in held:
        _judge(line, tuple(places.filled[line.key]), on, found)
    return found


def _judge(line: Held, rows: tuple[Seen, ...], on: date, found: Outcome) -> None:
    """One line with the rows that belong to it: the first thing that is not as approved."""
    kind = _kind(line, rows, on)
    if line.metered and not line.over(on) and all(row.quantity is None for row in rows):
        found.unevaluated.append(line.key)
    elif kind in EXPECTED.get(line.under_way, ()):
        found.under_way.append(line.key)
    elif kind is not None:
        found.differences.append(Difference(kind, line.key, line, rows))


def _kind(line: Held, rows: tuple[Seen, ...], on: date) -> Kind | None:
    total = sum((row.quantity or ZERO for row in rows), ZERO)
    if line.over(on):
        return "released" if rows else None
    if line.ends_on is not None and line.ends_on <= on:
        return "overstayed" if rows else None
    if line.metered:
        return "above_ceiling" if total > line.quantity else None
    if line.pending(on):
        return "unapproved" if total > line.quantity else None
    if not rows:
        return None if line.once else "absent"
    same = total == line.quantity and all(row.sku in ("", line.sku) for row in rows)
    return None if same or line.once else "changed"
