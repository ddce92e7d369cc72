"""Article 13 from the request to the bill: the payer changes on the day of the decision, not before and not after."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, approved, confirm_opening, moment, report_opening
from tests.cast import draft as application_draft
from tests.journeys import succeeding
from tests.journeys.covering import FILLED, draft, listed, on, stage, step, taken
from tests.journeys.exiting import service
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.funding.models import CoverageDecision
from yunheng.domain.services import invariants as ledger
from yunheng.domain.services import operations as applications
from yunheng.domain.services.coverage.ending import end_from, open_by_bureau
from yunheng.domain.services.models import Coverage, Heartbeat, Service
from yunheng.domain.services.succession import operations as succession
from yunheng.foundation.documents.letters import readable
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow import invariants as workflow
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Refusal, Refused
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.queries import case as seen
from yunheng.interfaces.jobs import tasks
from yunheng.law.kernel.citation import art
from yunheng.law.kernel.period import Period

pytestmark = pytest.mark.django_db
LATE = moment("2026-05-12 14:00")
ONE = timedelta(days=1)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
ASKED = ("request", "evaluate")


def payers(cast: Cast, *days: date, number: str = "S-2026-0001") -> list[tuple[str, str]]:
    """Payer and rule of a service on each day, as the engine bills them."""
    accrue(jurisdiction_id=cast.city.pk, period=YEAR, at=moment("2027-01-02 09:00"))
    rows = list(AccrualLine.objects.filter(service__number=number).order_by("from_on"))
    found = [[(r.payer, r.rule) for r in rows if r.from_on <= day < r.to_on] for day in days]
    assert all(len(lines) <= 1 for lines in found)
    return [lines[0] if lines else ("", "") for lines in found]


def around(day: date) -> tuple[date, date, date]:
    return day - ONE, day, day + ONE


def page(cast: Cast, case: Any, username: str) -> str:
    client = Client()
    client.force_login(cast.person(username))
    return client.get(f"/cases/{case.number}").content.decode()


OWN, FUND = ("unit", "art13-uncovered"), ("fund", "art15.1")


def test_the_payer_of_the_bill_changes_on_the_day_that_the_bureau_named_and_on_no_other(cast: Cast) -> None:
    case = taken(cast, *ASKED)
    day = on("2026-05-20")
    assert set(Obligation.objects.filter(case=case, closed_at=None).values_list("step", flat=True)) == {"decide"}
    with pytest.raises(NotFound):
        seen(actor=cast.actor("sun"), number=case.number)  # it has not come to the provider yet
    with pytest.raises(Refused, match="登记资金来源"):
        step(cast, case, "decide", day="2026-05-20", source="")
    cast.contract.amount, cast.contract.ends_on = Decimal("8640.01"), date(2027, 1, 1)
    cast.contract.save()
    # 8640 a year, 226 of 365 days: 5349.70; nothing is committed yet
    step(cast, case, "decide", day="2026-05-20", source="")
    assert (case.state, case.lane, case.from_on) == ("covered", "covered", day)
    for number in ("S-2026-0001", "S-2026-0002"):
        assert payers(cast, *around(day), number=number) == [OWN, FUND, FUND]
    letter = case.letters.get()
    assert (letter.kind, letter.addressee) == ("统筹保障决定书", cast.education)
    assert "自2026年5月20日起纳入市级统筹保障" in letter.data["paragraphs"][0]
    assert seen(actor=cast.actor("sun"), number=case.number).pk == case.pk
    assert CoverageDecision.objects.get(case=case).verdict["rule"] == "coverage_possible"
    step(cast, case, "end", "2026-08-03 09:00", day="2026-08-15", ground="13.2", known_on="2026-08-01")
    assert payers(cast, *around(on("2026-08-15"))) == [FUND, ("unit", "art13.2"), ("unit", "art13.2")]
    with pytest.raises(Refused, match="恢复不追溯"):
        step(cast, case, "restore", "2026-09-10 09:00", day="2026-09-09")
    step(cast, case, "restore", "2026-09-10 09:00", day="2026-09-10")
    assert payers(cast, *around(on("2026-09-10"))) == [("unit", "art13.2"), FUND, FUND]
    assert payers(cast, *around(day)) == [OWN, FUND, FUND]  # what was before stays
    sent = [(row.kind, row.addressee.kind) for row in case.letters.order_by("pk")]
    assert sent[1:] == [
        ("移出统筹保障通知书", "user_unit"), ("移出统筹保障通知书", "provider"),
        ("恢复统筹保障通知书", "user_unit"), ("恢复统筹保障通知书", "provider"),
    ]  # fmt: skip
    assert {row.addressee for row in readable(case, cast.actor("sun"))} == {cast.provider}
    for username, words in (("luo", "已纳入统筹"), ("zhou", "决定移出统筹"), ("sun", "所涉服务")):
        assert words in page(cast, case, username)
    assert "没有这个办件" in page(cast, case, "he")
    assert ledger.broken(jurisdiction_id=cast.city.pk) == workflow.broken(jurisdiction_id=cast.city.pk) == []


def test_a_lapsed_suggestion_moves_its_resources_alone_out_from_the_day_after_the_term(cast: Cast) -> None:
    """The door for 10.3 and 24.2: the resources named, from the day, with letters; restored by nobody but the bureau."""
    stage(cast, lane="covered")
    origin = listed(cast)  # any case that decides it
    disk = Service.objects.get(number="S-2026-0002")
    term = on("2026-05-08")

    def ended(day: date) -> list[Coverage]:
        return end_from(
            origin, services=[disk], day=day, ground="10.3", known_on=term, reason="期限内未调整也未说明",
            actor=cast.actor("zhou"), at=moment("2026-05-12 10:00"),
        )  # fmt: skip

    with pytest.raises(Refused, match="移出日期2026-05-08早于2026-05-09"):
        ended(term)
    assert not Coverage.objects.exclude(pk=origin.pk).exists()  # nothing stays of what was refused
    (case,) = ended(term + ONE)
    out = ("unit", "art10.3")
    assert payers(cast, *around(term + ONE), number="S-2026-0002") == [FUND, out, out]
    assert payers(cast, *around(term + ONE)) == [FUND, FUND, FUND]
    assert (case.whole, case.origin_id, case.ground) == (False, origin.pk, "10.3")
    event = case.events.get(step="end")
    assert (event.cite, event.found[0].cite, case.stands_on) == ("10.3", art(10, 3), art(10, 3))
    told = set(case.notices.filter(subject__startswith="决定移出统筹").values_list("cite", flat=True))
    assert told == {"10.3"}
    head = page(cast, case, "luo").split("基本情况", 1)[1].split("</header>", 1)[0]
    assert "/articles/10" in head and "/articles/13" not in head  # noqa: PT018
    assert [row.kind for row in case.letters.all()] == ["移出统筹保障通知书"] * 2
    assert "第十条第三款" in case.letters.order_by("pk")[0].data["paragraphs"][0]
    assert case.letters.order_by("pk")[1].data["table"]["rows"][0][1] == "S-2026-0002"
    assert disk.within(on("2020-01-01")) == disk.opened_on
    ledger_page = Client()
    ledger_page.force_login(cast.person("zhou"))
    listed_now = ledger_page.get("/services").content.decode()
    lanes = (listed_now.count("用户单位自付"), listed_now.count("市级统筹</"))
    assert lanes == (1, 1)  # of today, not the first
    assert ended(term + ONE) == []  # what the unit pays for already is not moved out again
    Service.objects.filter(pk=disk.pk).update(closed_on=on("2026-05-12"))
    disk.refresh_from_db()
    assert ended(term + ONE) == []  # nor what has ended meanwhile; nothing else of the system is touched
    Service.objects.filter(pk=disk.pk).update(closed_on=None)
    service(cast, 3, lane="own")  # what the unit has paid for all along is neither moved out nor restored
    rest = open_by_bureau(system="JY-001", actor=cast.actor("zhou"), at=moment("2026-05-13 10:00"))
    step(cast, rest, "end", "2026-05-13 10:00", day="2026-05-20", ground="24.2", known_on="2026-05-13")
    step(cast, rest, "restore", "2026-06-01 10:00", day="2026-06-01")
    assert payers(cast, *around(on("2026-05-20"))) == [FUND, ("unit", "art24.2"), ("unit", "art24.2")]
    assert payers(cast, on("2026-06-01"), on("2026-12-31")) == [FUND, FUND]
    assert payers(cast, on("2026-06-01"), on("2026-12-31"), number="S-2026-0002") == [out, out]
    assert payers(cast, on("2026-05-20"), on("2026-12-31"), number="S-2026-0003") == [OWN, OWN]
    assert rest.events.get(step="end").data["services"] == ["S-2026-0001"]
    with pytest.raises(NotYours):
        open_by_bureau(system="JY-001", actor=cast.actor("wu"), at=moment("2026-06-01 10:00"))


def test_a_running_project_is_covered_from_the_day_after_its_money_is_used_up(cast: Cast) -> None:
    """The platform finds the day, the bureau decides it, the ledger bears it; the engine's own lines are the oracle."""
    cast.system.operated_from, cast.system.accepted_on = None, date(2026, 3, 1)
    cast.system.save()
    case = taken(cast, "request", at="2026-04-10 10:00", remaining_money="1500.00", money_evidence="合同第8条")
    step(cast, case, "evaluate", "2026-04-10 11:00")
    text = page(cast, case, "wu")
    first = next(
        day
        for day in (on("2026-04-01") + n * ONE for n in range(90))
        if f"自 {day.year}年{day.month}月{day.day}日起不足" in text
    )
    assert spent(cast, on("2026-03-01"), first) >= Decimal(1500) > spent(cast, on("2026-03-01"), first - ONE)
    with pytest.raises(Refused, match="早于项目云服务费用完的次日"):
        step(cast, case, "decide", "2026-04-10 12:00", day=f"{first - ONE}")
    step(cast, case, "decide", "2026-04-10 12:00", day=f"{first}")
    project = ("unit", "art13.3-project")
    assert payers(cast, *around(first)) == [project, FUND, FUND]
    assert payers(cast, *around(on("2026-03-01"))) == [OWN, project, project]
    assert Service.objects.get(number="S-2026-0001").conditions.get(on=first).rule == "art13.3-shortfall"


def spent(cast: Cast, start: date, end: date) -> Decimal:
    """What both services cost in a period, by the engine."""
    made = accrue(jurisdiction_id=cast.city.pk, period=Period(start, end), at=moment("2027-01-02 09:00"))
    return sum((row.amount for one in made for row in one.lines.all()), Decimal(0))


def test_what_runs_under_the_units_own_contract_goes_on_under_the_funds(cast: Cast) -> None:
    stage(cast)
    Service.objects.filter(number="S-2026-0002").update(contract=cast.own_contract, number="S-2025-0002")
    Service.objects.filter(number="S-2026-0001").update(number="S-2025-0001")
    case = taken(cast, *ASKED)
    disk = Service.objects.get(number="S-2025-0002")
    Heartbeat.objects.create(service=disk, instance="i-1", heard_at=moment("2026-05-09 09:00"))
    with pytest.raises(Refused, match="生效日到来时才能转入统筹合同"):
        step(cast, case, "decide", day="2026-05-10")
    cast.contract.prices.filter(sku="S-DISK-SSD").update(valid_to=date(2026, 5, 9))
    with pytest.raises(BadInput, match="没有这项产品的价格"):
        step(cast, case, "decide", day="2026-05-09")
    cast.contract.prices.filter(sku="S-DISK-SSD").update(valid_to=None)
    step(cast, case, "decide", day="2026-05-09")
    old, new = Service.objects.get(number="S-2025-0002"), Service.objects.get(predecessor__number="S-2025-0002")
    assert (old.closed_on, new.opened_on, new.contract) == (on("2026-05-09"), on("2026-05-09"), cast.contract)
    assert Heartbeat.objects.get().service == new  # its plug-in goes on being heard
    assert payers(cast, *around(on("2026-05-09")), number="S-2025-0002") == [OWN, ("", ""), ("", "")]
    assert payers(cast, *around(on("2026-05-09")), number=new.number) == [("", ""), FUND, FUND]
    assert ledger.broken(jurisdiction_id=cast.city.pk) == []


def test_what_coverage_refuses_says_why(cast: Cast) -> None:
    case = taken(cast, *ASKED, at="2026-05-11 10:00")
    with pytest.raises(BadInput, match=f"已有在办的统筹保障申请 {case.number}"):
        draft(cast)
    with pytest.raises(Refused, match="早于提出申请之日"):
        step(cast, case, "decide", "2026-05-12 10:00", day="2026-05-10")
    cast.system.asset_owner = "supplier"
    cast.system.save()
    with pytest.raises(Refused):  # the facts of the day of the decision count
        step(cast, case, "decide", "2026-05-12 10:00", day="2026-05-12")
    step(cast, case, "decline", "2026-05-12 10:00")
    assert "不予纳入" in case.letters.get().data["paragraphs"][0]
    assert payers(cast, on("2026-12-31")) == [OWN]
    again = draft(cast)
    Coverage.objects.filter(pk=again.pk).update(reason="")
    with pytest.raises(Refused, match="写明申请事由"):
        step(cast, again, "request")
    with pytest.raises(BadInput, match="依据"):
        doors.edit(
            again,
            "request",
            sent={**FILLED, "remaining_money": "1"},
            actor=cast.actor("chen"),
            at=moment("2026-05-12 10:00"),
        )
    with pytest.raises(BadInput, match="没有服务"):
        open_by_bureau(system="JY-001", services="S-1、S-2", actor=cast.actor("zhou"), at=moment("2026-05-12 10:00"))
    with pytest.raises(Refused, match="没有在用的服务"):
        open_by_bureau(system="JY-001", actor=cast.actor("zhou"), at=moment("2026-05-12 10:00"))


def test_what_was_moved_out_is_not_covered_by_the_next_application_nor_by_one_under_way(cast: Cast) -> None:
    case = taken(cast, *ASKED, "decide")
    under_way = approved(cast, at="2026-05-09 11:00")
    for row in Service.objects.all():
        Service.objects.filter(pk=row.pk).update(number=row.number.replace("2026", "2025"))
    step(cast, case, "end")
    confirm_opening(cast, report_opening(cast, under_way, on=on("2026-05-12"), at=LATE), on=on("2026-05-12"), at=LATE)
    rows = Service.objects.filter(case=under_way)
    assert {(row.lane, row.at("lane", row.opened_on)) for row in rows} == {("covered", "own")}
    assert set(rows.values_list("conditions__rule", flat=True)) == {"art13.2"}
    new = application_draft(cast)
    assert not applications.is_covered(new, on=on("2026-05-13"))
    step(cast, case, "restore", "2026-05-14 10:00")
    assert applications.is_covered(new, on=on("2026-05-14"))
    assert {row.at("lane", on("2026-05-14")) for row in rows.all()} == {"covered"}


def test_the_bureau_is_told_once_of_what_cannot_stay_covered(cast: Cast) -> None:
    case = taken(cast, *ASKED, "decide")
    assert tasks.coverage(moment("2026-05-10 09:00")) == 0
    cast.system.asset_owner = "supplier"
    cast.system.save()
    assert [tasks.coverage(moment(f"{day} 09:00")) for day in ("2026-05-11", "2026-05-12")] == [1, 0]
    told = case.notices.get(subject__startswith="不再符合纳入条件")
    assert (told.organisation, told.cite) == (cast.bureau, "13.2")
    assert payers(cast, on("2026-12-31")) == [FUND]  # nothing ends by itself


def test_a_decision_goes_with_the_system_and_its_services_to_whoever_follows(cast: Cast) -> None:
    handed = succeeding.from_education(cast)
    case = open_by_bureau(system="JY-001", services="S-2025-0001", actor=cast.actor("zhou"), at=succeeding.AT)
    succession.propose(handed, actor=cast.actor("luo"), at=succeeding.AT)
    succession.sign(handed, actor=cast.actor("he"), at=succeeding.AT)
    assert tasks.successions(moment("2026-07-01 09:00")) == 1
    case = Coverage.objects.get(pk=case.pk)
    assert case.unit == cast.health
    step(cast, case, "end", "2026-07-05 10:00", day="2026-07-05", ground="24.2", known_on="2026-07-05")
    assert [letter.addressee for letter in case.letters.order_by("pk")] == [cast.health, cast.provider]
    new = Service.objects.get(predecessor__number="S-2025-0001")
    assert payers(cast, *around(on("2026-07-05")), number=new.number) == [FUND, *[("unit", "art24.2")] * 2]


def test_a_system_that_comes_into_operation_finds_its_request_drawn_up_once(cast: Cast) -> None:
    cast.system.operated_from, cast.system.started_on = on("2026-06-01"), date(2025, 3, 1)
    cast.system.save()
    case = taken(cast, *ASKED)
    with pytest.raises(Refused, match="未进入运维期"):
        step(cast, case, "decide")
    step(cast, case, "decline")
    assert [tasks.coverage(moment(f"{day} 09:00")) for day in ("2026-05-31", "2026-06-01", "2026-06-02")] == [0, 1, 0]
    made = Coverage.objects.get(prefilled=True)
    assert (made.state, made.wished_on) == ("draft", on("2026-06-01"))
    assert Obligation.objects.get(case=made, closed_at=None).step == "pass_to_head"
    assert "由平台预填" in page(cast, made, "chen")
    assert "没有这个办件" in page(cast, made, "sun")
    doors.take(made, "withdraw", sent={}, actor=cast.actor("chen"), at=moment("2026-06-02 10:00"))
    assert tasks.coverage(moment("2026-06-03 09:00")) == 0
    with pytest.raises(Refusal):
        step(cast, made, "request", "2026-06-03 10:00")
