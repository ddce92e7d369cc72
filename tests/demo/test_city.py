"""The demonstration city, smaller: every desk has work, every state has a case, and nothing lies in the future."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import localdate

from yunheng.demo import feeding
from yunheng.demo.calendar import LOCAL, ONE_DAY
from yunheng.demo.reporting import report
from yunheng.demo.use import measured
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.queries import charged
from yunheng.domain.metering.models import Goodbye, Sender, Silence, Stranger, Uninstall, UsageTable, resource_of
from yunheng.domain.metering.operations import compact_all, store
from yunheng.domain.metering.silence import watch
from yunheng.domain.optimization.models import Answer, Suggestion
from yunheng.domain.parties.models import Organisation, Person
from yunheng.domain.parties.queries import actor_for
from yunheng.domain.services.models import Agreement, Application, Change, Discrepancy, Release, Service, TrialNote
from yunheng.domain.services.models.discrepancy import DIFFERENCES
from yunheng.domain.services.release.facts import instances_of
from yunheng.domain.services.release.operations import evaluate_all
from yunheng.foundation.audit.operations import broken_links
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.models import Case, Event, Obligation
from yunheng.foundation.workflow.orders.queries import orders
from yunheng.foundation.workflow.queries import owed_by
from yunheng.law.ch2_use.art07_machine import APPLICATION
from yunheng.law.ch2_use.art09_machine import CHANGE
from yunheng.law.kernel.machine import MACHINES
from yunheng.law.kernel.period import Period

UNTIL = date(2026, 3, 10)  # the weeks before it hold the Spring Festival and two working weekends
AT = datetime(2026, 3, 10, 18, tzinfo=LOCAL)
OTHERS: dict[str, set[str]] = {  # and the states that none of their cases is in
    "agreement": set(), "exit": set(), "migration": set(), "discrepancy": set(), "succession": set(), "uninstall": set(),
    "busy_calendar": set(),
}  # fmt: skip


def every_state_of_an_application_has_a_case_but_the_one_that_time_brings() -> None:
    states = set(Application.objects.values_list("state", flat=True))
    assert {state.name for state in APPLICATION.states} - states == {"lapsed"}


def every_step_was_taken_but_those_of_the_clock_and_the_rare_one() -> None:
    taken = set(Event.objects.filter(case__kind="application").values_list("step", flat=True))
    named = {step.name for step in APPLICATION.steps}
    assert named - taken == {"lapse", "mediate_at_bureau", "supply_undertaking"}


def every_state_of_a_change_has_a_case_but_those_that_pass() -> None:
    states = set(Change.objects.values_list("state", flat=True))
    assert {state.name for state in CHANGE.states} - states == {"lapsed", "approved"}


def every_state_of_the_other_procedures_has_a_case_but_those_named() -> None:
    for kind, but in OTHERS.items():
        states = set(Case.objects.filter(kind=kind).values_list("state", flat=True))
        assert {state.name for state in MACHINES[kind].states} - states == but, kind


def trials_run_are_about_to_end_have_stopped_and_go_on() -> None:
    ends = {day for day in Service.objects.filter(trial=True).values_list("closed_on", flat=True) if day}
    assert {(end > UNTIL) - (end < UNTIL) for end in ends} == {-1, 1}
    assert Agreement.objects.filter(subject="trial_extension", state="in_force").exists()
    assert TrialNote.objects.values("name").distinct().count() > 1


def inventories_differ_in_every_way_but_in_temporary_services() -> None:
    assert {kind for kind, _ in DIFFERENCES} - set(Discrepancy.objects.values_list("difference", flat=True)) <= {
        "overstayed"
    }


def of_each_procedure_a_work_order_was_taken_up() -> None:
    for provider in Person.objects.filter(username__in=("jiaofu1", "jiaofu2")):
        offered = orders(actor=actor_for(person=provider, at=AT), state="accepted")
        assert len(set(offered.values_list("case__kind", flat=True))) == offered.count() > 2


def advice_was_found_in_what_was_measured_and_came_to_many_ends() -> None:
    states = set(Suggestion.objects.values_list("state", flat=True))
    assert {"detected", "issued", "adjusting", "adjusted", "objected", "upheld", "lapsed", "uncovered"} <= states, (
        states
    )
    assert set(Suggestion.objects.values_list("advice", flat=True)) >= {"idle", "cpu", "unused"}
    assert set(Answer.objects.values_list("result", flat=True)) >= {"inform", "quiet", "undetermined"}
    said = set(Answer.objects.values_list("rule", flat=True))
    assert said >= {"outside_season", "enough_heard", "cooled_down", "cpu_oversized", "machine_idle"}, said


def nearly_all_machines_work_and_each_of_them_is_measured() -> None:
    heard = _days_by_resource(UNTIL - timedelta(days=14))
    running = [one for one in measured(first=UNTIL, until=UNTIL + ONE_DAY) if one.opened_on < UNTIL - ONE_DAY]
    names = {resource_of(service, one) for service in running for one in instances_of(service)}
    assert len(names) > 150
    assert names - set(heard) == set()
    sized = set(Answer.objects.filter(kind="cpu").values_list("service__number", "instance"))
    used = [heard[name][1] for name in names if tuple(name.split("/")[1:]) in sized]
    assert sum(10 <= one < 40 for one in used) / len(used) > 0.5


def plug_ins_took_their_leave_in_every_way_and_one_token_was_tried_elsewhere() -> None:
    assert set(Goodbye.objects.values_list("verdict", flat=True)) == {"verified", "unsigned", "mismatch"}
    assert Stranger.objects.count() == 1


def a_week_asleep_is_made_up_for_and_the_same_again_is_the_same() -> None:
    """Asked last of all: the plug-ins and the tables go on."""
    later = AT + timedelta(days=7)
    alive = Sender.objects.filter(heard_at__date=UNTIL)
    assert alive.count() >= 4
    known, silent = set(alive.values_list("pk", flat=True)), Uninstall.objects.count()
    for _ in "twice":
        feeding.report(later)
        compact_all(at=later)
        watch(at=later)
        assert set(Sender.objects.filter(heard_at=later).values_list("pk", flat=True)) == known
        assert {table.last for table in UsageTable.objects.all()} >= {localdate(later) - ONE_DAY}
        assert UsageTable.objects.count() == 2 * (2 + 7)
        assert Uninstall.objects.count() == silent
        assert set(Silence.objects.filter(until=later).values_list("backfilled", flat=True)) == {True}
    sender = Sender.objects.filter(pk__in=known).latest("pk")
    assert _days_by_resource(localdate(later) - timedelta(days=7))[sender.resource][0] == 8


def _days_by_resource(since: date) -> dict[str, tuple[int, float]]:
    """Of each resource on how many days something was measured, and its CPU at the P95 of the days."""
    with duckdb.connect(":memory:") as db:
        daily = store().daily(db, since=since)  # noqa: F841 - the query names it
        found = db.execute(
            "SELECT resource, count(DISTINCT day), avg(p95) FILTER (metric = 'cpu.utilization') FROM daily GROUP BY ALL"
        )
        return {name: (days, cpu or 0.0) for name, days, cpu in found.fetchall()}


def releases_stay_as_they_are_while_the_demonstration_stays_open() -> None:
    """Asked late: its machines report."""
    states, later = dict(Release.objects.values_list("number", "state")), AT + timedelta(days=5)
    assert report(later) > 0
    evaluate_all(at=later)
    assert dict(Release.objects.values_list("number", "state")) == states
    assert {"gated", "released", "amber"} <= set(states.values())


def there_is_work_on_the_desks() -> None:
    for username in ("jingban1", "shouli", "shenhe", "shenpi", "jiaofu1"):
        person = Person.objects.select_related("organisation__parent").get(username=username)
        assert owed_by(actor=actor_for(person=person, at=AT)).exists(), username


def something_is_late_something_due_today_and_something_later() -> None:
    due = list(Obligation.objects.filter(closed_at=None).exclude(due_on=None).values_list("due_on", flat=True))
    assert {(day > UNTIL) - (day < UNTIL) for day in due} == {-1, 0, 1}


def people_act_on_working_days_and_never_in_the_future() -> None:
    calendar = calendar_for(Organisation.objects.earliest("pk").jurisdiction_id)
    days = {localdate(at) for at in Event.objects.values_list("at", flat=True)}
    assert [day for day in days if day > UNTIL or not calendar.is_working_day(day)] == []


def the_large_list_came_in_whole() -> None:
    large = max(Application.objects.all(), key=lambda case: case.lines.count())
    total = {"C-ECS-VCPU": 0, "C-ECS-MEM": 0, "N-BW": 0}
    disk = 0
    for line in large.lines.all():
        if line.sku in total:
            total[line.sku] += int(line.quantity)
        else:
            disk += int(line.quantity)
    assert (total, disk) == ({"C-ECS-VCPU": 925, "C-ECS-MEM": 3689, "N-BW": 2186}, 34434 + 104766)


def the_record_is_whole() -> None:
    assert broken_links() == []


def what_was_accrued_is_what_the_article_says() -> None:
    assert AccrualLine.objects.filter(amount__gt=0).count() > 100
    for service in Service.objects.order_by("pk")[::40]:
        year = Period(date(2025, 1, 1), date(2026, 1, 1))
        stored = AccrualLine.objects.filter(service=service, from_on__lt=year.end).order_by("from_on")
        assert [line.amount for line in stored] == [line.amount for line in charged(service=service, period=year).lines]


def a_second_building_is_refused_and_changes_nothing() -> None:
    before = Case.objects.count()
    with pytest.raises(CommandError, match="只能建立在空数据库上"):
        call_command("demo", until=UNTIL, verbosity=0)
    call_command("demo", until=UNTIL, if_empty=True, verbosity=0)
    assert Case.objects.count() == before


QUESTIONS = (
    every_state_of_an_application_has_a_case_but_the_one_that_time_brings,
    every_step_was_taken_but_those_of_the_clock_and_the_rare_one,
    every_state_of_a_change_has_a_case_but_those_that_pass,
    every_state_of_the_other_procedures_has_a_case_but_those_named,
    trials_run_are_about_to_end_have_stopped_and_go_on,
    inventories_differ_in_every_way_but_in_temporary_services,
    of_each_procedure_a_work_order_was_taken_up,
    advice_was_found_in_what_was_measured_and_came_to_many_ends,
    nearly_all_machines_work_and_each_of_them_is_measured,
    plug_ins_took_their_leave_in_every_way_and_one_token_was_tried_elsewhere,
    there_is_work_on_the_desks,
    something_is_late_something_due_today_and_something_later,
    people_act_on_working_days_and_never_in_the_future,
    the_large_list_came_in_whole,
    the_record_is_whole,
    what_was_accrued_is_what_the_article_says,
    a_second_building_is_refused_and_changes_nothing,
    releases_stay_as_they_are_while_the_demonstration_stays_open,
    a_week_asleep_is_made_up_for_and_the_same_again_is_the_same,
)


@pytest.mark.django_db
def test_the_city(settings: Any, tmp_path: Path) -> None:
    """Built once, since it takes some seconds; every question is asked, and all that fail are named."""
    settings.DEMO, settings.HOME, settings.METERING = True, tmp_path, tmp_path / "metering"
    call_command("demo", until=UNTIL, systems=95, verbosity=0)
    failed = {}
    for question in QUESTIONS:
        try:
            question()
        except AssertionError as error:
            failed[question.__name__] = str(error)
    assert failed == {}
