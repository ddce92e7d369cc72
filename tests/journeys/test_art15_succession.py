"""Article 15 and succession (R-023): one act, two signatures, one day; the ledger goes on without gap or double day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.test import Client

from tests.cast import Cast, draft, moment
from tests.journeys import succeeding as s
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.billing.queries import charged
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.services import annual, invariants, ledger
from yunheng.domain.services.facts import FACTS
from yunheng.domain.services.models import Heartbeat, Service, Succession
from yunheng.domain.services.release import operations as release
from yunheng.domain.services.succession import facts
from yunheng.domain.services.succession import operations as do
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Refused
from yunheng.foundation.workflow.operations import advance
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.law.ch3_funding.art15_succession_machine import APPROVER, HANDLER, SUCCESSION
from yunheng.law.kernel.period import Period

AT, ON, ONE = s.AT, s.ON, timedelta(days=1)
NOON = moment("2026-07-01 12:00")
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
pytestmark = pytest.mark.django_db


def effective(cast: Cast) -> Succession:
    case = s.signed(cast)
    do.take_effect(case, at=NOON)
    return case


def declined(cast: Cast) -> Succession:
    case = s.proposed(cast)
    advance(case, "decline", actor=cast.actor("luo"), at=AT, opinion="暂不接收")
    return case


class TestArticle15(ProcedureTests):
    recipes: ClassVar[Recipes] = Recipes(
        SUCCESSION, AT,
        reached={
            "preparing": s.from_education, "proposed": s.proposed, "signed": s.signed, "effective": effective,
            "withdrawn": declined,
        },
        ready={
            ("propose", "preparing", APPROVER): lambda cast: s.to_education(cast, "zhou"),
            ("withdraw", "preparing", APPROVER): lambda cast: s.to_education(cast, "zhou"),
        },
        by_clock={"take_effect": lambda case, at: do.take_effect(case, at=at)},
    )  # fmt: skip


def test_the_bureau_proposes_nothing_in_the_case_of_a_unit(cast: Cast) -> None:
    case = s.from_education(cast)
    for name in ("propose", "withdraw"):
        with pytest.raises(NotFound):
            advance(case, name, actor=cast.actor("zhou"), at=AT)


def lines(*services: Service) -> list[tuple[date, date, str, Decimal]]:
    found = [line for row in services for line in charged(service=Service.objects.get(pk=row.pk), period=YEAR).lines]
    return sorted((line.period.start, line.period.end, line.payer, line.amount) for line in found)


def test_the_system_goes_to_the_other_unit_with_all_that_was_counted(cast: Cast) -> None:
    old = s.service(cast)
    case0 = release.prepare(system="JY-001", actor=cast.actor("chen"), at=AT)
    Heartbeat.objects.create(service=old, instance="i-1", heard_at=AT)
    ledger.set_condition(old, kind="quantity", on=date(2026, 6, 1), value="6", case=case0)
    ledger.set_condition(old, kind="lane", on=date(2026, 6, 5), value="own", case=case0, rule="art10.3")
    ledger.set_condition(old, kind="suspended", on=date(2026, 6, 20), value="true", case=case0)
    ledger.set_condition(old, kind="suspended", on=date(2026, 7, 10), value="false", case=case0)
    whole = lines(old)
    content = {"receiver": cast.health.credit_code, "systems": ["JY-001"]}
    case = s.begun(cast, "chen", "system_moved", content=content)
    with pytest.raises(NotFound):
        find_case(actor=cast.actor("he"), number=case.number)
    do.propose(case, actor=cast.actor("luo"), at=AT)
    assert find_case(actor=cast.actor("he"), number=case.number) == case
    assert {(o.step, o.holder.short_name, o.due_on) for o in case.obligations.filter(closed_at=None)} == {
        ("sign", "市卫生健康局", ON)
    }
    with pytest.raises(NotYours, match="接收单位"):
        do.sign(case, actor=cast.actor("luo"), at=AT)
    do.sign(case, actor=cast.actor("he"), at=AT)
    assert do.take_effect_all(at=moment("2026-06-30 23:59")) == 0
    assert do.take_effect_all(at=moment("2026-07-01 00:00")) == 1
    case.refresh_from_db()
    old.refresh_from_db()
    new = Service.objects.get(predecessor=old)
    assert (case.state, old.closed_on, new.opened_on) == ("effective", ON, ON)
    assert (new.unit, new.system.unit, old.unit, new.instances) == (
        cast.health,
        cast.health,
        cast.education,
        old.instances,
    )
    assert {kind: new.at(kind, ON) for kind in ("quantity", "lane", "suspended")} == {
        "quantity": "6.000000", "lane": "own", "suspended": "true",
    }  # fmt: skip
    assert new.at("suspended", date(2026, 7, 10)) == "false"
    assert lines(old, new) == whole  # the suspension parts the line anyway: to the fen the same, with the same payer
    assert Heartbeat.objects.get().service == new
    case0.refresh_from_db()
    assert case0.unit == cast.health
    assert {o.holder for o in case0.obligations.filter(closed_at=None)} == {cast.health}
    assert invariants.broken(jurisdiction_id=cast.city.pk) == []
    assert annual.annual_fee_of_system(new.system, ON) == Decimal("23040.00")  # 9.2: the fee before runs on
    assert list(ledger.services(actor=cast.actor("he"))) == [new]
    assert list(ledger.services(actor=cast.actor("luo"))) == [old]


def test_what_cannot_take_effect_on_its_day_waits_and_the_parties_are_told_why_once(cast: Cast) -> None:
    case = s.signed(cast)
    twin = s.system(cast, "JY-099", facts.systems_of(case)[0].name, of=case.receiver)
    assert [do.take_effect_all(at=NOON) for _ in (1, 2)] == [0, 0]
    told = Notice.objects.filter(case_id=case.pk, subject__startswith="承继未能生效")
    assert {one.organisation_id for one in told} == {
        case.unit_id, case.receiver_id, cast.bureau.pk, cast.centre.pk,
    }  # fmt: skip
    assert told.count() == 4
    assert "接收单位已有同名系统" in told[0].text
    twin.delete()
    assert do.take_effect_all(at=NOON) == 1


def test_a_day_of_succession_cuts_a_line_and_neither_loses_nor_doubles_a_day(cast: Cast) -> None:
    old = s.service(cast)
    case = s.begun(cast, "chen", "system_moved", on=date(2026, 6, 10))
    (before,) = charged(service=old, period=Period(date(2026, 6, 1), ON)).lines
    new = ledger.succeed(old, on=date(2026, 6, 10), case=case, unit=cast.health)
    cut = [line for line in lines(old, new) if line[0] >= date(2026, 6, 1)][:2]
    assert [(one[0], one[1]) for one in cut] == [(date(2026, 6, 1), date(2026, 6, 10)), (date(2026, 6, 10), ON)]
    # 4 × 320 × 12 × 9 / 365 and × 21 / 365
    assert [one[3] for one in cut] == [Decimal("378.74"), Decimal("883.73")]
    assert abs(cut[0][3] + cut[1][3] - before.amount) <= Decimal("0.01")


def test_a_one_off_fee_is_not_due_again_and_a_trial_is_not_followed(cast: Cast) -> None:
    Price.objects.create(
        contract=cast.contract,
        sku="P-MOVE",
        unit="次",
        per="once",
        unit_price=Decimal(800),
        valid_from=date(2026, 1, 1),
    )
    once = s.service(cast, 1, sku="P-MOVE", quantity=Decimal(2))
    case = s.begun(cast, "chen", "system_moved")
    new = ledger.succeed(once, on=ON, case=case, unit=cast.health)
    assert [line[3] for line in lines(once, new)] == [Decimal("1600.00")]
    assert Decimal(new.at("quantity", ON + ONE)) == 2
    same_day = s.service(cast, 2, sku="P-MOVE", opened_on=ON)
    assert [line[3] for line in lines(same_day, ledger.succeed(same_day, on=ON, case=case))] == [Decimal("3200.00")]
    trial = s.service(cast, 3, trial=True)
    do.fill(case, systems=["JY-001"], receiver=cast.health.credit_code, actor=cast.actor("chen"), at=AT)
    with pytest.raises(Refused, match="免费试用，不承继"):
        do.propose(case, actor=cast.actor("luo"), at=AT)
    assert trial.successors.count() == 0


@pytest.mark.parametrize("cause", ["unit", "platform"])
def test_a_parallel_run_is_counted_on_from_its_first_day(cast: Cast, cause: str) -> None:
    """Day 61 of the parallel run comes on the day on which it would have come (15.2)."""
    source = s.service(cast, 1)
    target = s.service(cast, 2, opened_on=date(2026, 6, 1))
    ledger.move(source, target, cause=cause, confirmed_on=date(2026, 8, 20))
    whole = {row: lines(row) for row in (source, target)}
    case = s.begun(cast, "chen", "system_moved")
    for old in (source, target):
        new = ledger.succeed(old, on=ON, case=case, unit=cast.health)
        assert lines(old, new) == whole[old]  # the month begins on the day: no line is parted
    assert invariants.broken(jurisdiction_id=cast.city.pk) == []


def test_no_second_trial_after_a_split(cast: Cast) -> None:
    row, other = s.service(cast), s.system(cast, "JY-002", "研修直播", of=cast.education)
    content = {"systems": ["JY-001"], "to_system": "JY-002", "services": [row.number]}
    case = s.begun(cast, "chen", "system_split", content=content)
    do.propose(case, actor=cast.actor("luo"), at=AT)
    assert case.state == "signed"  # no other unit takes part
    do.take_effect(case, at=NOON)
    new = Service.objects.get(predecessor=row)
    assert (new.system, new.unit) == (other, cast.education)
    asking = draft(cast)
    asking.system = other
    asking.lines.update(trial=True)
    facts = FACTS["trial_allowed"](asking, ON, {})
    assert facts.deployed_before


def test_a_merged_system_is_retired(cast: Cast) -> None:
    s.service(cast)
    s.system(cast, "JY-002", "研修直播", of=cast.education)
    old = release.prepare(system="JY-001", actor=cast.actor("chen"), at=AT)
    case = s.begun(cast, "chen", "system_merged", on=AT.date(), content={"systems": ["JY-001"], "to_system": "JY-002"})
    do.propose(case, actor=cast.actor("luo"), at=AT)
    old.refresh_from_db()
    assert (case.state, old.state) == ("effective", "retired")  # the day had come


def test_a_unit_is_renamed_and_earlier_lines_keep_the_old_name(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    old = s.service(cast)
    for month in (5, 6, 7):
        accrue_month(jurisdiction_id=cast.city.pk, month=date(2026, month, 1), at=moment("2026-08-01 01:00"))
    content = {"new_name": "市教育和体育局", "new_short_name": "市教体局"}
    case = s.begun(cast, "chen", "renamed", content=content)
    do.propose(case, actor=cast.actor("luo"), at=AT)
    do.take_effect(case, at=NOON)
    cast.education.refresh_from_db()
    assert cast.education.name == "市教育和体育局"
    names = {on: cast.education.called(on)[1] for on in (ON - ONE, ON)}
    assert names == {ON - ONE: "市教育局", ON: "市教体局"}
    assert not old.successors.exists()
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment("2026-08-02 10:00"))
    client = Client()
    client.force_login(cast.person("wu"))
    text = client.get("/bill?year=2026").content.decode()
    assert "教师研修平台 · 市教育局" in text
    assert "教师研修平台 · 市教体局" in text
    again = s.begun(cast, "he", "renamed")
    with pytest.raises(BadInput, match="已有单位使用"):
        do.fill(again, actor=cast.actor("he"), at=AT, new_name="市教育和体育局", new_short_name="教体")


def renewed(cast: Cast, number: str = "HT-2027-01", **changed: Any) -> Contract:
    values: dict[str, Any] = {
        "jurisdiction": cast.city, "number": number, "name": "市级政务云服务（续）", "buyer": cast.bureau,
        "provider": cast.provider, "lane": "covered", "starts_on": ON, "ends_on": date(2199, 1, 1),
    }  # fmt: skip
    made = Contract.objects.create(**(values | changed))
    Price.objects.create(
        contract=made, sku="C-ECS-4C16G", unit="台", per="month", unit_price=Decimal(300), valid_from=ON
    )
    return made


def test_the_bureau_renews_its_contract_and_the_services_go_on_at_the_new_price(cast: Cast) -> None:
    one, other = s.service(cast, 1), s.service(cast, 2, unit=cast.health, system=s.system(cast, "WJ-001", "预约挂号"))
    new = renewed(cast)
    case = s.begun(cast, "zhou", "contract_renewed")
    with pytest.raises(BadInput, match="写明原合同"):
        do.propose(case, actor=cast.actor("zhou"), at=AT)
    content = {"from_contract": cast.contract.number, "to_contract": new.number}
    do.fill(case, actor=cast.actor("zhou"), at=AT, **content)
    do.propose(case, actor=cast.actor("zhou"), at=AT)
    do.take_effect(case, at=NOON)
    heirs = Service.objects.filter(case=case)
    assert {(row.contract, row.predecessor, row.unit) for row in heirs} == {
        (new, one, cast.education), (new, other, cast.health),
    }  # fmt: skip
    july = [line for line in lines(*heirs) if line[0] == ON]
    assert [line[3] for line in july] == [Decimal("1223.01")] * 2  # 4 × 300 × 12 × 31 / 365
    told = Notice.objects.filter(subject__startswith="承继生效", case=None).values_list("organisation__name", "text")
    assert {name for name, text in told if "1 项服务" in text} == {"市教育局", "市卫生健康局"}


def test_what_a_renewal_cannot_be(cast: Cast) -> None:
    s.service(cast)
    zhou = cast.actor("zhou")
    case = s.begun(cast, "zhou", "contract_renewed")
    dear = renewed(cast, "HT-2027-02", provider=s.service(cast, 9).contract.provider, buyer=cast.education, lane="own")
    for number, words in ((dear.number, "同一采购人"), (cast.contract.number, "同一采购人"), ("X", "没有合同")):
        with pytest.raises(BadInput, match=words):
            do.fill(case, actor=zhou, at=AT, from_contract=cast.contract.number, to_contract=number)
    with pytest.raises(BadInput, match="由所属用户单位提出"):
        s.begun(cast, "zhou", "system_moved")


def test_what_is_in_another_open_case_does_not_follow(cast: Cast) -> None:
    row = s.service(cast)
    content = {"receiver": cast.health.credit_code, "systems": ["JY-001"]}
    first = s.begun(cast, "chen", "system_moved", content=content)
    do.propose(first, actor=cast.actor("luo"), at=AT)
    second = s.begun(cast, "chen", "system_moved", content=content)
    with pytest.raises(BadInput, match=f"正在承继 {first.number} 中办理"):
        do.propose(second, actor=cast.actor("luo"), at=AT)
    advance(first, "decline", actor=cast.actor("luo"), at=AT, opinion="改日办理")
    asking = draft(cast)
    with pytest.raises(BadInput, match=f"有在办的服务申请 {asking.number}"):
        do.propose(second, actor=cast.actor("luo"), at=AT)
    advance(asking, "withdraw", actor=cast.actor("chen"), at=AT)
    s.system(cast, "WJ-009", cast.system.name)
    with pytest.raises(BadInput, match="已有同名系统"):
        do.propose(second, actor=cast.actor("luo"), at=AT)
    assert not row.successors.exists()


def test_a_units_own_contract_does_not_follow_its_system(cast: Cast) -> None:
    s.service(cast, contract=cast.own_contract, lane="own")
    content = {"receiver": cast.health.credit_code, "systems": ["JY-001"]}
    case = s.begun(cast, "chen", "system_moved", content=content)
    with pytest.raises(Refused, match="写明接收单位的合同"):
        do.propose(case, actor=cast.actor("luo"), at=AT)
    theirs = renewed(cast, "HT-WJ-01", buyer=cast.health, lane="own")
    do.fill(case, actor=cast.actor("chen"), at=AT, **content, to_contract=theirs.number)
    do.propose(case, actor=cast.actor("luo"), at=AT)
    assert case.state == "proposed"


def test_a_unit_that_is_no_more_gives_everything_and_the_page_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    case = s.signed(cast)
    client = Client()

    def page(who: str) -> str:
        client.force_login(cast.person(who))
        return client.get(f"/cases/{case.number}").content.decode()

    assert "将承继的服务" in page("he")
    do.take_effect(case, at=NOON)
    new = Service.objects.get(case=case)
    assert f"/services/{new.number}/why" in page("luo")
    assert f"/services/{new.number}/why" not in page("he")
    assert client.get(f"/cases/{case.number}/basis").status_code == 200
    client.force_login(cast.person("chen"))
    assert client.get("/cases/new/succession").status_code == 200
    case2 = s.begun(cast, "chen", "system_split")
    text = client.get(f"/cases/{case2.number}/edits/content").content.decode()
    assert new.number in text
    assert HANDLER in SUCCESSION.opened_by
