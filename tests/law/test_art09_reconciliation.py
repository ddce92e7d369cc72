"""Article 9.1 with 22: inventory beside ledger. Each kind of difference, what is none, and who must explain it."""

from __future__ import annotations

import cProfile
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunheng.law.ch2_use.art09_difference_kinds import APPROVED_BY, EXPECTED, FITTING, KINDS, Held, Seen
from yunheng.law.ch2_use.art09_discrepancy import DISCREPANCY, Linked, case_explains, case_takes_over
from yunheng.law.ch2_use.art09_outcome import inventory_as_approved
from yunheng.law.ch2_use.art09_reconciliation import reconcile
from yunheng.law.kernel.parameters import Parameters

D = Decimal
ON, P = date(2026, 6, 1), Parameters(date(2026, 6, 1))
ONE = timedelta(days=1)
LINE = Held("S-1", "JY-001", "ECS", D(4), date(2026, 1, 1))
FOUR = [Seen(f"i-{n}", "ECS", D(1), service="S-1", system="JY-001") for n in range(4)]


def kinds(held: list[Held], seen: list[Seen], on: date = ON) -> list[tuple[str, str]]:
    return [(d.kind, d.key) for d in reconcile(held, seen, on=on).differences]


def test_what_is_as_approved_is_no_difference_whichever_way_it_is_matched() -> None:
    untagged = [replace(row, service="") for row in FOUR]
    by_instance = [replace(row, service="", system="") for row in FOUR]
    recorded = replace(LINE, instances=("i-0", "i-1", "i-2", "i-3"))
    assert kinds([LINE], FOUR) == kinds([LINE], untagged) == kinds([recorded], by_instance) == []
    ways = [reconcile([recorded], rows, on=ON).ways for rows in (FOUR, by_instance)]
    assert [dict(way) for way in ways] == [{"tag": 4}, {"instance": 4}]
    assert inventory_as_approved(reconcile([LINE], FOUR, on=ON), P).holds


@pytest.mark.parametrize(
    ("held", "seen", "expected"),
    [
        (LINE, [*FOUR, Seen("i-9", "GPU", D(1), system="JY-001")], [("unapproved", "i-9")]),
        (LINE, FOUR[:3], [("changed", "S-1")]),  # fewer than the ledger says
        (LINE, [*FOUR, replace(FOUR[0], instance="i-9")], [("changed", "S-1")]),
        (LINE, [replace(FOUR[0], sku="GPU"), *FOUR[1:]], [("changed", "S-1")]),
        (LINE, [replace(FOUR[0], sku=""), *FOUR[1:]], []),  # the provider does not know our code
        (LINE, [], [("absent", "S-1")]),
        (replace(LINE, closed_on=ON), FOUR, [("released", "S-1")]),  # the closing day is not charged any more
        (replace(LINE, closed_on=ON + ONE), FOUR, []),
        (replace(LINE, closed_on=ON), [], []),
        (replace(LINE, ends_on=ON), FOUR, [("overstayed", "S-1")]),
        (replace(LINE, ends_on=ON + ONE), FOUR, []),
        (replace(LINE, ends_on=ON), [], []),
        (replace(LINE, metered=True), [replace(FOUR[0], quantity=D("4.01"))], [("above_ceiling", "S-1")]),
        (replace(LINE, metered=True), [replace(FOUR[0], quantity=D(4))], []),
        (replace(LINE, metered=True), [], []),  # nothing used is nothing absent
        (replace(LINE, once=True), [], []),  # bought once; nothing runs
        (replace(LINE, opened_on=None), [], []),  # approved, on its way
        (replace(LINE, opened_on=None), FOUR, []),
        (replace(LINE, opened_on=ON + ONE), FOUR, []),
        (replace(LINE, opened_on=None), [*FOUR, replace(FOUR[0], instance="i-9")], [("unapproved", "S-1")]),
        (replace(LINE, under_way="exit"), [], []),
        (replace(LINE, under_way="exit"), FOUR[:3], [("changed", "S-1")]),
        (replace(LINE, under_way="change"), FOUR[:3], []),
    ],
)
def test_each_kind_of_difference_and_what_is_none(held: Held, seen: list[Seen], expected: list[object]) -> None:
    assert kinds([held], seen) == expected


def test_a_row_without_tag_fills_the_room_of_its_place_before_it_is_a_surplus() -> None:
    loose = [Seen(f"i-{n}", "ECS", D(1), system="JY-001") for n in range(9)]
    two = [LINE, replace(LINE, key="S-2")]
    assert kinds(two, loose[:8]) == []
    assert kinds(two, loose) == [("changed", "S-1")]  # nobody recorded instances: more than was approved
    recorded = [replace(line, instances=(f"x-{line.key}",)) for line in two]
    assert kinds(recorded, loose) == [("unapproved", "i-8")]  # what is recorded is known: this one was never approved


def test_an_instance_rebuilt_under_a_new_id_is_no_difference() -> None:
    assert kinds([replace(LINE, quantity=D(1), instances=("old",))], [Seen("new", "ECS", D(1), system="JY-001")]) == []


@pytest.mark.parametrize(("since", "kind"), [(ON - 3 * ONE, "released"), (ON - ONE, "unapproved"), (None, "released")])
def test_what_was_there_before_the_closing_runs_on_and_what_came_after_is_new(since: date | None, kind: str) -> None:
    closed = replace(LINE, closed_on=ON - 2 * ONE)
    assert [k for k, _ in kinds([closed], [Seen("i-9", "ECS", D(1), system="JY-001", since=since)])] == [kind]


def test_a_metered_line_without_an_amount_is_not_judged_and_that_is_said() -> None:
    found = reconcile([replace(LINE, metered=True)], [replace(FOUR[0], quantity=None)], on=ON)
    assert (found.differences, found.unevaluated) == ([], ["S-1"])
    assert "未作判断" in "".join(inventory_as_approved(found, P).foot)


def test_a_tag_that_names_nothing_falls_back_to_the_instance_and_the_place() -> None:
    assert kinds([LINE], [replace(row, service="S-404") for row in FOUR]) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 5)), max_size=30))
def test_every_row_is_somewhere_exactly_once_and_the_order_changes_nothing(rows: list[tuple[int, int, int]]) -> None:
    held = [replace(LINE, key=f"S-{n}", system=f"X{n % 3}", quantity=D(3)) for n in range(3)]
    seen = [
        Seen(f"i-{n:02}", "ECS", D(q), service=f"S-{tag}" if tag < 3 else "", system=f"X{system}")
        for n, (tag, system, q) in enumerate(rows)
    ]
    found = reconcile(held, seen, on=ON)
    unmatched = sum(d.held is None for d in found.differences)
    assert sum(found.ways.values()) + unmatched == found.rows == len(rows)
    assert len({(d.kind, d.key) for d in found.differences}) == len(found.differences)
    back = reconcile(held[::-1], seen[::-1], on=ON)
    assert sorted((d.kind, d.key) for d in back.differences) == sorted((d.kind, d.key) for d in found.differences)


def test_the_work_grows_with_the_rows_and_not_with_their_square() -> None:
    def calls(count: int) -> int:
        held = [replace(LINE, key=f"S-{n}", system=f"X{n % 5}", quantity=D(1)) for n in range(count)]
        seen = [
            Seen(f"i-{n}", "ECS", D(1), service=f"S-{n}" if n % 2 else "", system=f"X{n % 5}") for n in range(2 * count)
        ]
        profile = cProfile.Profile()
        assert profile.runcall(reconcile, held, seen, on=ON).rows == 2 * count
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(2_000) < 2.5 * calls(1_000)


def test_what_ran_without_approval_is_unpayable_since_it_is_known_to_run() -> None:
    def since(held: list[Held], *seen: Seen) -> date | None:
        (found,) = reconcile(held, seen, on=ON).differences
        return found.unpayable_from(ON)

    assert since([], Seen("i-9", "ECS", D(1), since=date(2026, 2, 2))) == date(2026, 2, 2)
    assert since([], Seen("i-9", "ECS", D(1))) == ON
    assert since([replace(LINE, closed_on=date(2026, 5, 1))], *FOUR) == date(2026, 5, 1)
    assert since([replace(LINE, ends_on=date(2026, 5, 2))], *FOUR) == date(2026, 5, 2)
    assert since([LINE], *FOUR, replace(FOUR[0], instance="i-9")) == ON
    assert since([LINE], *FOUR[:3]) is None
    assert since([LINE]) is None


# ---- what closes a difference ------------------------------------------------------------------------------------

LINKED = Linked("BG-1", "change", "服务变更", True, False, ON - ONE, "changed", ON)


@pytest.mark.parametrize(
    ("linked", "explains", "takes_over"),
    [
        (LINKED, True, True),
        (replace(LINKED, approved_on=ON), True, True),
        (replace(LINKED, approved_on=ON + ONE), False, True),  # approved afterwards: never a cure
        (replace(LINKED, approved_on=None), False, True),
        (replace(LINKED, approved_on=None, over=True), False, False),
        (replace(LINKED, same_subject=False), False, False),
        (replace(LINKED, difference="released"), False, False),
        (replace(LINKED, kind="exit", difference="absent"), True, True),
    ],
)
def test_9_1_approving_afterwards_takes_over_and_explains_nothing(
    linked: Linked, explains: bool, takes_over: bool
) -> None:
    assert case_explains(linked, P).holds is explains
    assert case_takes_over(linked, P).holds is takes_over


def test_every_kind_has_an_owner_a_paragraph_and_something_that_fits() -> None:
    assert set(KINDS) == set(FITTING)
    assert all(kind in KINDS for expected in EXPECTED.values() for kind in expected)
    assert {kind for fitting in FITTING.values() for kind in fitting} == set(APPROVED_BY)
    assert DISCREPANCY.opened_by == ()  # found by comparing, by nobody's hand
