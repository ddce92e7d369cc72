"""Article 3: the register of systems. What is outside the scope is refused, and nothing typed is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client

from tests.cast import Cast, D, moment
from yunheng.domain.systems.models import InformationSystem
from yunheng.domain.systems.operations import Particulars, amend_system, note_hosting, register_system
from yunheng.foundation.audit.models import Record
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Refused

pytestmark = pytest.mark.django_db
AT = moment("2026-04-29 10:00")
GIVEN = Particulars(
    name="智慧教育云", category="business", built_by="self", asset_owner="unit", network_zone="internet", mlps_level=3,
    started_on=date(2024, 3, 1), accepted_on=date(2025, 8, 12), operated_from=date(2025, 9, 1),
)  # fmt: skip
TYPED = {
    "name": "智慧教育云", "category": "business", "classified": "no", "mlps_level": "3", "network_zone": "internet",
    "built_by": "self", "asset_owner": "unit", "started_on": "2024-03-01", "hosting": "cloud", "using_unit": "",
}  # fmt: skip


def test_the_platform_numbers_a_system_and_the_record_keeps_the_act(cast: Cast) -> None:
    made = register_system(particulars=GIVEN, actor=cast.actor("chen"), at=AT)
    assert (made.code, made.unit, made.phase_on(date(2025, 9, 1))) == ("XT-2026-0001", cast.education, "operation")
    assert Record.objects.filter(kind="systems.register", subject="XT-2026-0001").exists()


@pytest.mark.parametrize("username", ["wu", "zhou", "sun", "qian", "zheng"])
def test_others_do_not_register_for_a_unit(cast: Cast, username: str) -> None:
    with pytest.raises(NotYours):
        register_system(particulars=GIVEN, actor=cast.actor(username), at=AT)


def test_the_bureau_enters_what_is_there_already_for_a_unit(cast: Cast) -> None:
    assert register_system(particulars=GIVEN, actor=cast.actor("zhou"), at=AT, unit=cast.health).unit == cast.health


def test_a_second_level_unit_registers_what_it_uses_under_its_unit(cast: Cast) -> None:
    made = register_system(particulars=GIVEN, actor=cast.actor("ma"), at=AT)
    assert (made.unit, made.using_unit) == (cast.education, cast.school)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"classified": True}, "涉密系统，不得使用政务云服务"),
        ({"category": "none"}, "不属于政务信息系统"),
        ({"hosting": "law"}, "不上云的依据"),
        ({"hosting": "plan", "hosting_ground": "设备未到期"}, "上云计划"),
    ],
)
def test_outside_the_scope_or_without_ground_nothing_is_registered(
    cast: Cast, changed: dict[str, object], said: str
) -> None:
    before = InformationSystem.objects.count()
    with pytest.raises(Refused, match=said):
        register_system(particulars=replace(GIVEN, **changed), actor=cast.actor("chen"), at=AT)  # type: ignore[arg-type]
    assert InformationSystem.objects.count() == before


def test_every_gap_is_named_at_once(cast: Cast) -> None:
    wrong = replace(
        GIVEN, name="", category="x", mlps_level=5, cloud_money=D("1.001"), accepted_on=date(2024, 2, 29),
        using_unit=cast.health,
    )  # fmt: skip
    with pytest.raises(BadInput) as caught:
        register_system(particulars=wrong, actor=cast.actor("chen"), at=AT)
    assert [problem.where for problem in caught.value.problems] == [
        "系统名称", "使用单位", "类别", "等保级别", "实施费用中的云服务费（元）", "技术验收",
    ]  # fmt: skip


@pytest.mark.parametrize(("accepted", "fine"), [(1, True), (2, True), (3, False)])
def test_operation_does_not_begin_before_acceptance(cast: Cast, accepted: int, fine: bool) -> None:
    given = replace(GIVEN, accepted_on=date(2025, 9, accepted), operated_from=date(2025, 9, 2))
    if fine:
        assert register_system(particulars=given, actor=cast.actor("chen"), at=AT).accepted_on == given.accepted_on
    else:
        with pytest.raises(BadInput, match="转入运维"):
            register_system(particulars=given, actor=cast.actor("chen"), at=AT)


def test_a_name_stands_once_in_a_unit(cast: Cast) -> None:
    with pytest.raises(BadInput, match=r"JY-001"):
        register_system(particulars=replace(GIVEN, name=cast.system.name), actor=cast.actor("chen"), at=AT)


def test_an_amendment_keeps_what_was_said_before_and_a_stranger_finds_nothing(cast: Cast) -> None:
    made = register_system(particulars=GIVEN, actor=cast.actor("chen"), at=AT)
    amend_system(made, particulars=replace(GIVEN, mlps_level=2), actor=cast.actor("luo"), at=AT)
    record = Record.objects.get(kind="systems.amend")
    assert '"mlps_level":["3","2"]' in record.body
    for username in ("he", "ma"):
        with pytest.raises(NotFound):
            amend_system(made, particulars=GIVEN, actor=cast.actor(username), at=AT)


def test_a_system_off_the_cloud_for_now_gets_the_note_of_the_bureau_until_the_plan_changes(cast: Cast) -> None:
    plan = replace(GIVEN, hosting="plan", hosting_ground="专用设备未到期", hosting_plan="2027年底前迁移")
    made = register_system(particulars=plan, actor=cast.actor("chen"), at=AT)
    with pytest.raises(NotYours):
        note_hosting(made, note="同意", actor=cast.actor("chen"), at=AT)
    note_hosting(made, note="同意按计划迁移", actor=cast.actor("zhou"), at=AT)
    assert made.hosting_noted_at == AT
    later = replace(plan, hosting_plan="2028年底前迁移")
    assert amend_system(made, particulars=later, actor=cast.actor("chen"), at=AT).hosting_noted_at is None


def test_the_page_registers_keeps_what_was_typed_and_names_the_article(cast: Cast, client: Client) -> None:
    client.force_login(cast.person("chen"))
    refused = client.post("/systems/new", {**TYPED, "classified": "yes", "purpose": "全市教师研修"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "涉密系统，不得使用政务云服务（依据：第三条第一款）" in page
    assert "全市教师研修" in page
    assert client.post("/systems/new", TYPED).status_code == 302
    assert "智慧教育云" in client.get("/systems").content.decode()
    assert client.post("/systems/XT-2026-0001/edit", {**TYPED, "mlps_level": "2"}).status_code == 302
    assert InformationSystem.objects.get(code="XT-2026-0001").mlps_level == 2


@pytest.mark.parametrize(
    ("username", "status"), [("chen", 200), ("he", 404), ("ma", 404), ("wu", 200), ("zhou", 200), ("sun", 404)]
)
def test_a_system_is_there_for_those_whom_it_concerns(cast: Cast, client: Client, username: str, status: int) -> None:
    client.force_login(cast.person(username))
    assert client.get(f"/systems/{cast.system.code}").status_code == status
