"""Article 10, second paragraph: disks, stores, addresses, balancers, bandwidth; each boundary, and why nothing is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.law.test_art10_optimization import MONTH, P, of
from yunheng.law.ch1_general.art02_services import measured_as
from yunheng.law.ch2_use.art10_bandwidth import Flow, bandwidth_oversized, bandwidth_undersized
from yunheng.law.ch2_use.art10_facts import KINDS, RESULTS, Advice, Thing
from yunheng.law.ch2_use.art10_idle import Attachment, Filling, disk_oversized, disk_unattached
from yunheng.law.ch2_use.art10_listed import NOT_SAID, Listing, attachment, filling
from yunheng.law.ch2_use.art10_season import Busy, Peak, Season
from yunheng.law.ch2_use.art10_size import Size
from yunheng.law.ch2_use.art10_things import advise_thing
from yunheng.law.kernel.period import Period

D, ONE = Decimal, timedelta(days=1)
TODAY = date(2026, 11, 24)
FREE, HELD, SILENT = False, True, None
LITTLE, QUIET = Filling(D(10), D(10), 97, 97, D(10)), of(mean_peak="90")
SOON = Busy("年报", TODAY + 30 * ONE, TODAY + 40 * ONE)


def ago(*days: int, held: bool | None) -> list[Listing]:
    return [Listing(TODAY - n * ONE, held) for n in days]


def thing(sort: str, **more: object) -> Thing:
    facts = Thing(
        sort=sort, now=Size(0, 0, "x", D(100)), season=Season(TODAY, (), (), 24), age_days=400, steady_days=400,
        network=None, filling=None, attachment=NOT_SAID,
    )  # fmt: skip
    return replace(facts, **more)  # type: ignore[arg-type]


def said(facts: Thing) -> dict[str, Advice]:
    return {advice.kind: advice for advice in advise_thing(facts, P)}


def told(facts: Thing) -> list[tuple[str, str, str]]:
    return [(one.kind, one.result, one.verdict.rule) for one in advise_thing(facts, P)]


@pytest.mark.parametrize(
    ("item", "sort"),
    [
        (("compute", "ECS", "台"), "machine"), (("database", "RDS", "实例"), "machine"), (("database", "RDS", "GB"), "store"),
        (("storage", "DISK", "GB"), "disk"), (("storage", "OSS", "GB"), "store"), (("network", "EIP", "个"), "line"),
        (("network", "SLB", "个"), "line"), (("network", "EIP", "Mbps"), "bandwidth"), (("support", "OPS", "人天"), ""),
    ],
)  # fmt: skip
def test_the_catalogue_says_how_a_thing_is_watched(item: tuple[str, str, str], sort: str) -> None:
    assert measured_as(*item) == sort


# ---- what a series of inventories proves ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "days", "unsure"),
    [
        ([], None, "没有挂载信息"),
        (ago(0, held=SILENT), None, "没有挂载信息"),
        (ago(7, held=HELD), None, ""),
        (ago(8, held=HELD), None, "距今超过7天"),
        ([*ago(31, held=HELD), *ago(24, 17, 10, 3, held=FREE)], 24, ""),
        ([*ago(32, held=HELD), *ago(24, 17, 10, 3, held=FREE)], 24, "只能证明未挂载24天"),  # a gap of eight days
        ([*ago(31, held=SILENT), *ago(24, 17, 10, 3, held=FREE)], 24, "只能证明未挂载24天"),
        ([*ago(40, 33, held=FREE), *ago(26, held=HELD), *ago(20, 13, 6, held=FREE)], 20, ""),
        (
            [*ago(40, 33, held=FREE), *ago(20, 13, 6, held=FREE)],
            20,
            "只能证明未挂载20天",
        ),  # nobody saw the days between
        (ago(*range(30, -1, -1), held=FREE), 30, "只能证明未挂载30天"),
    ],
)
def test_only_an_unbroken_run_of_inventories_proves_that_nothing_was_attached(
    series: list[Listing], days: int | None, unsure: str
) -> None:
    found = attachment(series, TODAY, P)
    assert found.free_days == days
    assert unsure in found.unsure
    assert bool(unsure) is bool(found.unsure)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (Attachment(29, "资源清单只能证明未挂载29天"), "undetermined"),
        (Attachment(30, "资源清单只能证明未挂载30天"), "need"),
        (Attachment(31, "资源清单只能证明未挂载31天"), "need"),
        (NOT_SAID, "undetermined"),
    ],
)
def test_what_nobody_said_is_never_unattached(facts: Attachment, state: str) -> None:
    assert disk_unattached(facts, P).state == state


# ---- how a disk fills -------------------------------------------------------------------------------------------


def test_a_disk_is_seen_from_its_first_day_and_its_edges_are_a_week_each() -> None:
    days = {TODAY - n * ONE: D(10) for n in range(1, 91)} | {
        TODAY - 90 * ONE: D(12),
        TODAY - 83 * ONE: D(14),
        TODAY - ONE: D(16),
    }
    assert filling(days, TODAY, P) == Filling(D(12), D(16), 90, 90, D(16))
    assert filling({TODAY - 98 * ONE: D(1), TODAY: D(99)}, TODAY, P) is None  # too old, and not over yet
    assert filling({}, TODAY, P) is None


@pytest.mark.parametrize(("heard", "state"), [(84, "need"), (85, "need"), (83, "undetermined")])
def test_a_disk_heard_too_rarely_is_undetermined(heard: int, state: str) -> None:
    assert disk_oversized(Filling(D(10), D(10), 98, heard), P).state == state  # 85 % of 98 days are 83.3


@pytest.mark.parametrize(("highest", "state"), [("29.9", "need"), ("30", "ok")])
def test_a_disk_that_was_full_in_between_is_not_large(highest: str, state: str) -> None:
    assert disk_oversized(Filling(D(10), D(10), 97, 97, D(highest)), P).state == state


# ---- bandwidth --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("busiest", "state"), [("299", "need"), ("300", "ok"), ("301", "ok")])
def test_bandwidth_is_large_when_its_busiest_hour_is_small(busiest: str, state: str) -> None:
    assert bandwidth_oversized(Flow(of(busiest=busiest), D(1000)), P).state == state


@pytest.mark.parametrize(("p95", "state"), [("799", "ok"), ("800", "ok"), ("801", "need")])
def test_bandwidth_that_is_full_as_a_rule_is_noticed(p95: str, state: str) -> None:
    assert bandwidth_undersized(Flow(of(p95=p95), D(1000)), P).state == state


# ---- together ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "answers"),
    [
        (thing("disk", attachment=Attachment(30)), [("unattached", "advise", "disk_unattached")]),
        (thing("disk", attachment=Attachment(None), filling=LITTLE),
         [("unattached", "quiet", "disk_unattached"), ("disk", "inform", "disk_oversized")]),
        (thing("disk"), [("unattached", "undetermined", "disk_unattached"), ("disk", "undetermined", "measurable")]),
        (thing("disk", attachment=Attachment(30), season=Season(TODAY, (SOON,), ())),
         [("unattached", "quiet", "outside_season"), ("disk", "undetermined", "measurable")]),
        (thing("disk", attachment=Attachment(30), advised_on=TODAY - 89 * ONE, filling=LITTLE),
         [("unattached", "quiet", "cooled_down"), ("disk", "inform", "disk_oversized")]),
        (thing("disk", attachment=Attachment(30), now=Size(0, 0, "x", D("49.99")), filling=LITTLE),
         [("unattached", "quiet", "worth_it"), ("disk", "inform", "disk_oversized")]),
        (thing("store", filling=LITTLE), [("disk", "inform", "disk_oversized")]),
        (thing("line"), [("unused", "undetermined", "line_unused")]),
        (thing("line", network=QUIET), [("unused", "advise", "line_unused")]),
        (thing("line", network=QUIET, age_days=29), [("unused", "undetermined", "enough_heard")]),
        (thing("line", network=of(611, mean_peak="90")), [("unused", "undetermined", "enough_heard")]),
        (thing("line", network=of(mean_peak="101")), [("unused", "quiet", "line_unused")]),
        (thing("line", attachment=Attachment(30)), [("unused", "advise", "line_unused")]),
        (thing("line", attachment=Attachment(29)), [("unused", "undetermined", "line_unused")]),
        (thing("line", network=QUIET, season=Season(TODAY, (Busy("招生", date(2026, 6, 1), date(2026, 6, 9)),), ())),
         [("unused", "undetermined", "season_measured")]),
        (thing("bandwidth", network=QUIET, bought=D(1000)), [("unused", "advise", "line_unused")]),
        (thing("bandwidth", network=of(mean_peak="200", busiest="200"), bought=D(1000)),
         [("unused", "quiet", "line_unused"), ("bandwidth", "inform", "bandwidth_oversized"),
          ("undersized", "quiet", "bandwidth_undersized")]),
        (thing("bandwidth", network=of(MONTH, mean_peak="950", busiest="950", p95="900"), bought=D(1000)),
         [("unused", "quiet", "line_unused"), ("bandwidth", "quiet", "bandwidth_oversized"),
          ("undersized", "inform", "bandwidth_undersized")]),
        (thing("bandwidth", network=of(mean_peak="950")),
         [("unused", "quiet", "line_unused"), ("bandwidth", "undetermined", "measurable")]),
        (thing("machine", unknown="目录没有写明每台的核数与内存"), [("idle", "undetermined", "measurable")]),
        (thing("line", unknown="台账没有登记实例编号"), [("unused", "undetermined", "measurable")]),
    ],
)  # fmt: skip
def test_each_thing_gets_its_answers_with_their_rules(facts: Thing, answers: list[tuple[str, str, str]]) -> None:
    assert told(facts) == answers
    for one in advise_thing(facts, P):
        assert one.kind in dict(KINDS)
        assert one.result in dict(RESULTS)
        assert one.verdict.sentence
        assert one.result != "undetermined" or one.verdict.sentence.endswith("不作判断")


def test_what_is_given_back_saves_its_whole_fee_and_a_young_system_is_asked_for_its_season() -> None:
    young = said(thing("line", network=QUIET, season=Season(TODAY, (), (), 12)))["unused"]
    assert (young.to, young.saving, young.ask) == (None, D(100), True)
    assert not said(thing("line", network=QUIET))["unused"].ask
    assert said(thing("disk", attachment=Attachment(30), now=Size(0, 0, "x", None)))["unattached"].result == "advise"


@pytest.mark.parametrize(("most", "result"), [("100", "advise"), ("101", "quiet")])
def test_a_line_that_the_last_busy_period_used_is_kept(most: str, result: str) -> None:
    season = Season(TODAY, (Busy("年报", date(2026, 3, 1), date(2026, 3, 31)),), (Period(date(2026, 1, 1), TODAY),))
    facts = thing("line", network=QUIET, season=replace(season, peak=Peak(network=D(most))))
    answer = said(facts)["unused"]
    assert (answer.result, answer.verdict.rule) == (result, "quiet_in_season" if result == "quiet" else "line_unused")
