"""Articles 8 and 24.1.4: silence at its boundaries, outages, what a return shows; nobody is found against unheard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from yunheng.law.ch2_use.art08_silence import Gap, Shown, plugin_back, shown_by, standing, together
from yunheng.law.ch5_supervision.art24_uninstall import Suspicion, uninstall_established
from yunheng.law.kernel.parameters import Parameters

AT = datetime(2026, 5, 10, 2, tzinfo=UTC)
DAY = date(2026, 5, 10)
P = Parameters(DAY)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def test_a_plug_in_is_late_silent_and_suspected_from_the_second_on() -> None:
    for silent, word in (
        (5 * MINUTE - SECOND, "heard"), (5 * MINUTE, "late"), (30 * MINUTE - SECOND, "late"), (30 * MINUTE, "silent"),
        (24 * HOUR - SECOND, "silent"), (24 * HOUR, "suspected"), (-HOUR, "heard"),
    ):  # fmt: skip
        assert standing(AT - silent, AT, P) == word, silent
    assert standing(None, AT, P) == "never"


def test_many_that_fall_silent_together_are_an_outage() -> None:
    alive, fell = [AT + HOUR], [[AT + 29 * MINUTE], [AT - 29 * MINUTE], [AT, AT + 2 * HOUR]]  # the last came back
    assert together(AT, fell, P)
    assert not together(AT, fell[:2], P)  # fewer than three
    assert together(AT, [*fell, alive, alive, alive], P)
    assert not together(AT, [*fell, alive, alive, alive, alive], P)  # less than half of the network
    assert not together(AT, [[AT + 30 * MINUTE]] * 9, P)  # not at the same time
    assert not together(AT, [], P)


@pytest.mark.parametrize(
    ("filled", "booted", "started", "shown"),
    [
        (True, (0, 60), (0, 60), "network"), (False, (0, 1), (0, 60), "reboot"), (False, (0, 0.5), (0, 60), "stopped"),
        (False, (0, 0), (0, 0.5), "unknown"), (False, (0, None), (0, 60), "unknown"), (False, (0, 0), (None, 60), "unknown"),
    ],
)  # fmt: skip
def test_what_a_return_shows(
    filled: bool, booted: tuple[float, float], started: tuple[float, float], shown: Shown
) -> None:
    """Moments in minutes; less than an interval apart is the same moment."""

    def at(pair: tuple[float | None, float | None]) -> tuple[datetime | None, datetime | None]:
        before, after = (None if one is None else AT + one * MINUTE for one in pair)
        return before, after

    assert shown_by(Gap(AT, AT + HOUR, filled, at(booted), at(started)), P) == shown


def test_it_is_found_only_after_the_unit_was_heard_or_had_its_days() -> None:
    def state(explained: bool, waited: int, shown: Shown | None) -> str:
        return uninstall_established(Suspicion(explained, waited, DAY, shown), P).state

    assert [state(False, days, None) for days in (4, 5, 6)] == ["fail", "fail", "ok"]
    assert state(True, 0, None) == state(True, 0, "stopped") == state(True, 0, "unknown") == "ok"
    assert state(True, 9, "network") == "fail"
    assert [plugin_back((DAY - timedelta(days=n), DAY), P).state for n in (0, 1, 2)] == ["ok", "ok", "fail"]
    assert plugin_back((None, DAY), P).state == "fail"
