"""Article 12 from the request to the bill: the consent, the hours, the period over a holiday, a silent clock, the finding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, confirm_opening, moment, recommended, report_opening
from tests.journeys import inventories
from tests.journeys.lasting import OPENED, RUNS, draft, paper, step, taken
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.services import applications, ledger, openings, operations, sizing
from yunheng.domain.services.change.drafting import changeable
from yunheng.domain.services.coverage.queries import concerned
from yunheng.domain.services.models import Application, Coverage, Discrepancy, Service, Temporary
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow import invariants as workflow
from yunheng.foundation.workflow.errors import BadInput, Refusal, Refused
from yunheng.foundation.workflow.models import Obligation
from yunheng.interfaces.jobs import tasks
from yunheng.law.ch2_use.art12_consent import UNPROVEN
from yunheng.law.ch2_use.art12_period import ENDED

pytestmark = pytest.mark.django_db
D = Decimal


def owed(case: Temporary) -> dict[str, date | None]:
    return dict(Obligation.objects.filter(case=case, closed_at=None).values_list("step", "due_on"))


def billed(cast: Cast, *months: date) -> list[tuple[Any, ...]]:
    for month in months:
        accrue_month(jurisdiction_id=cast.city.pk, month=month, at=moment("2026-12-02 09:00"))
    rows = AccrualLine.objects.order_by("service__number", "from_on")
    return [tuple(row) for row in rows.values_list("service__sku", "from_on", "to_on", "payer", "rule", "amount")]


def page(cast: Cast, case: Temporary, who: str = "luo") -> str:
    client = Client()
    client.force_login(cast.person(who))
    return client.get(f"/cases/{case.number}").content.decode()


def running(
    cast: Cast, *, at: str = "2026-09-28 09:00", until: date = date(2026, 9, 30), oral: bool = False
) -> Temporary:
    """In service since the day of ``at``, until the eve of the National Day."""
    case = draft(cast, at=at, until=until, oral=oral)
    for name in RUNS:
        step(cast, case, name, at)
    return case


# ---- the period ------------------------------------------------------------------------------------------------------


def test_the_fund_pays_the_last_day_and_not_the_next_though_the_clock_was_silent_for_a_week(cast: Cast) -> None:
    case = running(cast)
    host, disk = case.services
    assert [openings.period_ends_on(service) for service in (host, disk)] == [date(2026, 10, 1)] * 2
    assert owed(case) == {"end": date(2026, 9, 30)}
    assert tasks.temporaries(moment("2026-09-30 23:59")) == 0
    # 28, 29, 30 September are the fund's; October is the unit's as long as it runs, whatever the clock did
    september = [date(2026, 9, 28), date(2026, 10, 1), "fund", "art15.1"]
    october = [date(2026, 10, 1), date(2026, 11, 1), "unit", ENDED]
    assert billed(cast, date(2026, 9, 1), date(2026, 10, 1)) == [
        ("C-ECS-4C16G", *september, D("63.12")), ("C-ECS-4C16G", *october, D("652.27")),
        ("S-DISK-SSD", *september, D("7.89")), ("S-DISK-SSD", *october, D("81.53")),
    ]  # fmt: skip
    assert "71.01" in page(cast, case, "zhou")  # what the period costs, as it was to be seen before the notice
    case.refresh_from_db()
    assert case.state == "in_service"  # nobody has looked yet
    assert tasks.temporaries(moment("2026-10-08 09:00")) == 1
    assert tasks.temporaries(moment("2026-10-08 09:15")) == 0
    case.refresh_from_db()
    assert (case.state, case.ended_on, case.events.get(step="end").actor_name) == ("ended", date(2026, 10, 1), "系统")
    release = Obligation.objects.get(case=case, step="release", closed_at=None)
    assert (release.received_on, release.due_on) == (date(2026, 10, 1), None)
    tasks.late(moment("2026-10-08 09:20"))
    assert not case.notices.filter(subject__startswith="已超期").exists()  # the end was in time, the clock was not
    tasks.near(moment("2026-10-08 09:30"))  # one working day after the first day past the period
    told = case.notices.filter(subject__contains="报告已释放资源").values_list("organisation__kind", flat=True)
    assert set(told) == {"provider", "bureau"}
    with pytest.raises(Refused, match="早于终止日"):
        step(cast, case, "release", "2026-10-08 10:00", day="2026-09-30")
    with pytest.raises(Refused, match="晚于今天"):
        step(cast, case, "release", "2026-10-08 10:00", day="2026-10-09")
    step(cast, case, "release", "2026-10-08 10:00", day="2026-10-01")
    assert (case.state, owed(case)) == ("released", {})
    assert [service.closed_on for service in case.services] == [date(2026, 10, 1)] * 2
    assert billed(cast, date(2026, 9, 1))[0][-1] == D("63.12")
    assert workflow.broken(jurisdiction_id=cast.city.pk) == []


def test_reminders_come_seven_three_and_one_day_before_to_unit_and_provider_and_once_after_a_silence(
    cast: Cast,
) -> None:
    case = running(cast, at="2026-09-14 09:00", until=date(2026, 9, 30))

    def told(at: str) -> list[str]:
        before = set(case.notices.values_list("pk", flat=True))
        tasks.near(moment(at))
        new = case.notices.exclude(pk__in=before).filter(subject__contains="终止临时服务")
        return sorted(new.values_list("organisation__kind", flat=True))

    both = ["provider", "user_unit"]
    assert told("2026-09-22 09:00") == []
    assert told("2026-09-23 09:00") == both
    assert told("2026-09-23 10:00") == []
    assert told("2026-09-30 09:00") == both  # silence since: one word for what was missed
    assert told("2026-09-30 10:00") == []


def test_an_overstay_is_found_after_the_working_day_for_the_release_and_an_exit_ends_the_case(cast: Cast) -> None:
    case = running(cast)
    rows = inventories.as_approved()
    days = (date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 9))
    found = []
    for day in days:
        inventories.compare(cast, rows, day)
        found.append(sorted(Discrepancy.objects.values_list("difference", flat=True)))
    assert found == [[], [], ["overstayed", "overstayed"]]
    assert {row.runs_from for row in Discrepancy.objects.all()} == {date(2026, 10, 1)}
    tasks.temporaries(moment("2026-10-09 09:00"))
    for service in case.services:
        ledger.close(service, on=date(2026, 10, 9), cite=case.machine.cite)
    assert tasks.temporaries(moment("2026-10-09 10:00")) == 1
    case.refresh_from_db()
    assert (case.state, case.released_on) == ("released", date(2026, 10, 9))
    assert "已终止 2026-10-09" in page(cast, case)


def test_what_was_never_opened_in_its_period_expires_and_one_opened_in_part_does_not(cast: Cast) -> None:
    case = draft(cast, at="2026-09-28 09:00", until=date(2026, 9, 30))
    for name in OPENED[:2]:
        step(cast, case, name, "2026-09-28 09:00")
    assert tasks.temporaries(moment("2026-09-30 23:00")) == 0
    assert tasks.temporaries(moment("2026-10-01 00:30")) == 1
    case.refresh_from_db()
    assert (case.state, Service.objects.count()) == ("cancelled", 0)


def test_the_opening_day_lies_in_the_period(cast: Cast) -> None:
    case = draft(cast, at="2026-09-28 09:00", until=date(2026, 9, 30), from_on="2026-09-29")
    for name in OPENED:
        step(cast, case, name, "2026-09-28 09:00")
    for day, words in (("2026-09-28", "不在同意的期间"), ("2026-10-01", "不在同意的期间")):
        with pytest.raises(Refused, match=words):
            step(cast, case, "confirm_opening", "2026-10-01 09:00", day=day)
    step(cast, case, "confirm_opening", "2026-10-01 09:00", day="2026-09-30")
    assert (case.state, case.services[0].opened_on) == ("in_service", date(2026, 9, 30))


# ---- the notice ------------------------------------------------------------------------------------------------------


def test_the_notice_sets_hours_and_the_provider_gets_it_by_letter(cast: Cast) -> None:
    case = draft(cast, at="2026-09-30 16:00", until=date(2026, 10, 31))
    step(cast, case, "submit", "2026-09-30 16:00")
    assert "没有这个办件" in page(cast, case, "sun")
    # 5 working days end on 13 October at 24:00: 319 hours after four o'clock is 23:00 of it, 320 the next day
    with pytest.raises(Refused, match="不超过5个工作日"):
        step(cast, case, "verify", "2026-09-30 16:00", hours="320")
    step(cast, case, "verify", "2026-09-30 16:00", hours="24")
    assert owed(case) == {"report_opened": date(2026, 10, 1)}
    letter = Letter.objects.get(case=case)
    assert (letter.kind, letter.addressee) == ("临时服务开通通知书", cast.provider)
    assert "2026年10月1日16:00前（24小时内）" in letter.data["paragraphs"][1]
    step(cast, case, "report_opened", "2026-10-01 10:00")
    step(cast, case, "dispute_resources", "2026-10-03 11:00")
    assert owed(case) == {"report_opened": date(2026, 10, 4)}  # the hours begin anew
    assert "开通期限" in page(cast, case, "sun")


def test_without_hours_the_term_of_article_7_holds_over_the_national_day(cast: Cast) -> None:
    case = draft(cast, at="2026-09-30 16:00", until=date(2026, 10, 31))
    step(cast, case, "submit", "2026-09-30 16:00")
    step(cast, case, "verify", "2026-09-30 16:00", hours="319")
    assert owed(case) == {"report_opened": date(2026, 10, 13)}
    other = draft(cast, at="2026-09-30 16:00", until=date(2026, 10, 31))
    step(cast, other, "submit", "2026-09-30 16:00")
    step(cast, other, "verify", "2026-09-30 16:00")
    assert owed(other) == {"report_opened": date(2026, 10, 13)}
    assert "5个工作日内开通" in Letter.objects.get(case=other).data["paragraphs"][1]


def test_every_gap_of_a_request_is_named_and_a_wrong_list_changes_nothing(cast: Cast) -> None:
    case = draft(cast)
    lines = [{"sku": "C-ECS-4C16G", "quantity": "0"}, {"sku": "S-DISK-SSD", "quantity": "100"}]
    with pytest.raises(BadInput, match="数量须大于 0"):
        doors.edit(case, "list", sent={"lines": lines}, actor=cast.actor("chen"), at=moment("2026-05-09 10:00"))
    assert case.lines.count() == 2
    case.papers.all().delete()
    Temporary.objects.filter(pk=case.pk).update(purpose="", consent_number="", until=date(2026, 5, 9))
    case.resource_lines.all().delete()
    case.refresh_from_db()
    with pytest.raises(Refused) as refused:
        step(cast, case, "submit")
    for words in ("事由", "文号", "文件", "清单"):
        assert words in refused.value.message
    assert "还没有" not in page(cast, case, "chen")
    cast.contract.prices.filter(sku="S-DISK-SSD").delete()
    full = draft(cast)
    step(cast, full, "submit")
    with pytest.raises(BadInput, match="没有 S-DISK-SSD 的价格"):
        step(cast, full, "verify")
    with pytest.raises(BadInput, match="从列出的各项中选择"):
        step(cast, full, "verify", contract=cast.own_contract.number)
    step(cast, full, "reject", opinion="不属重大工作安排")
    assert Letter.objects.get(case=full).kind == "临时服务答复书"


# ---- an oral consent (R-019) -----------------------------------------------------------------------------------------


def test_an_oral_consent_is_recorded_and_its_paper_follows_within_three_working_days(cast: Cast) -> None:
    case = draft(cast, at="2026-09-30 16:00", until=date(2026, 10, 31), oral=True)
    step(cast, case, "submit", "2026-09-30 16:00")
    with pytest.raises(Refused, match="由值班人员登记口头同意：写明何时同意"):
        step(cast, case, "verify", "2026-09-30 16:00", oral_time="下午")
    with pytest.raises(BadInput, match="口头同意：何人"):
        step(cast, case, "verify", "2026-09-30 16:00", oral_by="")
    step(cast, case, "verify", "2026-09-30 16:00", hours="2")
    assert owed(case) == {"report_opened": date(2026, 9, 30), "supply_consent": None}
    for name in OPENED[2:]:
        step(cast, case, name, "2026-09-30 17:00")
    step(cast, case, "confirm_opening", "2026-09-30 17:00")
    assert owed(case) == {"end": date(2026, 10, 31), "supply_consent": None}
    assert "书面材料在 10月10日（周六）24:00 前补交" in page(cast, case)
    assert tasks.temporaries(moment("2026-10-10 23:59")) == 0
    step(cast, case, "supply_consent", "2026-10-10 23:59")
    assert owed(case) == {"end": date(2026, 10, 31)}
    assert tasks.temporaries(moment("2026-10-11 00:30")) == 0
    assert [row[3] for row in billed(cast, date(2026, 10, 1))] == ["fund", "fund"]


def test_without_its_paper_the_bureau_decides_that_the_unit_pays_from_the_first_day(cast: Cast) -> None:
    case = running(cast, at="2026-09-30 16:00", until=date(2026, 10, 31), oral=True)
    billed(cast, date(2026, 9, 1))
    with pytest.raises(Refused, match="尚未逾期"):
        step(cast, case, "end_coverage", "2026-10-10 23:00")
    tasks.near(moment("2026-10-10 09:00"))
    waits = case.notices.filter(subject__startswith="已等待 3 个工作日：补交书面同意")
    assert set(waits.values_list("organisation__kind", flat=True)) == {"user_unit", "bureau"}
    assert tasks.temporaries(moment("2026-10-18 09:00")) == 1
    assert tasks.temporaries(moment("2026-10-18 10:00")) == 0
    case.refresh_from_db()
    assert (case.lane, owed(case)) == (
        "covered",
        {"end": date(2026, 10, 31), "supply_consent": None, "end_coverage": None},
    )  # the clock marks, the bureau decides
    step(cast, case, "end_coverage", "2026-10-18 10:30")
    assert (case.lane, owed(case)) == ("own", {"end": date(2026, 10, 31)})
    letter = Letter.objects.get(case=case, addressee=cast.education)
    copies = f"{cast.provider.name}、{cast.centre.name}"
    assert (letter.kind, letter.copies_to) == ("临时服务费用承担决定书", copies)
    with pytest.raises(Refusal, match="不能补交"):
        step(cast, case, "supply_consent", "2026-10-18 11:00")
    accrue_month(jurisdiction_id=cast.city.pk, month=date(2026, 9, 1), at=moment("2026-11-02 09:00"))
    september = AccrualLine.objects.get(service=case.services[0], from_on__month=9)
    assert (september.payer, september.rule, september.amount) == ("unit", UNPROVEN, D("21.04"))
    october = billed(cast, date(2026, 10, 1), date(2026, 11, 1))
    rules = {(row[1], row[2]): row[3:5] for row in october if row[1] >= date(2026, 10, 1)}
    assert rules == {
        (date(2026, 10, 1), date(2026, 11, 1)): ("unit", UNPROVEN),
        (date(2026, 11, 1), date(2026, 12, 1)): ("unit", ENDED),
    }
    told = case.notices.filter(subject__startswith="自首日起由单位自付").values_list("organisation__kind", flat=True)
    assert set(told) == {"user_unit", "provider", "centre"}
    assert "自首日起由用户单位自付" in page(cast, case, "tang")


def test_a_short_service_stays_open_until_the_paper_of_its_consent_is_there(cast: Cast) -> None:
    case = running(cast, at="2026-09-28 09:00", until=date(2026, 9, 28), oral=True)
    tasks.temporaries(moment("2026-09-29 00:30"))
    case.refresh_from_db()
    step(cast, case, "release", "2026-09-29 09:00")
    assert (case.state, owed(case)) == ("ended", {"supply_consent": None})
    with pytest.raises(Refusal, match="已于2026-09-29报告释放"):
        step(cast, case, "release", "2026-09-29 10:00")
    step(cast, case, "supply_consent", "2026-09-30 09:00")
    tasks.temporaries(moment("2026-09-30 09:15"))
    case.refresh_from_db()
    assert (case.state, case.released_on, owed(case)) == ("released", date(2026, 9, 29), {})


# ---- longer, for good, over ------------------------------------------------------------------------------------------


def test_with_a_new_consent_before_the_end_the_fund_pays_to_the_new_last_day(cast: Cast) -> None:
    case = running(cast)
    longer = {"until": "2026-10-12", "paper": paper(cast)}
    with pytest.raises(Refused, match="须写明晚于2026-09-30"):
        step(cast, case, "ask_extension", "2026-09-30 10:00", until="2026-09-30")
    step(cast, case, "ask_extension", "2026-09-30 10:00", **longer)
    assert owed(case) == {"end": date(2026, 9, 30), "extend": None}
    step(cast, case, "decline_extension", "2026-09-30 11:00")
    with pytest.raises(Refusal, match="没有待核实的延期"):
        step(cast, case, "decline_extension", "2026-09-30 11:10")
    with pytest.raises(Refusal, match="没有待核实的延期"):
        step(cast, case, "extend", "2026-09-30 11:20", until="2026-10-12")
    assert not case.papers.filter(kind="extension").exists()  # the paper of before speaks for nothing
    step(cast, case, "ask_extension", "2026-09-30 12:00", **longer)
    step(cast, case, "extend", "2026-09-30 14:00", until="2026-10-12")
    assert (case.until, owed(case)) == (date(2026, 10, 12), {"end": date(2026, 10, 12)})
    assert {openings.period_ends_on(service) for service in case.services} == {date(2026, 10, 13)}
    assert Letter.objects.filter(case=case, kind="临时服务延期通知书").count() == 1
    assert [row[1:4] for row in billed(cast, date(2026, 10, 1))][:2] == [
        (date(2026, 10, 1), date(2026, 10, 13), "fund"),
        (date(2026, 10, 13), date(2026, 11, 1), "unit"),
    ]
    assert tasks.temporaries(moment("2026-10-12 23:00")) == 0
    with pytest.raises(Refused, match="届满"):
        step(cast, case, "ask_extension", "2026-10-13 08:00", until="2026-10-20")
    assert tasks.temporaries(moment("2026-10-13 09:00")) == 1
    assert "延期：2026-09-30 → 2026-10-12" in page(cast, case, "zhou")


def test_an_early_end_is_charged_to_the_release_and_no_day_longer(cast: Cast) -> None:
    case = running(cast, at="2026-05-09 09:00", until=date(2026, 5, 31))
    step(cast, case, "end", "2026-05-15 17:00")
    assert case.ended_on == date(2026, 5, 15)
    step(cast, case, "release", "2026-05-18 09:00")
    assert billed(cast, date(2026, 5, 1))[0][:5] == (
        "C-ECS-4C16G",
        date(2026, 5, 9),
        date(2026, 5, 18),
        "fund",
        "art15.1",
    )
    assert (case.state, {openings.period_ends_on(service) for service in case.services}) == ("released", {None})


def test_what_follows_a_service_in_the_ledger_keeps_its_period_and_ends_with_the_case(cast: Cast) -> None:
    case = running(cast, at="2026-05-09 09:00", until=date(2026, 5, 31))
    host = case.services[0]
    heir = ledger.succeed(host, on=date(2026, 5, 12), case=case, contract=cast.contract)
    assert openings.period_ends_on(heir) == date(2026, 6, 1)
    whole = Coverage(jurisdiction=cast.city, system=cast.system, unit=cast.education, whole=True)
    assert concerned(whole, on=date(2026, 5, 13)) == []  # no decision on the system covers it past its period
    ledger.set_lane(heir, lane="covered", on=date(2026, 5, 13), case=case)
    assert openings.period_ends_on(heir) == date(2026, 6, 1)
    step(cast, case, "ask_extension", "2026-05-20 09:00", until="2026-06-07")
    step(cast, case, "extend", "2026-05-20 10:00", until="2026-06-07")
    heir.refresh_from_db()
    assert (openings.period_ends_on(heir), openings.period_ends_on(host)) == (date(2026, 6, 8), None)
    tasks.temporaries(moment("2026-06-08 00:15"))
    case.refresh_from_db()
    step(cast, case, "release", "2026-06-08 09:00")
    rows = [row[1:4] for row in billed(cast, date(2026, 5, 1), date(2026, 6, 1)) if row[0] == "C-ECS-4C16G"]
    assert rows == [
        (date(2026, 5, 9), date(2026, 5, 12), "fund"),
        (date(2026, 5, 12), date(2026, 6, 1), "fund"),
        (date(2026, 6, 1), date(2026, 6, 8), "fund"),
    ]
    assert heir.number in page(cast, case)


def test_a_conversion_drafts_an_application_whose_opening_takes_the_place_of_the_temporary_service(cast: Cast) -> None:
    case = running(cast, at="2026-05-09 09:00", until=date(2026, 5, 31))
    assert changeable(cast.system, date(2026, 5, 10)) == []  # its list is what was consented to
    step(cast, case, "convert", "2026-05-12 09:00")
    formal = Application.objects.get(pk=case.formal_id)
    assert [(line.sku, line.quantity) for line in formal.lines.all()] == [("C-ECS-4C16G", 2), ("S-DISK-SSD", 100)]
    with pytest.raises(Refused, match="已转为服务申请"):
        step(cast, case, "convert", "2026-05-12 10:00")
    sizing.set_sizing(formal, figures={"users": "20000"}, actor=cast.actor("chen"), on=date(2026, 5, 12))
    for kind in ("form", "plan", "contract", "acceptance"):
        applications.set_paper(formal, kind=kind, actor=cast.actor("chen"), reason="测试：不适用")
    recommended(cast, formal, at=moment("2026-05-13 09:00"))
    operations.approve(formal, actor=cast.actor("zhou"), at=moment("2026-05-14 09:00"))
    report_opening(cast, formal, on=date(2026, 5, 18), at=moment("2026-05-18 09:00"))
    confirm_opening(cast, formal, on=date(2026, 5, 18), at=moment("2026-05-18 10:00"))
    assert {service.closed_on for service in case.services} == {date(2026, 5, 18)}
    rows = [row[1:4] for row in billed(cast, date(2026, 5, 1)) if row[0] == "C-ECS-4C16G"]
    assert rows == [
        (date(2026, 5, 9), date(2026, 5, 18), "fund"),
        (date(2026, 5, 18), date(2026, 6, 1), "fund"),
    ]
    assert tasks.temporaries(moment("2026-05-18 11:00")) == 1
    case.refresh_from_db()
    assert (case.state, case.released_on) == ("released", date(2026, 5, 18))
    assert workflow.broken(jurisdiction_id=cast.city.pk) == []


def test_strangers_see_nothing_and_an_open_request_shows_on_the_system(cast: Cast) -> None:
    case = taken(cast, "submit")
    for who in ("he", "sun", "ma"):
        assert "没有这个办件" in page(cast, case, who)
    client = Client()
    client.force_login(cast.person("chen"))
    assert "/cases/new/temporary?system=JY-001" in client.get("/systems/JY-001").content.decode()
