"""Article 10, second paragraph: a busy period, asked as every procedure is asked, and what it keeps away and what not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import Cast, moment
from tests.journeys.advising import detected, host, measured
from tests.journeys.advising import step as of_suggestion
from tests.journeys.calendars import AT, LAST, SENT, confirmed, draft, take, taken
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.optimization.calendar import operations
from yunheng.domain.optimization.calendar.facts import protecting, protects
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.models import BusyCalendar, Suggestion
from yunheng.domain.optimization.timing import keep_time
from yunheng.domain.services.models import Service
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Refused
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import advance
from yunheng.interfaces.jobs.tasks import lapses
from yunheng.law.ch2_use.art10_calendar_machine import BUSY_CALENDAR


def busy_on(cast: Cast, day: date) -> bool:
    """Whether any busy period protects the system on a day."""
    return cast.system.pk in protecting(jurisdiction_id=cast.city.pk, on=day)


def by_clock(name: str) -> Any:
    return lambda case, at: advance(case, name, actor=CLOCK, at=at)


class TestArticle10BusyCalendar(ProcedureTests):
    recipes = Recipes(
        machine=BUSY_CALENDAR,
        at=AT,
        reached={
            "draft": draft,
            "declared": lambda cast: taken(cast, "declare"),
            "checked": lambda cast: taken(cast, "declare", "check"),
            "returned": lambda cast: taken(cast, "declare", "return"),
            "confirmed": confirmed,
            "refused": lambda cast: taken(cast, "declare", "check", "refuse"),
            "withdrawn": lambda cast: taken(cast, "declare", "withdraw"),
            "ended": lambda cast: taken(cast, "declare", "check", "confirm", "end"),
        },
        by_clock={"replace": by_clock("replace"), "lapse": by_clock("lapse")},
    )


@pytest.mark.django_db
def test_what_is_declared_protects_ten_working_days_and_for_good_when_it_is_confirmed(cast: Cast) -> None:
    host(cast)
    case = draft(cast)
    assert not busy_on(cast, AT.date())
    take(cast, case, "pass_to_head", "declare")
    days = [LAST + timedelta(days=n) for n in (-1, 0, 1)]
    assert [busy_on(cast, day) for day in days] == [True, True, False]
    assert f"至{LAST}" in protects(case, on=LAST).sentence
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(at=AT), at=AT) == 0
    take(cast, case, "return")
    assert not busy_on(cast, AT.date())
    at = moment("2026-06-02 10:00")
    doors.edit(
        case, "period", sent={**SENT, "last": "2026-06-26", "factor": "2.5"}, actor=cast.actor("chen", at), at=at
    )
    case.refresh_from_db()
    take(cast, case, "redeclare", "check", at=at)
    assert [busy_on(cast, day) for day in days] == [True, True, False]  # a new word gives no new days
    take(cast, case, "confirm", at=moment("2026-06-10 10:00"))
    assert busy_on(cast, date(2027, 6, 10))
    letter = Letter.objects.get(case=case)
    assert (letter.kind, letter.addressee, letter.copies_to) == (
        "业务高峰期确认函",
        cast.education,
        "市大数据应用服务中心",
    )
    assert "业务高峰期“学期末”（2026年6月10日至2026年6月26日，每年）的申报" in letter.data["paragraphs"][0]
    told = Notice.objects.get(organisation=cast.provider)
    assert (told.subject, told.case_id) == ("业务日历已确认：教师研修平台：学期末", None)
    take(cast, case, "end", at=moment("2026-07-01 10:00"))
    assert not busy_on(cast, date(2027, 6, 10))
    assert [row.kind for row in Letter.objects.order_by("pk")] == ["业务高峰期确认函", "业务高峰期终止函"]


@pytest.mark.django_db
def test_a_unit_that_declares_again_under_another_name_gets_no_new_days(cast: Cast) -> None:
    first = take(cast, draft(cast), "declare", "check", "refuse")
    assert "不予确认" in Letter.objects.get(case=first).title
    assert not busy_on(cast, AT.date())
    at = moment("2026-06-03 10:00")
    again = take(cast, draft(cast, at=at, name="期末考试"), "declare", at=at)
    assert [busy_on(cast, LAST + timedelta(days=n)) for n in (0, 1)] == [True, False]
    take(cast, again, "withdraw", at=at)
    later = moment("2026-06-04 10:00")
    third = take(cast, draft(cast, at=later, name="招生"), "declare", at=later)
    assert "此前的申报没有得到确认" in protects(third, on=later.date()).sentence
    assert not busy_on(cast, later.date())
    take(cast, third, "check", "confirm", at=later)
    assert busy_on(cast, later.date())
    next_year = moment("2027-06-04 10:00")  # twelve months after the last one that nobody confirmed
    take(cast, draft(cast, at=next_year, name="评审", first="2028-01-01", last="2028-01-10"), "declare", at=next_year)
    assert len(protecting(jurisdiction_id=cast.city.pk, on=next_year.date())[cast.system.pk]) == 2


@pytest.mark.django_db
def test_what_was_issued_runs_on_and_what_was_only_found_is_not_issued_into_a_busy_period(cast: Cast) -> None:
    host(cast)
    issued = of_suggestion(cast, detected(cast), "issue")
    due = issued.obligations.get(step="plan_adjustment").due_on
    confirmed(cast)
    assert issued.obligations.get(step="plan_adjustment").due_on == due == date(2026, 5, 27)
    assert keep_time(at=moment("2026-05-28 08:00")) == 1
    issued.refresh_from_db()
    assert issued.state == "lapsed"


@pytest.mark.django_db
def test_a_provider_does_not_issue_into_a_busy_period_nor_in_the_thirty_days_before(cast: Cast) -> None:
    found = detected(cast)
    case = confirmed(cast, first="2026-06-19", last="2026-06-30")
    with pytest.raises(Refused, match="临近业务高峰期"):
        of_suggestion(cast, found, "issue")  # thirty days before the first of them
    take(cast, case, "withdraw")
    assert "已由用户单位撤回" in Notice.objects.filter(organisation=cast.provider).latest("pk").text
    confirmed(cast, first="2026-06-20", last="2026-06-30")
    assert of_suggestion(cast, found, "issue").state == "issued"


@pytest.mark.django_db
def test_a_newer_period_of_the_same_name_takes_the_place_of_the_older_one_only_when_confirmed(cast: Cast) -> None:
    old = confirmed(cast)
    new = take(cast, draft(cast, last="2026-06-28"), "declare", "check")
    old.refresh_from_db()
    assert old.state == "confirmed"
    take(cast, new, "confirm")
    old.refresh_from_db()
    assert (old.state, old.events.latest("sequence").data) == ("ended", {"by": new.number})
    assert [busy.last for busy in protecting(jurisdiction_id=cast.city.pk, on=AT.date())[cast.system.pk]] == [
        date(2026, 6, 28)
    ]


@pytest.mark.django_db
def test_only_what_leaves_days_and_names_its_business_is_declared_and_only_for_ones_own_system(cast: Cast) -> None:
    for more, words in (
        ({"ground": ""}, "业务依据"),
        ({"last": "2026-06-01"}, "不能早于首日"),
        ({"factor": "0.5"}, "须为1至"),
    ):
        with pytest.raises(BadInput) as refused:
            draft(cast, **more)
        assert words in f"{refused.value.problems}"
    monthly = draft(cast, recurs="monthly", first="2026-06-28", last="2026-06-30")
    with pytest.raises(Refused, match="不需要申报"):
        take(cast, monthly, "declare")
    sent = {"system": "JY-001", **SENT}
    for username, error in (("he", BadInput), ("sun", NotYours), ("zhou", NotYours)):
        with pytest.raises(error):
            doors.begin_case(BusyCalendar, sent=sent, actor=cast.actor(username, AT), at=AT)
    with pytest.raises(NotFound):
        operations.create(
            system="JY-001", name="甲", first=LAST, last=LAST, recurs="once", actor=cast.actor("he", AT), at=AT
        )


@pytest.mark.django_db
def test_a_returned_declaration_that_nobody_answers_lapses(cast: Cast) -> None:
    case = taken(cast, "declare", "return")
    assert lapses(moment("2026-08-18 10:00")) == 0
    assert lapses(moment("2026-08-19 10:00")) == 1
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert Case.objects.filter(kind="busy_calendar").count() == 1
    assert not Suggestion.objects.exists()
    assert not Service.objects.exists()
