"""Article 9.1 with 22: inventories beside the ledger, from the row to the end of the difference."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, moment, serving
from tests.journeys.inventories import as_approved, compare, memory_cloud, only, row
from yunheng.domain.services import ledger
from yunheng.domain.services.discrepancies import operations
from yunheng.domain.services.inventories.reading import COLUMNS, TEMPLATE, from_sheet, template
from yunheng.domain.services.models import Discrepancy, InventoryRow, InventoryRun, Service
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.errors import BadInput, NotYours, Refusal, Refused
from yunheng.foundation.workflow.models import Case, Obligation
from yunheng.foundation.workflow.operations import advance
from yunheng.foundation.workflow.queries import cases
from yunheng.law.kernel.citation import art

DAY = date(2026, 6, 1)
ONE = timedelta(days=1)
D = Decimal


@pytest.fixture
def ran(cast: Cast) -> Cast:
    """Both lines of the education bureau in service since 8 May."""
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 09:00"))
    serving(cast)
    return cast


# ---- the rows ----------------------------------------------------------------------------------------------------


def test_every_wrong_row_is_named_at_once_and_nothing_is_stored(ran: Cast) -> None:
    wrong = [
        row("", quantity="1"), row("i-2", "X-404"), row("i-3", quantity="0"), row("i-4", quantity="vier"),
        row("i-5", state="坏了") | {"state": "坏了"}, row("i-6", since="2026-06-02"), row("i-7", since="昨天"), row("i-8" * 99),
    ]  # fmt: skip
    with pytest.raises(BadInput) as refusal:
        compare(ran, [*as_approved(), *wrong], DAY)
    assert [p.where for p in refusal.value.problems] == [f"第 {n} 行" for n in range(4, 12)]
    assert (InventoryRun.objects.count(), Discrepancy.objects.count()) == (0, 0)


def test_the_first_two_hundred_errors_are_shown_and_all_are_counted(ran: Cast) -> None:
    with pytest.raises(BadInput) as refusal:
        compare(ran, [row(f"i-{n}", quantity="-1") for n in range(1000)], DAY)
    assert len(refusal.value.problems) == 201
    assert "共 1,000 处错误" in refusal.value.problems[-1].what


def test_identical_rows_count_once_and_contradicting_ones_are_errors(ran: Cast) -> None:
    rows = as_approved()
    run = compare(ran, [*rows, *rows, rows[0]], DAY)
    assert (run.rows_count, run.repeated, run.found["new"]) == (2, 3, 0)
    with pytest.raises(BadInput) as refusal:
        compare(ran, [*rows, rows[0] | {"quantity": "9"}], DAY + ONE)
    assert "与第 2 行重复而数量不同" in refusal.value.problems[0].what


def test_a_hundred_thousand_rows_with_duplicates_are_one_run(ran: Cast, django_assert_max_num_queries: Any) -> None:
    host, disk = as_approved()
    half = [host | {"instance_id": f"i-{n:05d}", "quantity": "1"} for n in range(50_000)]
    Service.objects.filter(number=host["service"]).update(quantity=50_000)
    with django_assert_max_num_queries(800):
        run = compare(ran, [*half, disk, *half[::-1]], DAY)
    assert (run.rows_count, run.repeated, run.found["new"]) == (50_001, 50_000, 0)


def test_a_sheet_and_a_csv_are_read_by_their_heads_and_the_template_has_them(ran: Cast) -> None:
    from python_calamine import load_workbook

    head = load_workbook(io.BytesIO(template())).get_sheet_by_index(0).to_python()[0]
    assert head == [COLUMNS[key] for key in TEMPLATE]
    text = "\ufeff" + ",".join(head) + "\ni-1,,C-ECS-4C16G,1,,运行,,JY-001,2026-05-08,10.0.0.1\n"
    (found,) = from_sheet(text.encode(), "清单.csv")
    with pytest.raises(BadInput, match="后端数“很多”须为 0 至"):
        compare(ran, [row("lb-1", back_ends="很多")], DAY)
    assert (found[0], found[1]["instance_id"], found[1]["since"]) == (2, "i-1", "2026-05-08")
    with pytest.raises(BadInput, match="没有“目录编码”“数量”“状态”列"):
        list(from_sheet("实例编号\ni-1\n".encode(), "清单.csv"))


def test_only_the_providers_own_people_hand_in_and_never_of_tomorrow_or_before_the_last(ran: Cast) -> None:
    from yunheng.domain.services.inventories import runs

    for username in ("wu", "zhou", "luo"):
        with pytest.raises(NotYours):
            runs.compare(
                provider=ran.provider, raws=[(2, row("i-1"))], as_of=DAY, source="sheet", actor=ran.actor(username),
                at=moment("2026-06-01 17:00"),
            )  # fmt: skip
    with pytest.raises(BadInput, match="晚于今天"):
        compare(ran, as_approved(), DAY + ONE, at=moment("2026-06-01 17:00"))
    compare(ran, as_approved(), DAY)
    with pytest.raises(Refusal, match="不能再报更早的"):
        compare(ran, as_approved(), DAY - ONE)


def test_the_same_inventory_again_is_the_same_run(ran: Cast) -> None:
    first = compare(ran, [*as_approved(), row("i-9", system="JY-001")], DAY)
    again = compare(ran, [row("i-9", system="JY-001"), *as_approved()[::-1]], DAY)
    assert (first.pk, InventoryRun.objects.count(), Discrepancy.objects.count()) == (again.pk, 1, 1)
    assert InventoryRow.objects.filter(run=first).count() == 3


# ---- the differences ---------------------------------------------------------------------------------------------


def test_a_difference_is_a_case_with_owner_age_article_and_frozen_evidence(ran: Cast) -> None:
    run = compare(ran, [*as_approved(), row("i-9", quantity="2", system="JY-001", since="2026-05-20")], DAY)
    case = only()
    assert (case.difference, case.owner, case.article, case.unit, case.system) == (
        "unapproved", "provider", "22", ran.education, ran.system,
    )  # fmt: skip
    assert (case.found_on, case.runs_from, case.number[:7]) == (DAY, date(2026, 5, 20), "CY-2026")
    assert case.evidence["rows"][0]["instance_id"] == "i-9"
    assert run.found["differences"]["unapproved"] == run.found["new"] == 1
    owed = Obligation.objects.get(case_id=case.pk, closed_at=None)
    assert (owed.holder, owed.step, owed.due_on) == (ran.provider, "explain", None)
    assert Notice.objects.filter(organisation=ran.provider, subject__contains="清单核对").count() == 1


def test_what_belongs_to_an_unregistered_system_is_seen_by_the_offices_and_its_provider_alone(ran: Cast) -> None:
    compare(ran, [*as_approved(), row("i-9", system="XX-404")], DAY)
    case = only()
    assert case.unit == ran.bureau
    seen = {u for u in ("chen", "he", "wu", "zhou", "sun", "qian") if cases(actor=ran.actor(u)).filter(pk=case.pk)}
    assert seen == {"wu", "zhou", "sun"}


def test_each_party_sees_its_own_differences(ran: Cast) -> None:
    compare(ran, as_approved()[:1], DAY)  # the disk is absent
    seen = {u for u in ("chen", "he", "wu", "zhou", "sun", "zheng") if cases(actor=ran.actor(u)).filter(pk=only().pk)}
    assert seen == {"chen", "wu", "zhou", "sun"}
    assert (only().difference, only().owner, only().service.sku) == ("absent", "provider", "S-DISK-SSD")


def test_the_same_difference_goes_on_with_its_age_and_is_closed_when_it_is_gone(ran: Cast) -> None:
    more = [cells | ({"quantity": "6"} if cells["sku"] == "C-ECS-4C16G" else {}) for cells in as_approved()]
    compare(ran, more, DAY)
    first = only()
    assert (first.difference, first.owner, first.runs_from) == ("changed", "user_unit", DAY)
    more = [cells | ({"quantity": "8"} if cells["sku"] == "C-ECS-4C16G" else {}) for cells in as_approved()]
    run = compare(ran, more, DAY + 7 * ONE)
    again = only()
    assert (again.pk, again.found_on, again.evidence["total"], again.latest["total"]) == (first.pk, DAY, "6", "8")
    assert (run.found["continuing"], run.found["new"]) == (1, 0)
    last = compare(ran, as_approved(), DAY + 14 * ONE)
    again.refresh_from_db()
    assert (again.state, again.outcome, again.runs_to) == ("closed", "vanished", DAY + 14 * ONE)
    event = again.events.get(step="vanish")
    assert (event.actor_name, event.data["run"], last.found["gone"]) == ("系统", last.number, 1)


def test_released_overstayed_and_what_is_on_its_way(ran: Cast) -> None:
    host, disk = Service.objects.order_by("number")
    rows = as_approved()
    ledger.close(host, on=DAY - ONE, cite=art(11))
    ledger.set_condition(disk, kind="lane", on=DAY, value="own", case=disk.case, rule="art12-ended")
    compare(ran, rows, DAY)
    found = {case.difference: case for case in Discrepancy.objects.all()}
    assert set(found) == {"released", "overstayed"}
    assert (found["released"].runs_from, found["overstayed"].runs_from) == (DAY - ONE, DAY)


def test_what_is_approved_and_not_yet_confirmed_is_no_difference(cast: Cast) -> None:
    from tests.cast import opened

    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 09:00"))
    opened(cast)
    loose = [row(f"i-{n}", system="JY-001") for n in range(4)]
    assert compare(cast, loose, DAY).found["new"] == 0
    run = compare(cast, [*loose, row("i-4", system="JY-001")], DAY + ONE)
    assert (run.found["new"], only().difference) == (1, "unapproved")  # one more than was approved


# ---- its end -----------------------------------------------------------------------------------------------------


def _found(cast: Cast) -> Discrepancy:
    compare(cast, [*as_approved(), row("i-9", system="JY-001")], DAY)
    case = only()
    operations.explain(case, actor=cast.actor("sun"), at=moment("2026-06-02 10:00"), opinion="应用户口头要求先行开通")
    return case


def test_what_the_centre_owes_is_the_decision_and_not_one_of_its_ways(ran: Cast) -> None:
    case = _found(ran)
    advance(case, "explain", actor=ran.actor("sun"), at=moment("2026-06-05 10:00"), opinion="按合同开通")
    centre = Client()
    centre.force_login(ran.person("wu"))
    for path in ("/", "/obligations", f"/cases/{case.number}"):
        shown = centre.get(path).content.decode()
        assert "决定核销、转办或整改" in shown, path
        assert f"按已批准的办件核销：{case.title}" not in shown, path


def test_a_case_approved_before_explains_and_one_approved_afterwards_never_does(ran: Cast) -> None:
    from tests.cast import approved

    case, at = _found(ran), moment("2026-06-05 10:00")
    before = Case.objects.exclude(kind="discrepancy").get()
    before_case = before.number
    later = approved(ran, at="2026-06-04 10:00")
    with pytest.raises(Refused, match="没有批准，不能据以核销"):
        operations.match(case, linked=later.number, actor=ran.actor("wu"), at=at)
    with pytest.raises(BadInput, match="没有可以说明"):
        operations.match(case, linked="SQ-2099-1", actor=ran.actor("wu"), at=at)
    operations.match(case, linked=before_case, actor=ran.actor("wu"), at=at)
    assert (case.state, case.outcome, case.linked, case.runs_from) == ("closed", "matched", before, None)


def test_a_conversion_cures_from_its_effect_on_and_what_ran_before_is_never_the_funds(ran: Cast) -> None:
    from tests.cast import approved
    from yunheng.domain.billing.queries import charged
    from yunheng.domain.services import operations as applying
    from yunheng.law.kernel.period import year_of

    case, at = _found(ran), moment("2026-06-05 10:00")
    later = approved(ran, at="2026-06-04 10:00")
    operations.convert(case, linked=later.number, actor=ran.actor("wu"), at=at)
    assert (case.state, case.runs_from, case.runs_to) == ("converted", DAY, None)
    rows = [*as_approved(), row("i-9", system="JY-001")]
    assert compare(ran, rows, date(2026, 6, 6)).found["new"] == 0  # it is approved now, and on its way
    day = date(2026, 6, 8)
    line = later.lines.get(no=1)
    reports = [applying.Report(line.no, D(4), day, "i-9")]
    applying.report_opened(later, reports=reports, actor=ran.actor("sun"), at=moment("2026-06-08 12:00"))
    with pytest.raises(Refused, match="早于通知日"):  # the parties cannot name a day before the approval
        applying.confirm_opening(
            later, day=DAY, line_nos=[1], actor=ran.actor("luo"), at=moment("2026-06-08 13:00")
        )  # fmt: skip
    for who in ("luo", "sun"):
        applying.confirm_opening(later, day=day, line_nos=[1], actor=ran.actor(who), at=moment("2026-06-08 14:00"))
    compare(ran, as_approved(), date(2026, 6, 9))  # the rest of the list is still on its way: so is the case
    case.refresh_from_db()
    assert case.state == "converted"
    applying.drop_lines(
        later, line_nos=[2], opinion="不再需要", actor=ran.actor("luo"), at=moment("2026-06-09 18:00")
    )  # fmt: skip
    compare(ran, [*as_approved()[:2], row("i-9", quantity="4", system="JY-001")], date(2026, 6, 10))
    case.refresh_from_db()
    assert (case.state, case.outcome, case.runs_from, case.runs_to) == ("closed", "converted", DAY, day)
    opened = Service.objects.get(case_id=later.pk)
    fund = [line for line in charged(service=opened, period=year_of(2026)).lines if line.payer == "fund"]
    assert min(line.period.start for line in fund) == case.runs_to


def test_an_approval_afterwards_closes_nothing_by_itself(ran: Cast) -> None:
    """Nobody converted the difference: it stays open beside the approval until that has effect, and then says so."""
    from tests.cast import approved

    case = _found(ran)
    approved(ran, at="2026-06-04 10:00")
    run = compare(ran, [*as_approved(), row("i-9", system="JY-001")], date(2026, 6, 6))
    case.refresh_from_db()
    assert (case.state, case.runs_to, run.found["gone"], run.found["new"]) == ("explained", None, 0, 0)


def test_a_case_that_ends_without_effect_brings_the_difference_back(ran: Cast) -> None:
    from tests.cast import approved
    from yunheng.domain.services import operations as applying

    case = _found(ran)
    later = approved(ran, at="2026-06-04 10:00")
    operations.convert(case, linked=later.number, actor=ran.actor("wu"), at=moment("2026-06-05 10:00"))
    applying.take(later, "cancel", actor=ran.actor("luo"), at=moment("2026-06-06 10:00"), opinion="不再需要")
    run = compare(ran, [*as_approved(), row("i-9", system="JY-001")], date(2026, 6, 8))
    case.refresh_from_db()
    assert (case.state, run.found["again"], case.found_on) == ("found", 1, DAY)


def test_a_correction_wants_evidence_and_is_found_again_while_the_inventory_still_shows_it(ran: Cast) -> None:
    from yunheng.foundation.documents.operations import store

    case, at = _found(ran), moment("2026-06-03 10:00")
    paper = store(
        content=b"%PDF-1.4\n%%EOF", filename="说明.pdf", kind="paper", jurisdiction_id=ran.city.pk,
        person_id=ran.person("sun").pk, at=at,
    )  # fmt: skip
    operations.correct(case, actor=ran.actor("sun"), at=at, opinion="系其他租户的实例，误列", paper=paper)
    assert (case.state, case.papers.count()) == ("corrected", 1)
    compare(ran, [*as_approved(), row("i-9", system="JY-001")], date(2026, 6, 4))
    case.refresh_from_db()
    assert case.state == "found"
    operations.correct(case, actor=ran.actor("sun"), at=at, opinion="已删除误列", paper=paper)
    operations.accept_correction(case, actor=ran.actor("wu"), at=at, opinion="已核对租户清单")
    assert (case.state, case.outcome, case.runs_from) == ("closed", "corrected", None)


def test_a_connector_is_read_by_a_person_and_by_the_clock_and_says_what_is_in_its_way(
    ran: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yunheng.domain.services.inventories.connected import compare_all, compare_connected

    at = moment("2026-06-01 17:00")
    with pytest.raises(Refusal, match="没有为示例云服务有限公司配置连接器"):
        compare_connected(provider=ran.provider, actor=ran.actor("sun"), at=at)
    settings.CONNECTORS = tmp_path / "connectors.toml"
    settings.CONNECTORS.write_text(f'["{ran.provider.credit_code}"]\nconnector = "nirgends"\n', "utf-8")
    with pytest.raises(Refusal, match="没有名为“nirgends”的连接器"):
        compare_connected(provider=ran.provider, actor=ran.actor("sun"), at=at)
    assert compare_all(at=at) == 0  # what does not answer stops nobody else
    memory_cloud(ran, settings.CONNECTORS, monkeypatch)
    assert compare_all(at=at) == 1
    run = InventoryRun.objects.get()
    assert (run.source, run.person, run.as_of) == ("connector", None, DAY)
    assert run.found["new"] == Discrepancy.objects.count() > 0


def test_a_flood_of_differences_is_refused_in_words(ran: Cast, monkeypatch: object) -> None:
    from yunheng.domain.services.discrepancies import settling

    monkeypatch.setattr(settling, "MOST_NEW", 2)  # type: ignore[attr-defined]
    with pytest.raises(Refusal, match="有 3 项新差异，多半是服务编号"):
        compare(ran, [*as_approved(), *(row(f"x-{n}") for n in range(3))], DAY)
    assert InventoryRun.objects.count() == 0
