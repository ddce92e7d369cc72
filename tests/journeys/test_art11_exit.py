"""Article 11 from the request to the settlement: one term, what stops it, whom the days too late concern, bad input."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from openpyxl import load_workbook

from tests.cast import Cast, moment
from tests.journeys import inventories, releasing, settling
from tests.journeys.exiting import AT, DIGEST, draft, service, step, taken
from yunheng.domain.billing.models import AccrualLine, Settlement
from yunheng.domain.billing.operations import accrue, accrue_month
from yunheng.domain.billing.settlement import workbook
from yunheng.domain.billing.settlement.late_release import late_releases
from yunheng.domain.services.exit import operations as do
from yunheng.domain.services.exit import queries
from yunheng.domain.services.migration.operations import register
from yunheng.domain.services.models import Exit, Service
from yunheng.foundation.calendars.models import CalendarDay
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow import invariants as workflow
from yunheng.foundation.workflow.errors import BadInput, NotFound, Refusal, Refused
from yunheng.foundation.workflow.models import Obligation
from yunheng.foundation.workflow.obligations import recompute
from yunheng.interfaces.jobs import tasks
from yunheng.law.kernel.period import year_of

pytestmark = pytest.mark.django_db


def owed(case: Exit) -> dict[str, date | None]:
    return dict(Obligation.objects.filter(case=case, closed_at=None).values_list("step", "due_on"))


def accrued(cast: Cast, month: date) -> list[tuple[str, date, date, str, Decimal]]:
    accrue_month(jurisdiction_id=cast.city.pk, month=month, at=moment("2026-11-02 09:00"))
    rows = AccrualLine.objects.filter(from_on__year=month.year, from_on__month=month.month).order_by("service__number")
    return [tuple(row) for row in rows.values_list("service__number", "from_on", "to_on", "payer", "amount")]


def test_the_term_is_one_over_the_national_day_and_waiting_does_not_count(cast: Cast) -> None:
    case = draft(cast, at="2026-09-30 16:00")
    step(cast, case, "submit", "2026-09-30 16:00")
    assert owed(case) == {"back_up": date(2026, 10, 13)}  # 8, 9, 10 (调休), 12, 13
    step(cast, case, "hold", "2026-10-09 09:00")
    assert owed(case) == {"unhold": None}
    step(cast, case, "unhold", "2026-10-12 09:00")
    assert owed(case) == {"back_up": date(2026, 10, 15)}  # 9 and 10 were the bureau's
    step(cast, case, "back_up", "2026-10-13 17:00")
    assert (case.digest, case.digest_kind) == (DIGEST, "sm3")
    assert owed(case) == {"acknowledge": None}
    assert "等待用户单位确认备份" in page(cast, case)
    tasks.near(moment("2026-10-14 09:00"))
    tasks.near(moment("2026-10-15 09:00"))  # two working days of silence
    watched = case.notices.filter(subject__startswith="已等待 2 个工作日").values_list("organisation__kind", flat=True)
    assert set(watched) == {"user_unit", "centre"}
    step(cast, case, "acknowledge", "2026-10-15 10:00")
    assert owed(case) == {"release": date(2026, 10, 19)}  # 8, 12 used; 15, 16, 19 are left
    assert Obligation.objects.get(case=case, step="release").received_on == date(2026, 9, 30)
    assert "暂停办理（第二季度安全检查）" in page(cast, case)
    assert workflow.broken(jurisdiction_id=cast.city.pk) == []
    CalendarDay.objects.create(jurisdiction=cast.city, day=date(2026, 10, 16), kind="off", name="临时放假")
    recompute(jurisdiction_id=cast.city.pk, year=2026)
    assert owed(case) == {"release": date(2026, 10, 20)}  # an imported day moves also what the case names
    CalendarDay.objects.filter(day=date(2026, 10, 16)).delete()
    assert [queries.late_days(case, on=date(2026, 10, n)) for n in (18, 19, 20, 21)] == [0, 0, 1, 2]


def page(cast: Cast, case: Exit, who: str = "luo") -> str:
    client = Client()
    client.force_login(cast.person(who))
    return client.get(f"/cases/{case.number}").content.decode()


def test_the_day_of_an_exit_is_not_charged_and_the_provider_reports_by_letter(cast: Cast) -> None:
    case = taken(cast, "submit", "back_up", "acknowledge")
    step(cast, case, "release", "2026-05-11 10:00")
    hosts, disk = Service.objects.order_by("number")
    assert (hosts.closed_on, disk.closed_on) == (date(2026, 5, 11), date(2026, 5, 11))
    # 2 × 320 × 12 × 10 / 365 = 210.41 (210.4109…); 100 × 0.8 × 12 × 10 / 365 = 26.30 (26.3013…)
    assert accrued(cast, date(2026, 5, 1)) == [
        ("S-2026-0001", date(2026, 5, 1), date(2026, 5, 11), "fund", Decimal("210.41")),
        ("S-2026-0002", date(2026, 5, 1), date(2026, 5, 11), "fund", Decimal("26.30")),
    ]
    assert queries.late_days(case, on=date(2026, 12, 1)) == 0
    step(cast, case, "report", "2026-05-12 10:00")
    assert (
        page(cast, case).count("服务中心 · 核实并办结") == 2
    )  # one duty of two roles: with the terms, and in the record
    letter = Letter.objects.get(case=case)
    assert (letter.kind, letter.addressee, letter.data["business"]) == ("处置结果报告", cast.bureau, True)
    assert DIGEST[:8] in letter.data["paragraphs"][1]
    step(cast, case, "send_back", "2026-05-12 11:00")
    step(cast, case, "report", "2026-05-13 10:00")
    step(cast, case, "close", "2026-05-13 11:00")
    assert case.state == "closed"
    assert "实例已删除" in page(cast, case, "zhou")


def test_a_late_release_is_charged_until_it_happens_and_listed_as_disputable(cast: Cast) -> None:
    case = draft(cast, backup=False, at="2026-09-30 16:00")
    step(cast, case, "submit", "2026-09-30 16:00")
    assert owed(case) == {"release": date(2026, 10, 13)}
    step(cast, case, "release", "2026-10-16 10:00")
    # to 16 October: 15 days; 2 × 320 × 12 × 15 / 365 = 315.62; 100 × 0.8 × 12 × 15 / 365 = 39.45
    assert [row[2:] for row in accrued(cast, date(2026, 10, 1))] == [
        (date(2026, 10, 16), "fund", Decimal("315.62")), (date(2026, 10, 16), "fund", Decimal("39.45")),
    ]  # fmt: skip
    late = queries.late(case, on=date(2026, 12, 31))
    assert late is not None
    assert (late.due_on, late.days, late.working_days) == (date(2026, 10, 13), 3, 3)
    assert "已超过 3 天（自然日）" in page(cast, case)
    settlement = Settlement(
        contract=cast.contract, jurisdiction=cast.city, period_from=date(2026, 1, 1), period_to=date(2027, 1, 1)
    )
    assert settlement.period == year_of(2026)
    # three days, 13 to 15: 2 × 320 × 36 / 365 = 63.12; 100 × 0.8 × 36 / 365 = 7.89
    rows = late_releases(settlement, actor=cast.actor("wu"))
    assert [(r.service.number, r.days, r.fund, r.unit) for r in rows] == [
        ("S-2026-0001", 3, Decimal("63.12"), Decimal("0.00")), ("S-2026-0002", 3, Decimal("7.89"), Decimal("0.00")),
    ]  # fmt: skip
    assert late_releases(settlement, actor=cast.actor("he")) == []
    assert len(late_releases(settlement, actor=cast.actor("luo"))) == 2
    settlement.contract = cast.own_contract
    assert late_releases(settlement, actor=cast.actor("wu")) == []


def test_only_the_exit_of_the_whole_system_retires_its_release(cast: Cast) -> None:
    gate = releasing.preparing(cast)
    service(cast, 2, sku="S-DISK-SSD", name="云盘 SSD", measure="GB", quantity=Decimal(100))
    case = draft(cast, backup=False)
    sent = {"services": ["S-2026-0002"], "wants_backup": "no", "reason": "存储已并入"}
    doors.edit(case, "request", sent=sent, actor=cast.actor("chen"), at=AT)
    case.refresh_from_db()
    assert (case.whole, [s.number for s in case.services]) == (False, ["S-2026-0002"])
    step(cast, case, "submit")
    step(cast, case, "release")
    gate.refresh_from_db()
    assert gate.state != "retired"
    rest = draft(cast, backup=False)
    assert rest.whole
    step(cast, rest, "submit")
    step(cast, rest, "release")
    gate.refresh_from_db()
    assert gate.state == "retired"


@pytest.mark.parametrize("digest", ["", "abc", "z" * 64])
def test_a_backup_without_the_form_of_a_digest_is_refused(cast: Cast, digest: str) -> None:
    case = taken(cast, "submit")
    with pytest.raises(BadInput):
        step(cast, case, "back_up", digest=digest)
    assert case.state == "submitted"


def test_what_an_exit_refuses_says_why(cast: Cast) -> None:
    empty = draft(cast)
    with pytest.raises(Refusal, match="只有"):
        doors.take(empty, "submit", sent={}, actor=cast.actor("chen"), at=AT)
    with pytest.raises(NotFound):
        do.create(system="JY-001", actor=cast.actor("he"), at=AT)
    case = taken(cast, "submit")
    with pytest.raises(BadInput, match=f"正在退出使用 {case.number} 中办理"):
        step(cast, empty, "submit")  # the other head was first
    with pytest.raises(Refused, match="先完成备份"):
        step(cast, case, "release")
    for name in ("back_up", "acknowledge"):
        step(cast, case, name)
    for day, words in (("2026-05-10", "晚于今天"), ("2026-05-08", "早于用户单位确认备份之日")):
        with pytest.raises(Refused, match=words):
            step(cast, case, "release", day=day)
    with pytest.raises(Refusal):
        step(cast, case, "withdraw")
    step(cast, case, "release")
    for name in ("report", "close"):
        step(cast, case, name)
    with pytest.raises(Refused, match="已于2026-05-09终止"):
        step(cast, empty, "submit", "2026-05-11 10:00")
    with pytest.raises(BadInput, match="没有在用的服务"):
        do.create(system="JY-001", actor=cast.actor("chen"), at=moment("2026-05-11 10:00"))


def test_a_draft_leaves_out_what_another_case_is_about(cast: Cast) -> None:
    draft(cast)
    register(pairs=[("S-2026-0001", "")], reason="机房更换", actor=cast.actor("sun"), at=AT)
    case = do.create(system="JY-001", actor=cast.actor("chen"), at=AT)
    assert ([s.number for s in case.services], case.whole) == (["S-2026-0002"], False)
    with pytest.raises(BadInput, match="正在系统迁移 QY-2026-0001 中办理"):
        doors.edit(case, "request", sent={"services": ["S-2026-0001"], "wants_backup": "no", "reason": "并入"},
                   actor=cast.actor("chen"), at=AT)  # fmt: skip
    register(pairs=[("S-2026-0002", "")], reason="机房更换", actor=cast.actor("sun"), at=AT)
    with pytest.raises(BadInput, match=r"正在系统迁移 QY-2026-000[12] 中办理"):
        do.create(system="JY-001", actor=cast.actor("chen"), at=AT)


def test_a_backup_nobody_asked_for_stops_no_clock(cast: Cast) -> None:
    case = taken(cast, "submit", backup=False)
    with pytest.raises(Refused, match="不需要备份"):
        step(cast, case, "back_up")


def test_services_of_two_providers_exit_one_by_one(cast: Cast) -> None:
    seed(jurisdiction_id=cast.city.pk, at=AT)
    service(cast, 1)
    other = type(cast.provider).objects.create(
        jurisdiction=cast.city,
        kind="provider",
        name="另一示例云",
        short_name="另一示例云",
        credit_code=cast.health.credit_code[::-1],
    )
    contract = type(cast.contract).objects.create(
        jurisdiction=cast.city, number="HT-2", name="乙", buyer=cast.bureau, provider=other, lane="covered",
        starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1),
    )  # fmt: skip
    service(cast, 2, contract=contract)
    with pytest.raises(BadInput, match="分别提出退出"):
        do.create(system="JY-001", actor=cast.actor("chen"), at=AT)
    case = do.create(system="JY-001", provider=other.credit_code, actor=cast.actor("chen"), at=AT)
    assert ([s.number for s in case.services], case.whole, case.provider) == (["S-2026-0002"], False, other)


def test_the_settlement_lists_the_days_too_late_on_its_page_and_in_its_workbook(db: None) -> None:
    cast = settling.year()
    at = moment("2026-10-12 10:00")
    case = do.create(system="JY-001", actor=cast.actor("luo", at), at=at)
    numbers = [s.number for s in case.services]
    sent = {"services": numbers, "wants_backup": "no", "reason": "不再使用"}
    doors.edit(case, "request", sent=sent, actor=cast.actor("luo", at), at=at)
    step(cast, case, "submit", "2026-10-12 10:00")
    step(cast, case, "release", "2026-10-23 10:00")  # due on Monday the 19th
    accrue(jurisdiction_id=cast.city.pk, period=year_of(2026), at=settling.AT)
    made = settling.issued(cast)
    # 500 × 0.8 × 12 × 4 / 365 = 52.60; the hosts, six by then: 6 × 320 × 48 / 365 = 252.49
    rows = late_releases(made, actor=cast.actor("zhou"))
    assert [(row.days, row.fund, row.unit) for row in rows] == [
        (4, Decimal("0.00"), Decimal("252.49")), (4, Decimal("52.60"), Decimal("0.00")),
    ]  # fmt: skip
    client = Client()
    client.force_login(cast.person("wu"))
    shown = client.get(f"/settlements/{made.number}", follow=True).content.decode()
    assert "退出逾期释放，可争议" in shown
    assert "2 项，305.09 元" in shown
    book = load_workbook(io.BytesIO(workbook.settlement_book(made, actor=cast.actor("tang"))))
    disputed = [row for row in book["剔除与争议"].iter_rows(values_only=True) if row[6] == "可争议"]
    assert [(row[0], row[3]) for row in disputed] == [(r.service.number, float(r.amount)) for r in rows]


def test_what_the_inventory_still_lists_is_not_gone(cast: Cast) -> None:
    case = taken(cast, "submit", "back_up", "acknowledge")
    rows = inventories.as_approved()
    step(cast, case, "release", "2026-05-11 10:00")
    step(cast, case, "report", "2026-05-11 11:00")
    inventories.compare(cast, rows[:1], date(2026, 5, 12))
    with pytest.raises(Refused, match=r"仍有S-2026-0001 云主机 4核16G，退回云服务商处置"):
        step(cast, case, "close", "2026-05-13 10:00")
    step(cast, case, "send_back", "2026-05-13 10:00")
    step(cast, case, "report", "2026-05-14 10:00")
    other = service(cast, 3, sku="N-BW", name="互联网带宽", measure="Mbps")
    inventories.compare(cast, inventories.as_approved(), date(2026, 5, 14))
    step(cast, case, "close", "2026-05-15 10:00")
    assert (case.state, other.closed_on) == ("closed", None)
