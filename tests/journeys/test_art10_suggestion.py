"""Article 10 on its journey: found alike or not at all, issued, kept, objected to, lapsed over a holiday; each with its day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from tests.cast import Cast, moment
from tests.journeys import advising as to
from tests.journeys.advising import AT, HALF, detected, filed_exit, host, measured, released, step, taken
from tests.journeys.calendars import confirmed
from tests.journeys.changes import PDF
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.facts import due_of
from yunheng.domain.optimization.models import Answer, Suggestion
from yunheng.domain.optimization.queries import answers
from yunheng.domain.optimization.timing import keep_time
from yunheng.domain.services.change import drafting
from yunheng.domain.services.change import operations as changes
from yunheng.domain.services.models import Change, Coverage, Service
from yunheng.domain.services.release.heartbeats import doubt
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.documents.operations import store
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.errors import BadInput, NotFound, Refused
from yunheng.foundation.workflow.operations import advance
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.law.ch2_use.art09_change import PAPERS
from yunheng.law.kernel.period import Period

pytestmark = pytest.mark.django_db


def test_what_all_instances_of_a_line_show_is_suggested_and_every_answer_is_kept(cast: Cast) -> None:
    idle, large, busy = host(cast, n=1), host(cast, load="cpu", n=2), host(cast, load="busy", n=3)
    mixed = host(cast, n=4)
    mixed.instances = "i-idle-4-0 10.0.4.0\ni-busy-4-1 10.0.4.1"
    mixed.save()
    unknown = host(cast, n=5, load="unheard")
    db = measured()
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT) == 2
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT) == 0
    by_service = {case.service_id: case for case in Suggestion.objects.all()}
    assert set(by_service) == {idle.pk, large.pk}
    assert (by_service[idle.pk].advice, by_service[idle.pk].to_sku, by_service[idle.pk].saving) == ("idle", "", 640)
    assert (by_service[large.pk].advice, by_service[large.pk].to_sku, by_service[large.pk].saving) == ("cpu", HALF, 240)
    kept = by_service[idle.pk].evidence["instances"]
    assert [one["instance"] for one in kept] == ["i-idle-1-0", "i-idle-1-1"]
    assert kept[0]["windows"]["cpu.utilization/30"]["hours"] == "720"
    said = {(row.service_id, row.instance, row.kind): row for row in Answer.objects.all()}
    assert said[busy.pk, "i-busy-3-0", "idle"].sentence.startswith("在用")
    assert said[mixed.pk, "i-idle-4-0", "idle"].result == "advise"  # a hint: the other host of the line works
    assert said[unknown.pk, "i-unheard-5-0", "idle"].sentence == "近30天只有0%的小时有数据，不作判断"
    assert {row.service_id for row in answers(actor=cast.actor("chen"))} == {
        s.pk for s in (idle, large, busy, mixed, unknown)
    }
    assert not answers(actor=cast.actor("he")).exists()
    with pytest.raises(NotFound):
        find_case(actor=cast.actor("he"), number=by_service[idle.pk].number)


def test_false_data_are_no_ground_for_advice_until_they_are_mended(cast: Cast) -> None:
    line = host(cast)
    doubt(service=line, instance="i-idle-1-1", doubted=True, at=AT)
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(), at=AT) == 0
    said = Answer.objects.get(instance="i-idle-1-1")
    assert (said.result, said.sentence) == ("undetermined", "监测数据已认定失真，核实整改以前不采用，不作判断")
    doubt(service=line, instance="i-idle-1-1", doubted=False, at=AT)
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(), at=AT) == 1


def test_a_declared_season_and_a_change_under_way_keep_the_rules_quiet(cast: Cast) -> None:
    host(cast, n=1)
    confirmed(cast)
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(), at=AT) == 0
    assert {row.rule for row in Answer.objects.filter(kind="idle")} == {"outside_season"}


def test_what_is_found_is_issued_by_letter_with_the_error_rate_and_a_copy_to_the_bureau(cast: Cast) -> None:
    case = taken(cast, "issue")
    letter = Letter.objects.get(case=case)
    assert (letter.addressee, letter.copies_to) == (cast.education, "市大数据局")
    text = "".join(letter.data["paragraphs"])
    assert "44台中1台又忙起来（2.3%）" in text
    assert "5个工作日" in text
    owed = case.obligations.get(step="plan_adjustment", closed_at=None)
    assert (owed.holder, owed.due_on) == (cast.education, date(2026, 5, 27))
    assert Notice.objects.filter(organisation=cast.bureau, case=case).exists()
    client = Client()
    client.force_login(cast.person("luo"))
    page = client.get(f"/cases/{case.number}").content.decode()
    for words in ("44台中1台又忙起来（2.3%）", "规则10.2-3，参数2025-01", "CPU，30 天", "申报业务高峰期", "i-idle-1-1"):
        assert words in page


def test_a_smaller_size_is_drawn_up_as_a_change_and_done_when_the_ledger_shows_it(cast: Cast) -> None:
    host(cast, load="cpu")
    case = step(cast, detected(cast, load="cpu"), "issue")
    made = doors.edit(case, "adjustment", sent={"way": "change"}, actor=cast.actor("chen", AT), at=AT)
    assert isinstance(made, Change)
    assert [(line.sku_after, line.quantity) for line in made.lines.all()] == [(HALF, Decimal(2))]
    with pytest.raises(BadInput, match="从列出的各项中选择"):
        step(cast, case, "plan_adjustment", linked=made.number)  # a draft keeps no term
    changes.pass_to_head(made, actor=cast.actor("chen", AT), at=AT)
    changes.submit(made, actor=cast.actor("luo", AT), at=AT)
    assert keep_time(at=moment("2026-05-28 08:00")) == 1  # filed in time, and nobody said so: the platform saw it
    case.refresh_from_db()
    assert (case.state, case.linked and case.linked.number) == ("adjusting", made.number)
    assert keep_time(at=moment("2026-06-30 08:00")) == 0  # weeks in the hands of the centre are not the unit's
    with pytest.raises(Refused, match="还没有变动"):
        step(cast, case, "adjusted")
    service = Service.objects.get()
    service.conditions.create(on=date(2026, 6, 29), kind="sku", value=HALF, case=made)
    step(cast, case, "adjusted", moment("2026-06-30 10:00"))
    assert case.state == "adjusted"


def test_a_change_that_asks_for_more_adjusts_nothing(cast: Cast) -> None:
    host(cast, load="cpu")
    case = step(cast, detected(cast, load="cpu"), "issue")
    more = drafting.create(system=cast.system, actor=cast.actor("chen", AT), at=AT, purpose="扩容")
    row = drafting.Wanted("云主机", case.service.number, Decimal(3))
    drafting.set_lines(more, lines=[row], actor=cast.actor("chen", AT), on=AT.date())
    paper = store(content=PDF, filename="a.pdf", kind="file", jurisdiction_id=cast.city.pk,
                  person_id=cast.person("chen").pk, at=AT)  # fmt: skip
    drafting.argue(more, actor=cast.actor("chen", AT), purpose="扩容", papers={kind: paper for kind, _ in PAPERS})
    changes.pass_to_head(more, actor=cast.actor("chen", AT), at=AT)
    changes.submit(more, actor=cast.actor("luo", AT), at=AT)
    with pytest.raises(Refused, match="没有减少本建议所列的资源"):
        step(cast, case, "plan_adjustment", linked=more.number)
    assert keep_time(at=moment("2026-05-28 08:00")) == 1
    case.refresh_from_db()
    assert case.state == "lapsed"


def test_days_in_other_hands_do_not_count_and_a_withdrawn_exit_runs_on(cast: Cast) -> None:
    case = taken(cast, "issue")
    made = filed_exit(cast, case, at=moment("2026-05-21 10:00"))
    step(cast, case, "plan_adjustment", moment("2026-05-21 11:00"), linked=made.number)
    assert due_of(case, on=date(2026, 6, 3)) == date(2026, 6, 10)  # filed on the first day: all five are left
    at = moment("2026-06-03 10:00")
    advance(made, "withdraw", actor=cast.actor("luo", at), at=at)
    assert due_of(case, on=date(2026, 6, 30)) == date(2026, 6, 9)
    assert keep_time(at=moment("2026-06-09 23:59")) == 0
    assert keep_time(at=moment("2026-06-10 00:05")) == 1
    case.refresh_from_db()
    assert case.state == "lapsed"


def test_issued_before_the_holiday_and_not_answered_it_lapses_on_the_first_day_after_the_term(cast: Cast) -> None:
    at = moment("2026-09-30 16:00")
    case = step(cast, detected(cast, at=at), "issue", at)
    assert case.obligations.get(step="plan_adjustment").due_on == date(2026, 10, 13)
    assert keep_time(at=moment("2026-10-13 23:59")) == 0
    assert keep_time(at=moment("2026-10-20 08:00")) == 1  # after a week of silence of the clock, too
    assert keep_time(at=moment("2026-10-20 08:00")) == 0
    case.refresh_from_db()
    assert case.state == "lapsed"
    assert [owed.holder for owed in case.obligations.filter(closed_at=None)] == [cast.bureau]
    ended = moment("2026-10-21 10:00")
    with pytest.raises(Refused, match="早于2026-10-14"):
        step(cast, case, "end_coverage", ended, day="2026-10-13")
    step(cast, case, "end_coverage", ended, day="2026-10-14")
    assert case.state == "uncovered"
    held = Coverage.objects.get(origin=case)
    assert (held.state, held.ended_from, held.ground) == ("ended", date(2026, 10, 14), "10.3")
    accrue(
        jurisdiction_id=cast.city.pk, period=Period(date(2026, 10, 1), date(2026, 11, 1)), at=moment("2026-11-02 09:00")
    )
    rows = AccrualLine.objects.filter(service=case.service).order_by("from_on")
    assert [(row.from_on, row.to_on, row.payer, row.rule) for row in rows] == [
        (date(2026, 10, 1), date(2026, 10, 14), "fund", "art15.1"),
        (date(2026, 10, 14), date(2026, 11, 1), "unit", "art10.3"),
    ]


def test_an_excuse_gives_a_new_term(cast: Cast) -> None:
    case = step(cast, to.lapsed(cast), "excuse")
    assert case.obligations.get(step="plan_adjustment", closed_at=None).due_on == date(2026, 5, 27)
    assert keep_time(at=AT) == 0


def test_a_refused_objection_gives_a_new_term_and_is_repeated_only_with_a_new_opinion(cast: Cast) -> None:
    case = taken(cast, "issue", "object")
    assert keep_time(at=moment("2026-06-30 08:00")) == 0  # the bureau has it
    at = moment("2026-06-30 10:00")
    step(cast, case, "refuse", at, opinion="监测数据完整")
    case.refresh_from_db()
    assert due_of(case, on=at.date()) == date(2026, 7, 7)
    with pytest.raises(Refused, match="新的专家或第三方论证意见"):
        step(cast, case, "object", at)
    paper = store(content=PDF, filename="a.pdf",
                  kind="file", jurisdiction_id=cast.city.pk, person_id=cast.person("luo").pk, at=at)  # fmt: skip
    step(cast, case, "object", at, paper=paper)
    step(cast, case, "uphold", at)
    assert case.state == "upheld"
    assert [letter.kind for letter in Letter.objects.order_by("pk")] == ["优化建议书", "异议答复函", "异议答复函"]
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(at=at), at=at) == 0
    assert Answer.objects.filter(kind="idle", rule="cooled_down").count() == 2


def test_what_the_unit_did_by_itself_counts_as_its_own(cast: Cast) -> None:
    case = to.optimised(cast)
    assert keep_time(at=AT) == 1
    case.refresh_from_db()
    assert (case.state, case.events.get().step, case.events.get().cite) == ("closed", "self_optimise", "10.1")


def test_a_case_filed_after_the_term_keeps_nothing(cast: Cast) -> None:
    case = taken(cast, "issue")
    late = moment("2026-05-28 09:00")
    made = filed_exit(cast, case, at=late)
    with pytest.raises(Refused, match="时限已于2026-05-27届满"):
        step(cast, case, "plan_adjustment", late, linked=made.number)
    assert keep_time(at=late) == 1
    case.refresh_from_db()
    assert case.state == "lapsed"
    released(cast, case, at=late)
    assert keep_time(at=late) == 1  # done late: nothing is left to decide
    case.refresh_from_db()
    assert case.state == "closed"


def test_a_unit_that_is_asked_for_its_season_declares_one_from_the_suggestion(cast: Cast) -> None:
    case = taken(cast, "issue")
    assert case.evidence["ask_for_season"] is True
    client = Client()
    client.force_login(cast.person("chen"))
    way = "/cases/new/busy_calendar?system=JY-001"
    assert f'href="{way}"' in client.get(f"/cases/{case.number}").content.decode()
    assert '<option value="JY-001" selected>' in client.get(way).content.decode()
    client.force_login(cast.person("sun"))
    assert way not in client.get(f"/cases/{case.number}").content.decode()
