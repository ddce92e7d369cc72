"""Article 9 as a journey: the list, the limits and their three ways, the letter, the day from which it is charged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, moment
from tests.journeys.changes import (
    AT,
    DAY,
    DISK,
    HOST,
    LINK,
    argue,
    completed,
    confirmed,
    draft,
    notified,
    proposed,
    recommended,
    running,
    submitted,
    wanted,
)  # fmt: skip
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.funding.models import Contract, Price
from yunheng.domain.services import annual, ledger
from yunheng.domain.services.change import drafting, operations
from yunheng.domain.services.change.drafting import Wanted
from yunheng.domain.services.change.fees import fees_of
from yunheng.domain.services.change.operations import Done
from yunheng.domain.services.change.sheets import read_list, write_list
from yunheng.domain.services.instances import replace_instances
from yunheng.domain.services.models import Change, Service
from yunheng.domain.services.operations import Cut
from yunheng.foundation.audit.models import Record
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.workflow.errors import BadInput, Conflict, NotFound, NotOpen, NotYours, Refusal, Refused
from yunheng.foundation.workflow.models import Event, Obligation
from yunheng.foundation.workflow.operations import advance

pytestmark = pytest.mark.django_db
D = Decimal
BIG = ((HOST, "6"), (DISK, "500"))  # + 7,680 on 20,160 a year: 38.10 %


def signed_in(cast: Cast, username: str) -> Client:
    client = Client()
    client.force_login(cast.person(username))
    return client


def look(cast: Cast, username: str, case: Change) -> str:
    return signed_in(cast, username).get(f"/cases/{case.number}").content.decode()


def problems(error: Any) -> dict[str, str]:
    return {problem.where: problem.what for problem in error.value.problems}


def verdict(event: Event, rule: str = "justification_required") -> Any:
    return next(v for v in event.found if v.rule == rule)


# ---- the draft -------------------------------------------------------------------------------------------------------


def test_only_what_differs_is_a_change_and_the_four_figures_are_those_of_the_whole_system(cast: Cast) -> None:
    case = draft(cast, rows=((HOST, "6"), (DISK, "500"), ("+" + LINK, "2")))
    assert [(line.no, line.sku_after, line.quantity_before, line.quantity) for line in case.lines.all()] == [
        (1, HOST, D(4), D(6)), (2, LINK, D(0), D(2)),
    ]  # fmt: skip
    fees = fees_of(case, on=DAY)
    assert (fees.before, fees.after, fees.added) == (D("20160.00"), D("28920.00"), D("8760.00"))
    assert fees.before == annual.annual_fee_of_system(cast.system, DAY)
    assert [row.mark for row in fees.rows] == ["changed", "added", "same"]
    assert sum(row.difference for row in fees.rows) == fees.added
    assert fees.levels() == {HOST: D(6), LINK: D(2)}


def test_every_wrong_row_is_named_at_once_and_the_list_stays(cast: Cast) -> None:
    case, host = draft(cast), running(cast)[HOST]
    Price.objects.filter(sku=LINK).delete()
    rows = [
        Wanted("甲", host.number, D(-1)), Wanted("乙", "S-2026-9999", D(1)), Wanted("丙", "", D(0), DISK),
        Wanted("丁", "", D(1), "X-1"), Wanted("戊", host.number, D(4), LINK), Wanted("己", "", D("0.0000001"), DISK),
    ]  # fmt: skip
    with pytest.raises(BadInput) as caught:
        drafting.set_lines(case, lines=rows, actor=cast.actor("chen"), on=DAY)
    assert problems(caught) == {
        "甲 变更后数量": "不能小于 0",
        "乙": "系统没有可以变更的服务“S-2026-9999”",
        "丙 变更后数量": "新增数量须大于 0",
        "丁 目录编码": "目录中没有编码“X-1”，按服务目录填写",
        "戊 目录编码": "合同 HT-2026-01 没有 N-BW 的价格，不能变更为该产品",
        "己 变更后数量": "最多 9 位整数、6 位小数",
        "戊": "同一服务出现两次",
    }
    assert case.lines.count() == 2
    with pytest.raises(BadInput, match="没有任何变动"):
        drafting.set_lines(case, lines=wanted(cast, ((HOST, "4"),)), actor=cast.actor("chen"), on=DAY)


def test_a_draft_is_refused_to_strangers_to_the_uncovered_lane_and_without_a_list(cast: Cast) -> None:
    services = running(cast)
    for who in ("he", "ma"):
        with pytest.raises(NotFound):
            drafting.create(system=cast.system, actor=cast.actor(who), at=AT)
        with pytest.raises(NotFound):
            drafting.set_lines(draft(cast), lines=[], actor=cast.actor(who), on=DAY)
    empty = drafting.create(system=cast.system, actor=cast.actor("luo"), at=AT)
    operations.pass_to_head(empty, actor=cast.actor("chen"), at=AT)
    with pytest.raises(Refused, match="没有任何变动"):
        operations.submit(empty, actor=cast.actor("luo"), at=AT)
    for service in services.values():
        ledger.set_condition(service, kind="lane", on=DAY, value="own", case=empty, rule="art10.3")
    with pytest.raises(Refusal, match="不纳入统筹的，服务变更由用户单位与云服务商自行协商，按协议登记"):
        drafting.create(system=cast.system, actor=cast.actor("chen"), at=AT)


def test_a_system_served_by_two_providers_asks_for_the_contract(cast: Cast) -> None:
    disk = running(cast)[DISK]
    other = Contract.objects.create(
        jurisdiction=cast.city, number="HT-2026-02", name="第二包", buyer=cast.bureau, provider=cast.education,
        lane="covered", starts_on=date(2026, 1, 1), ends_on=date(2199, 1, 1),
    )  # fmt: skip
    Service.objects.filter(pk=disk.pk).update(contract=other)
    with pytest.raises(BadInput, match="选择其中一份"):
        drafting.create(system=cast.system, actor=cast.actor("chen"), at=AT)
    case = drafting.create(system=cast.system, actor=cast.actor("chen"), at=AT, contract=other)
    with pytest.raises(BadInput, match="没有可以变更的服务"):
        drafting.set_lines(case, lines=wanted(cast, ((HOST, "6"),)), actor=cast.actor("chen"), on=DAY)


def test_the_list_comes_back_from_a_workbook_as_it_went(cast: Cast) -> None:
    case = draft(cast, rows=((HOST, "0"), ("+" + LINK, "2")))
    before = [(line.label, line.sku_after, line.quantity) for line in case.lines.all()]
    drafting.set_lines(case, lines=read_list(write_list(case, on=DAY)), actor=cast.actor("chen"), on=DAY)
    assert sorted((line.label, line.sku_after, line.quantity) for line in case.lines.all()) == sorted(before)
    with pytest.raises(BadInput):
        read_list(b"nothing")


# ---- 9.2: three ways -------------------------------------------------------------------------------------------------


def test_without_papers_citation_or_request_the_unit_cannot_submit_and_with_papers_it_can(cast: Cast) -> None:
    case = draft(cast, rows=BIG)
    with pytest.raises(Refused, match=r"应先论证：新增7,680\.00元，占原费用38\.10%，超过30%"):
        submitted(cast, case)
    argue(cast, case)
    operations.submit(case, actor=cast.actor("luo"), at=AT)
    assert case.state == "submitted"
    assert verdict(case.events.last()).sentence.startswith("应先论证，材料齐全")
    assert case.events.last().data["added"] == "7680.00"


def form_of(cast: Cast, username: str, case: Change, which: str) -> str:
    return signed_in(cast, username).get(f"/cases/{case.number}/{which}").content.decode()


def test_a_small_change_is_not_asked_for_a_reason_to_depart(cast: Cast) -> None:
    case = draft(cast)
    assert "申请不作论证的理由" not in form_of(cast, "chen", case, "edits/argument")
    recommended(cast, case)
    assert "同意不作论证的理由" not in form_of(cast, "zhou", case, "steps/approve")


def test_a_request_to_depart_is_decided_by_the_approver_with_a_reason(cast: Cast) -> None:
    case = argue(cast, draft(cast, rows=BIG), bare=True, departure="汛期抢险，来不及论证")
    assert "申请不作论证的理由" in form_of(cast, "chen", case, "edits/argument")
    recommended(cast, case)
    zhou = cast.actor("zhou")
    assert "同意不作论证的理由" in form_of(cast, "zhou", case, "steps/approve")
    with pytest.raises(Refused, match="应先论证"):
        operations.approve(case, actor=zhou, at=AT)
    case.refresh_from_db()
    assert case.state == "recommended"
    operations.approve(case, actor=zhou, at=AT, waiver="抢险情况属实")
    event = case.events.get(step="approve")
    assert (verdict(event).state, event.waiver) == ("waived", "抢险情况属实")
    assert "同意例外。理由：抢险情况属实" in "".join(case.letters.get().data["paragraphs"])
    assert case.state == "notified"


def test_the_first_periodic_case_is_cited_and_what_it_does_not_carry_is_refused(cast: Cast) -> None:
    first = argue(cast, draft(cast, rows=BIG), periodic=True)
    confirmed(cast, first)
    back = draft(cast, rows=((HOST, "4"),), at=moment("2026-09-01 10:00"))
    confirmed(cast, back, at=moment("2026-09-01 10:00"), on=date(2026, 9, 1))
    year = moment("2027-06-10 10:00")
    again = argue(cast, draft(cast, rows=BIG, at=year), bare=True, cites=first)
    submitted(cast, again, at=year)
    assert verdict(again.events.last()).sentence.startswith(f"引用{first.number}的首次论证")
    advance(again, "withdraw", actor=cast.actor("luo"), at=year)
    for rows, at, words in (
        (((HOST, "7"),), "2027-06-10 10:00", f"{HOST}变更后为7，超过首次论证的6"),
        ((("+" + LINK, "20"),), "2027-06-10 10:00", f"{LINK}不在首次论证的产品之内"),
        (BIG, "2029-06-10 10:00", "已满36个月"),
    ):
        with pytest.raises(Refused, match=words):
            submitted(cast, argue(cast, draft(cast, rows=rows, at=moment(at)), bare=True, cites=first), at=moment(at))
    refused = argue(cast, draft(cast, rows=BIG, at=year), bare=True, cites=back)
    with pytest.raises(Refused, match="不是经过论证的规律性、周期性变更"):
        submitted(cast, refused, at=year)


def test_everything_is_judged_again_at_approval_on_the_prices_of_that_moment(cast: Cast) -> None:
    case = recommended(cast, draft(cast, rows=((HOST, "5"),)))  # + 3,840 on 20,160: 19.05 %
    Price.objects.filter(contract=cast.contract, sku=HOST).update(unit_price=D("32000"))
    with pytest.raises(Refused, match="达到10万元"):
        operations.approve(case, actor=cast.actor("zhou"), at=AT)
    page = look(cast, "zhou", case)
    assert "与提交时不同" in page
    Price.objects.filter(contract=cast.contract, sku=HOST).delete()
    with pytest.raises(Refused, match="没有C-ECS-4C16G的价格"):
        operations.approve(case, actor=cast.actor("zhou"), at=AT)


def test_several_small_ones_are_suspected_and_the_justification_can_be_demanded(cast: Cast) -> None:
    confirmed(cast, draft(cast, rows=((HOST, "5"),)))
    case = submitted(cast, draft(cast, rows=((HOST, "6"),)))  # twice 3,840: 38.10 % of the fee before the first
    assert "疑似拆分" in case.events.last().data["splitting"]["sentence"]
    assert "疑似拆分" in look(cast, "wu", case)
    assert "疑似拆分" not in look(cast, "luo", case)
    operations.send_home(case, actor=cast.actor("wu"), at=AT, opinion="与前件合并，补论证", demand=True)
    with pytest.raises(Refused, match="与近期变更合并计算"):
        operations.resubmit(case, actor=cast.actor("luo"), at=AT)
    argue(cast, case)
    operations.resubmit(case, actor=cast.actor("luo"), at=AT)
    assert case.state == "submitted"


# ---- review and decision ---------------------------------------------------------------------------------------------


def test_the_reviewer_cuts_with_a_reason_and_never_above_what_was_asked_nor_below_what_runs(cast: Cast) -> None:
    case = submitted(cast, draft(cast, rows=((HOST, "5"), (DISK, "300"), ("+" + LINK, "2"))))
    wu = cast.actor("wu")
    advance(case, "accept", actor=wu, at=AT)
    with pytest.raises(BadInput) as caught:
        operations.recommend(case, grants={1: Cut(D(6)), 2: Cut(D(299)), 3: Cut(D(1))}, actor=wu, at=AT)
    assert [problem.what for problem in caught.value.problems] == [
        "核定数量须为 4 至 5：不超过申请，也不低于原有", "核定数量须为 300：不超过申请，也不低于原有", "核减须写明理由",
    ]  # fmt: skip
    cuts = {1: Cut(D(4), "现有够用"), 2: Cut(D(300)), 3: Cut(D(0), "合并使用")}
    operations.recommend(case, grants=cuts, actor=wu, at=AT)
    assert [line.differs for line in case.lines.all()] == [False, True, False]
    with pytest.raises(NotYours):
        operations.approve(case, actor=wu, at=AT)
    operations.approve(case, actor=cast.actor("zhou"), at=AT, opinion="同意核减")
    letter = case.letters.get()
    assert (letter.kind, letter.addressee, letter.copies_to) == ("审核意见书", cast.education, "市大数据应用服务中心")
    assert "年费由20,160.00元变为18,240.00元，差额\u22121,920.00元" in letter.data["paragraphs"][0]
    with pytest.raises(BadInput, match="没有这一行，或没有变动"):
        operations.complete(case, done={1: Done(DAY), 2: Done(DAY)}, actor=cast.actor("sun"), at=AT)
    with pytest.raises(BadInput, match="没有写明生效日"):
        operations.complete(case, done={}, actor=cast.actor("sun"), at=AT)


def test_a_service_is_in_one_open_change_alone_and_of_two_approvers_one_wins(cast: Cast) -> None:
    case, host = submitted(cast), running(cast)[HOST]
    other = draft(cast)
    operations.pass_to_head(other, actor=cast.actor("chen"), at=AT)
    with pytest.raises(BadInput, match=f"{host.number} .*正在服务变更 {case.number} 中办理"):
        operations.submit(other, actor=cast.actor("luo"), at=AT)
    advance(case, "withdraw", actor=cast.actor("luo"), at=AT)
    recommended(cast, draft(cast))
    mine = Change.objects.get(state="recommended")
    seen = mine.version
    operations.approve(mine, actor=cast.actor("zhou"), at=AT, version=seen)
    with pytest.raises(Conflict):
        operations.reject(mine, actor=cast.actor("zhou"), at=AT, opinion="晚了", version=seen)


def test_notice_on_the_eve_of_the_national_day_ends_on_the_thirteenth(cast: Cast) -> None:
    seed(jurisdiction_id=cast.city.pk, at=AT)
    case = notified(cast, at=moment("2026-09-30 17:00"))
    owed = Obligation.objects.get(case=case, step="complete", closed_at=None)
    assert (owed.holder, owed.due_on) == (cast.provider, date(2026, 10, 13))
    sun, day = cast.actor("sun"), date(2026, 10, 9)
    done = {line.no: Done(day) for line in case.lines.all()}
    for wrong, words in ((date(2026, 9, 29), "早于通知日"), (date(2026, 10, 10), "晚于今天")):
        with pytest.raises(Refused, match=words):
            operations.complete(case, done=done | {1: Done(wrong)}, actor=sun, at=moment("2026-10-09 10:00"))
    operations.complete(case, done=done, actor=sun, at=moment("2026-10-09 10:00"))
    told = set(
        case.notices.filter(delivered_at=moment("2026-10-09 10:00")).values_list("organisation__kind", flat=True)
    )
    assert told == {"user_unit", "bureau"}
    operations.dispute(case, actor=cast.actor("luo"), at=moment("2026-10-09 16:00"), opinion="带宽未到位")
    renewed = Obligation.objects.get(case=case, step="complete", closed_at=None)
    assert renewed.due_on == date(2026, 10, 15)  # 10 October, a Saturday, is a working day
    assert {line.effective_on for line in case.lines.all()} == {None}
    with pytest.raises(Refused, match="不能取消或复核"):
        advance(case, "cancel", actor=cast.actor("luo"), at=moment("2026-10-10 10:00"), opinion="不要了")


# ---- ledger and charge -----------------------------------------------------------------------------------------------


def test_ledger_and_charge_follow_the_effective_day_and_not_the_click(cast: Cast) -> None:
    services = running(cast)
    case = draft(cast, rows=((HOST, "6"), (DISK, "0"), ("+" + LINK, "2")))
    argue(cast, case)
    completed(cast, case, on=DAY)
    assert annual.annual_fee_of_system(cast.system, DAY) == D("20160.00")  # nothing moves before it is confirmed
    operations.confirm(case, actor=cast.actor("luo"), at=moment("2026-06-29 10:00"))
    host, disk = (Service.objects.get(pk=services[sku].pk) for sku in (HOST, DISK))
    added = case.lines.get(service=None).opened
    assert (host.at("quantity", date(2026, 6, 9)), host.at("quantity", DAY)) == ("4.000000", "6.000000")
    assert (disk.closed_on, added.opened_on, added.lane, added.case_id) == (DAY, DAY, "covered", case.pk)
    accrue_month(jurisdiction_id=cast.city.pk, month=date(2026, 6, 1), at=moment("2026-07-01 01:00"))
    charged = {
        (line.service_id, line.from_on): line.amount
        for line in AccrualLine.objects.filter(from_on__gte=date(2026, 6, 1))
    }
    # Of a year of 365 days: 4 × 320 × 12 × 9 and 6 × 320 × 12 × 21, 500 × 0.8 × 12 × 9, 2 × 45 × 12 × 21.
    assert charged == {
        (host.pk, date(2026, 6, 1)): D("378.74"),
        (host.pk, DAY): D("1325.59"),
        (disk.pk, date(2026, 6, 1)): D("118.36"),
        (added.pk, DAY): D("62.14"),
    }


def test_a_change_of_product_keeps_the_service_and_the_instances_of_a_rebuilt_one_are_recorded(cast: Cast) -> None:
    disk = running(cast)[DISK]
    case = drafting.create(system=cast.system, actor=cast.actor("chen"), at=AT)
    rows = [Wanted("一", disk.number, D(5), LINK)]
    drafting.set_lines(case, lines=rows, actor=cast.actor("chen"), on=DAY)
    confirmed(cast, case)
    held = Service.objects.get(pk=disk.pk)
    assert (held.at("sku", DAY), held.at("quantity", DAY), held.instances) == (LINK, "5.000000", "i-new 10.0.0.9")
    at = moment("2026-06-12 10:00")
    replace_instances(held, instances="i-2 10.0.0.10\n", actor=cast.actor("sun"), at=at)
    assert Record.objects.filter(kind="services.instances", subject=held.number).count() == 1
    for who, words, error in (("sun", "i-2 10.0.0.10", BadInput), ("sun", " ", BadInput), ("luo", "i-3", NotFound)):
        with pytest.raises(error):
            replace_instances(held, instances=words, actor=cast.actor(who), at=at)
    client = signed_in(cast, "sun")
    assert client.post(f"/services/{held.number}/instances", {"instances": "i-4 a\ni-4 b"}).status_code == 422
    assert client.post(f"/services/{held.number}/instances", {"instances": "i-4 a"}).status_code == 302
    assert signed_in(cast, "he").get(f"/services/{held.number}/instances").status_code == 404
    held.refresh_from_db()
    assert held.instances == "i-4 a"


# ---- the bureau's own adjustment -------------------------------------------------------------------------------------


def test_the_bureau_adjusts_after_hearing_the_unit_or_after_three_working_days(cast: Cast) -> None:
    own = draft(cast, who="zhou")
    assert signed_in(cast, "luo").get(f"/cases/{own.number}").status_code == 404
    assert signed_in(cast, "zhou").get(f"/cases/{own.number}").status_code == 200
    advance(own, "discard", actor=cast.actor("zhou"), at=AT)
    case = proposed(cast, at=moment("2026-06-05 10:00"))  # a Friday
    with pytest.raises(Refused, match="须等单位提出意见"):
        operations.adjust(case, actor=cast.actor("zhou"), at=AT)  # Wednesday, the third working day
    operations.adjust(case, actor=cast.actor("zhou"), at=moment("2026-06-11 10:00"))
    assert (case.state, case.letters.get().kind) == ("notified", "资源调整决定书")
    assert "因平台容量需要，决定按下表调整" in case.letters.get().data["paragraphs"][0]
    page = look(cast, "luo", case)
    assert "听取意见" in page
    assert "论证材料" not in page
    with pytest.raises(NotOpen):
        advance(case, "comment", actor=cast.actor("luo"), at=moment("2026-06-11 10:00"), opinion="晚了")
