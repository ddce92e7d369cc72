"""Article 26: the provider's list of what ran before: every wrong row named, nobody's rows, pages and machines."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api.test_api import Caller
from tests.cast import Cast, moment, organisation, person
from tests.journeys.inventories import as_approved, compare, memory_cloud, row
from tests.journeys.registering import AT, DAY, ROWS, confirmed, listed, taken, terms
from yunheng.domain.funding.models import Contract
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.inventories.reading import COLUMNS, from_sheet
from yunheng.domain.services.models import Discrepancy, Intake, InventoryRun, Registration, Service
from yunheng.domain.services.registrations import deciding, intakes, operations, queries
from yunheng.domain.systems.models import InformationSystem
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.documents.workbooks import read_rows
from yunheng.foundation.workflow.errors import BadInput, NotYours, Refusal
from yunheng.foundation.workflow.operations import advance
from yunheng.law.kernel.citation import art

# ---- the list ----------------------------------------------------------------------------------------------------


def test_the_bureau_opens_it_once_per_provider_before_the_first_comparison(cast: Cast) -> None:
    for username in ("sun", "wu", "luo", "tang"):
        with pytest.raises(NotYours):
            intakes.open_intake(provider=cast.provider, day=DAY, actor=cast.actor(username), at=AT)
    listed(cast)
    with pytest.raises(Refusal, match="每家只登记一次"):
        intakes.open_intake(provider=cast.provider, day=DAY, actor=cast.actor("zhou"), at=AT)
    other = organisation(cast.city, "provider", "另一云服务有限公司", 9)
    with pytest.raises(BadInput, match="晚于今天"):
        intakes.open_intake(provider=other, day=DAY + timedelta(days=1), actor=cast.actor("zhou"), at=AT)


def test_after_a_comparison_nothing_can_be_made_old(cast: Cast) -> None:
    compare(cast, [row("i-9")], DAY, at=AT)
    with pytest.raises(Refusal, match="已开始清单核对"):
        intakes.open_intake(provider=cast.provider, day=DAY, actor=cast.actor("zhou"), at=AT)


def test_every_wrong_row_is_named_at_once_with_all_that_is_wrong_and_nothing_is_listed(cast: Cast) -> None:
    contract = Contract.objects.get(number="HT-JY-01")
    wrong = [
        row("x-1", quantity="0", system="JY-404"), row("x-2", unit="无此单位", state="关机"),
        row("x-3", sku="", system="JY-001"), row("x-4", system="JY-001", unit="市卫生健康局"),
        row("x-5", "N-BW", "", system="JY-001"), row("x-6", system="JY-001", contract="HT-404"),
        row("x-7", unit="市卫生健康局", contract=contract.number), row("x-8", system="JY-001", history="2025-06-01 4"),
        row("x-9", system="JY-001", since="2026-01-05", until="2026-01-05"), row("x-10", system="JY-001", until="2026-03-03"),
        row("i-1", quantity="5", system="JY-001"),
    ]  # fmt: skip
    listed(cast)
    with pytest.raises(BadInput) as refusal:
        taken(cast, [*ROWS, *wrong])
    named = [(p.where.removeprefix("第 ").removesuffix(" 行"), p.what[:12].strip()) for p in refusal.value.problems]
    assert named == [
        ("5", "数量“0”须为大于 0"), ("5", "没有登记系统编码“JY-"), ("6", "状态“关机”须为运行、停"), ("6", "没有用户单位“无此单位”"),
        ("7", "没有目录编码"), ("8", "系统“JY-001”属于"), ("9", "没有数量"), ("10", "本服务商没有合同“HT-"),
        ("11", f"合同“{contract.number}”"[:12]), ("12", "数量变动：最后一次 4"), ("13", "止（不含）2026-01"), ("14", "止（不含） 2026-0"), ("14", "止（不含）2026-03"), ("15", "实例“i-1”与第 2"),
    ]  # fmt: skip
    assert Registration.objects.get().lines.count() == 3
    assert InventoryRun.objects.count() == 1


def test_what_is_nobodys_waits_with_its_age_until_the_provider_says_whose_it_is(cast: Cast) -> None:
    listed(cast)
    found = taken(cast, [*ROWS, row("x-1", name="旧主机"), row("x-2", since="2026-01-05", history="2026-01-05 1")])
    assert (found.units, found.listed, found.known, found.unclaimed) == (0, 0, 3, 2)
    intake = Intake.objects.get()
    loose = queries.unclaimed(intake)
    assert [(one.row.instance, one.age(date(2026, 3, 12)), one.rejected_by) for one in loose] == [
        ("x-1", 10, ""), ("x-2", 10, ""),
    ]  # fmt: skip
    assert queries.sums(intake) == {"listed": 3, "confirmed": 0, "entered": 0, "left": 0}
    again = [cells for _, cells in from_sheet(queries.unclaimed_sheet(loose), "待认领.xlsx")]
    assert (again[1]["history"], again[1]["until"]) == ("2026-01-05 1", "")
    assert taken(cast, [again[0] | {"unit": "市卫生健康局"}, again[1]]).listed == 1
    assert [one.row.instance for one in queries.unclaimed(intake)] == ["x-2"]
    assert Registration.objects.get(unit=cast.health).lines.get().instance == "x-1"
    run = compare(cast, [row("x-2"), *ROWS], DAY + timedelta(days=1))
    assert (run.found["new"], Discrepancy.objects.get().difference) == (1, "unapproved")


def test_what_one_unit_rejects_is_put_before_another_and_never_before_it_again(cast: Cast) -> None:
    case = confirmed(cast, "卫健局的")
    assert taken(cast, [row("i-2", "S-DISK-SSD", "500", unit="市卫生健康局")]).known == 1  # it is still being decided
    disputes = [{"key": "2", "enter": "no", "reason": ""}]
    deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms(disputes=disputes, missing=[]))
    assert [one.rejected_by for one in queries.unclaimed(Intake.objects.get())] == ["市教育局"]
    assert taken(cast, [*ROWS, row("i-9", system="JY-001")]).listed == 1
    assert taken(cast, [row("i-2", "S-DISK-SSD", "500", unit="市卫生健康局", name="卫健")]).listed == 1
    assert queries.unclaimed(Intake.objects.get()) == []


def test_the_same_list_again_changes_nothing_and_a_longer_one_adds_what_is_new(cast: Cast) -> None:
    case = listed(cast)
    again = taken(cast, ROWS[::-1])
    assert (again.units, again.listed, again.known, case.lines.count()) == (0, 0, 3, 3)
    more = taken(cast, [*ROWS, row("i-4", system="JY-001"), row("h-1", unit="市卫生健康局")])
    assert (more.units, more.listed, more.known) == (2, 2, 3)
    assert {c.unit.name: c.lines.count() for c in Registration.objects.all()} == {"市教育局": 4, "市卫生健康局": 1}
    intake = Intake.objects.get()
    intakes.close_intake(intake, actor=cast.actor("zhou"), at=AT)
    with pytest.raises(Refusal, match="已经结束"):
        intakes.take_in(intake=intake, raws=[(2, row("i-5"))], source="sheet", actor=cast.actor("sun"), at=AT)


def test_comparing_begins_the_day_after_and_what_is_undecided_is_on_its_way(cast: Cast) -> None:
    confirmed(cast)
    with pytest.raises(Refusal, match="自存量日期 2026-03-02 的次日开始"):
        compare(cast, ROWS, DAY, at=AT)
    assert compare(cast, ROWS, DAY + timedelta(days=1)).found["new"] == 0
    case = Registration.objects.get()
    deciding.decide(case, actor=cast.actor("zhou"), at=moment("2026-03-03 18:00"), **terms())
    run = compare(cast, [*as_approved(), row("i-9", system="JY-001")], DAY + timedelta(days=2))
    assert (run.found["new"], Discrepancy.objects.get().difference) == (1, "unapproved")


def test_three_thousand_rows_of_ten_units_from_the_list_to_the_ledger(cast: Cast) -> None:
    """A city's first day: each unit has its own part, the numbers are right, and comparing finds nothing the day after."""
    units = [cast.education, cast.health]
    for n in range(8):
        unit = organisation(cast.city, "user_unit", f"市第{n}局", 20 + n)
        person(unit, f"head{n}", f"负责{n}", "head", "handler")
        units.append(unit)
    systems = [
        InformationSystem.objects.create(
            jurisdiction=cast.city, unit=units[n % 10], code=f"XT-{n:03}", name=f"系统{n}", category="business",
            built_by="self", asset_owner="unit", network_zone="internet", operated_from=date(2025, 1, 1), registered_at=AT,
        )
        for n in range(40)
    ]  # fmt: skip
    rows = [row(f"i-{n}", quantity="1", system=systems[n % 40].code) for n in range(3000)]
    seed(jurisdiction_id=cast.city.pk, at=AT)
    intakes.open_intake(provider=cast.provider, day=DAY, actor=cast.actor("zhou"), at=AT)
    with CaptureQueriesContext(connection) as asked:
        _by_all_units(cast, rows, systems)
    assert len(asked) < len(rows), "something asks the database for each row"
    assert (Service.objects.count(), Service.objects.values("number").distinct().count()) == (2990, 2990)
    assert queries.sums(Intake.objects.get()) == {"listed": 0, "confirmed": 0, "entered": 2990, "left": 10}
    assert compare(cast, as_approved(), DAY + timedelta(days=1)).found["new"] == 0


def _by_all_units(cast: Cast, rows: list[dict[str, str]], systems: list[InformationSystem]) -> None:
    """The list taken in, taken in again, confirmed by ten units that each dispute a row, and decided."""
    assert taken(cast, rows).units == 10
    assert taken(cast, rows).known == 3000
    heads = {"市教育局": "luo", "市卫生健康局": "he"} | {f"市第{n}局": f"head{n}" for n in range(8)}
    for case in Registration.objects.select_related("unit"):
        given = {line.no: "" for line in case.lines.all()[:1]}
        operations.review(
            case, actor=cast.actor(heads[case.unit.name]), at=AT,
            rows=[{"key": f"{no}", "system": "", "disputed": "已停用"} for no in given],
        )  # fmt: skip
        advance(case, "confirm_list", actor=cast.actor(heads[case.unit.name]), at=AT)
        codes = [s.code for s in systems if s.unit_id == case.unit_id]
        decided = [{"key": c, "contract": "HT-2026-01", "lane": "covered", "released": "no"} for c in codes]
        deciding.decide(case, actor=cast.actor("zhou"), at=AT, **terms(systems=decided, missing=[]))


def test_a_connector_lists_what_runs_on_the_day_itself(
    cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CONNECTORS = tmp_path / "connectors.toml"
    memory_cloud(cast, settings.CONNECTORS, monkeypatch)
    seed(jurisdiction_id=cast.city.pk, at=AT)
    intake = intakes.open_intake(provider=cast.provider, day=DAY, actor=cast.actor("zhou"), at=AT)
    with pytest.raises(Refusal, match="不是存量日期 2026-03-02 的"):
        intakes.take_in_connected(intake=intake, actor=cast.actor("sun"), at=AT + timedelta(days=1))
    found = intakes.take_in_connected(intake=intake, actor=cast.actor("sun"), at=AT)
    assert found.run.source == "connector"
    assert found.unclaimed == found.run.rows_count == len(queries.unclaimed(intake)) > 0


# ---- pages -------------------------------------------------------------------------------------------------------


def test_the_pages_of_each_party(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)

    def client(username: str) -> Client:
        made = Client()
        made.force_login(cast.person(username))
        return made

    seed(jurisdiction_id=cast.city.pk, at=AT)
    opened = {"provider": cast.provider.credit_code, "day": "2026-03-02"}
    assert client("wu").post("/registrations", opened).status_code == 422
    assert client("zhou").post("/registrations", opened).status_code == 302
    intake = Intake.objects.get()
    lines = [",".join(COLUMNS.values()), *(",".join(str(r.get(key, "")) for key in COLUMNS) for r in ROWS)]
    sun = client("sun")
    assert sun.get(f"/registrations/{intake.pk}").status_code == 200
    book = sun.get("/registrations/template.xlsx").content
    assert read_rows(book, cite=art(26))[0] == [COLUMNS[key] for key in queries.LISTED]
    bad = SimpleUploadedFile("清单.csv", "\n".join([lines[0], lines[1].replace("JY-001", "JY-404")]).encode())
    assert sun.post(f"/registrations/{intake.pk}", {"file": bad}).status_code == 422
    good = SimpleUploadedFile("清单.csv", "\n".join(lines).encode())
    assert sun.post(f"/registrations/{intake.pk}", {"file": good}).status_code == 302
    case = Registration.objects.get()
    for username, status in (("chen", 200), ("zhou", 200), ("wu", 200), ("sun", 200), ("he", 404), ("qian", 404)):
        tab = client(username)
        assert tab.get("/registrations").status_code == 200, username
        assert tab.get(f"/cases/{case.number}").status_code == status, username
        assert tab.get(f"/registrations/{case.number}.xlsx").status_code == status, username
    assert client("he").get(f"/registrations/{intake.pk}").status_code == 404
    chen = client("chen")
    assert chen.get(f"/cases/{case.number}/edits/review").status_code == 200
    posted = {"rows-2-system": "JY-001"} | {f"rows-{n}-system": "JY-001" for n in (1, 3)}
    assert chen.post(f"/cases/{case.number}/edits/review", posted).status_code == 302
    assert client("sun").post(f"/registrations/{intake.pk}/close").status_code == 403
    assert client("zhou").post(f"/registrations/{intake.pk}/close").status_code == 302
    assert Organisation.objects.get(pk=cast.provider.pk).intakes.get().closed_at == AT


def test_machines_open_it_hand_in_the_list_and_read_what_is_nobodys(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    seed(jurisdiction_id=cast.city.pk, at=AT)
    machines = {name: Caller(cast, name) for name in ("zhou", "wu", "sun", "chen")}

    def ask(who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        caller = machines[who]
        answer = caller.get(path) if method == "get" else caller.send("POST", path, body)
        return answer.status_code, answer.json()

    opened = {"provider": cast.provider.credit_code, "day": "2026-03-02"}
    assert ask("wu", "post", "/registrations", opened)[0] == 403
    assert ask("sun", "post", "/registrations/rows", ROWS)[0] == 404
    assert ask("zhou", "post", "/registrations", opened | {"provider": "无"})[0] == 422
    assert ask("zhou", "post", "/registrations", opened)[1]["listed"] == 0
    status, problem = ask("sun", "post", "/registrations/rows", [ROWS[0] | {"system": "JY-404"}])
    assert (status, problem["problems"][0]["where"]) == (422, "第 1 行")
    taken = ask("sun", "post", "/registrations/rows", [*ROWS, row("x-1")])[1]
    assert (taken["units"], taken["listed"], taken["unclaimed"]) == (1, 3, 1)
    loose = f"/registrations/{cast.provider.credit_code}/unclaimed"
    assert [one["instance_id"] for one in ask("wu", "get", loose)[1]] == ["x-1"]
    assert ask("chen", "get", loose)[0] == 404
    assert ask("sun", "post", "/registrations/connector", {})[0] == 422
    number = Registration.objects.get().number
    lines = ask("chen", "get", f"/cases/{number}")[1]["content"]["lines"]
    assert [(one["instance"], one["quantity"], one["system"]) for one in lines][:2] == [
        ("i-1", "4", "JY-001"),
        ("i-2", "500", ""),
    ]
    assert ask("zhou", "post", f"/registrations/{cast.provider.credit_code}/close", {})[1]["closed_at"]
    assert ask("sun", "post", "/registrations/rows", [row("x-2", unit="市教育局")])[0] == 422
