"""Article 4: a deputy acts for somebody in the open, within dates and scope, and never as a second pair of eyes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast, draft, moment, person
from tests.journeys.recipes import grants
from yunheng.domain.parties.delegation import delegate, end_delegation, hand_over
from yunheng.domain.parties.models import Person, RoleGrant
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.parties.queries import actor_for, holding, roles_of
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.actor import Actor, Mandate
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Refusal
from yunheng.foundation.workflow.queries import owed_by

pytestmark = pytest.mark.django_db
AT, DAY, ONE = moment("2026-04-29 10:00"), date(2026, 4, 29), timedelta(days=1)


def given(
    cast: Cast, by: str = "luo", to: str = "chen", role: str = "head", *, start: date = DAY, days: int = 10,
    kinds: tuple[str, ...] = (),
) -> RoleGrant:  # fmt: skip
    return delegate(
        deputy=to, role=role, valid_from=start, valid_to=start + days * ONE, ground="授权书〔2026〕1号", kinds=kinds,
        actor=cast.actor(by), at=AT,
    )  # fmt: skip


def on(cast: Cast, username: str, day: date) -> Actor:
    return cast.actor(username, moment(f"{day} 12:00"))


def ready(cast: Cast) -> Application:
    case = draft(cast)
    operations.take(case, "pass_to_head", actor=cast.actor("chen"), at=AT)
    return case


def test_a_deputy_acts_from_its_first_day_to_the_day_before_its_last(cast: Cast) -> None:
    given(cast, start=DAY + 2 * ONE, days=3)
    held = {n: on(cast, "chen", DAY + n * ONE).has("head") for n in (1, 2, 4, 5)}
    assert held == {1: False, 2: True, 4: True, 5: False}
    assert "head" not in roles_of(person=cast.person("chen"), on=DAY + 2 * ONE)  # not in its own right
    found = holding(organisation_id=cast.education.pk, role="head", on=DAY + 2 * ONE)
    assert {one.username for one in found} == {"luo", "chen"}


def test_the_record_names_both_and_the_desk_shows_the_work(cast: Cast) -> None:
    case = ready(cast)
    assert not owed_by(actor=cast.actor("chen")).filter(step="submit").exists()
    given(cast)
    chen = cast.actor("chen")
    assert owed_by(actor=chen).filter(step="submit").exists()
    event = operations.take(case, "submit", actor=chen, at=AT)
    assert (event.actor_name, event.person, event.on_behalf_of) == (
        "陈思远（受罗建华授权）", cast.person("chen"), cast.person("luo"),
    )  # fmt: skip
    assert json.loads(event.record.body)["body"]["on_behalf_of"] == cast.person("luo").pk
    own = case.events.get(step="pass_to_head")  # what one may do oneself is done in one's own name
    assert (own.actor_name, own.on_behalf_of) == ("陈思远", None)
    assert Notice.objects.filter(organisation=cast.education, subject="罗建华授权陈思远代行负责人").exists()


def test_a_mandate_for_some_procedures_is_good_in_no_other(cast: Cast) -> None:
    given(cast, kinds=("settlement",))
    chen = cast.actor("chen")
    assert [chen.has("head", kind) for kind in ("settlement", "application", "")] == [True, False, False]
    case = ready(cast)
    with pytest.raises(NotYours):
        operations.take(case, "submit", actor=chen, at=AT)
    assert not owed_by(actor=chen).filter(step="submit").exists()


def test_revoked_is_over_at_once_and_by_those_whom_it_concerns(cast: Cast) -> None:
    row = given(cast)
    for stranger in ("he", "zhou"):
        with pytest.raises(NotFound):
            end_delegation(delegation=row.pk, actor=cast.actor(stranger), at=AT)
    person(cast.education, "liu", "刘洋", "handler")
    with pytest.raises(NotYours):
        end_delegation(delegation=row.pk, actor=cast.actor("liu"), at=AT)
    end_delegation(delegation=row.pk, actor=cast.actor("luo"), at=AT)
    assert not cast.actor("chen").has("head")
    with pytest.raises(Refusal, match="已经终止"):
        end_delegation(delegation=row.pk, actor=cast.actor("luo"), at=AT)
    again = given(cast)  # the same day may be granted again
    end_delegation(delegation=again.pk, actor=cast.actor("chen"), at=AT)  # the deputy gives it back


def test_a_mandate_falls_with_the_role_of_its_principal(cast: Cast) -> None:
    given(cast)
    RoleGrant.objects.filter(person__username="luo").update(valid_to=DAY + ONE)
    assert on(cast, "chen", DAY).has("head")
    assert not on(cast, "chen", DAY + ONE).has("head")
    RoleGrant.objects.filter(person__username="luo").update(valid_to=None)
    Person.objects.filter(username="luo").update(is_active=False)
    assert not on(cast, "chen", DAY).has("head")


def test_who_may_not_delegate_what_to_whom(cast: Cast) -> None:
    with pytest.raises(NotYours):
        given(cast, by="chen", to="luo")  # a handler has nothing to delegate
    with pytest.raises(NotYours):
        given(cast, by="ma", to="luo")  # the head of a second-level unit is none here
    with pytest.raises(NotYours):
        given(cast, by="wu", to="wu", role="reviewer")  # not one of the three
    with pytest.raises(BadInput, match="只能授权本人的角色"):
        given(cast, role="finance")
    person(cast.education, "liu", "刘洋")
    given(cast)
    with pytest.raises(NotYours, match="不能再授权"):
        given(cast, by="chen", to="liu")
    for to, words in (
        ("he", "本单位在职人员"),
        ("ma", "本单位在职人员"),
        ("luo", "不能授权给自己"),
        ("chen", "同样的授权"),
    ):
        with pytest.raises(BadInput, match=words):
            given(cast, to=to)
    person(cast.education, "wang", "王芳", "head")
    with pytest.raises(BadInput, match="已是负责人"):
        given(cast, to="wang")


@pytest.mark.parametrize(
    ("start", "days", "words"), [(-1, 10, "不能早于今天"), (0, 0, "须晚于开始日"), (0, 1, ""), (0, 366, ""), (0, 367, "最长366个自然日")]
)  # fmt: skip
def test_the_days_of_a_mandate(cast: Cast, start: int, days: int, words: str) -> None:
    if not words:
        assert given(cast, start=DAY + start * ONE, days=days).valid_to == DAY + days * ONE
        return
    with pytest.raises(BadInput, match=words):
        given(cast, start=DAY + start * ONE, days=days)


def test_principal_and_deputy_are_one_when_two_are_asked_for(cast: Cast) -> None:
    """Recommend and approve are never both of one person, nor of a person and whoever stands for it."""
    case = ready(cast)
    operations.take(case, "submit", actor=cast.actor("luo"), at=AT)
    operations.take(case, "accept", actor=cast.actor("wu"), at=AT)
    wu, zhou = cast.person("wu"), cast.person("zhou")
    # somebody who works at the bureau and once recommended in this case (moved from the centre meanwhile)
    operations.recommend(
        case, grants=grants(case), contract=cast.contract, actor=cast.actor("wu"), at=AT, opinion="同意"
    )
    Person.objects.filter(pk=wu.pk).update(organisation=cast.bureau)
    given(cast, by="zhou", to="wu", role="approver")
    with pytest.raises(NotYours, match="由你办理"):
        operations.approve(case, actor=cast.actor("wu"), at=AT)
    deputy = person(cast.bureau, "lin", "林涛")
    RoleGrant.objects.create(person=wu, role="approver", valid_from=DAY)
    given(cast, by="wu", to="lin", role="approver")
    with pytest.raises(NotYours, match="由吴倩办理"):  # who recommended is behind the one who would approve
        operations.approve(case, actor=cast.actor("lin"), at=AT)
    event = operations.approve(case, actor=actor_for(person=zhou, at=AT), at=AT)
    assert event is not None
    assert deputy.organisation == cast.bureau


def test_what_a_deputy_did_is_its_principals_too(cast: Cast) -> None:
    case = ready(cast)
    operations.take(case, "submit", actor=cast.actor("luo"), at=AT)
    operations.take(case, "accept", actor=cast.actor("wu"), at=AT)
    zhou = cast.person("zhou")
    wu = cast.actor("wu")
    for_zhou = Actor(
        wu.person_id, wu.person_name, wu.organisation_id, wu.organisation_name, wu.kind,
        roles=frozenset(), jurisdiction_id=wu.jurisdiction_id,
        mandates=(Mandate("reviewer", zhou.pk, zhou.name, frozenset({"application"})),),
    )  # fmt: skip
    operations.recommend(case, grants=grants(case), contract=cast.contract, actor=for_zhou, at=AT, opinion="同意")
    with pytest.raises(NotYours, match="由吴倩（受周明授权）办理"):
        operations.approve(case, actor=cast.actor("zhou"), at=AT)


def test_a_long_name_still_fits_the_record() -> None:
    actor = Actor(1, "甲" * 40, 1, "", "user_unit", frozenset({"head"}), mandates=(Mandate("head", 2, "乙" * 40),))
    assert len(actor.named("head")) <= 40
    assert actor.named("handler") == "甲" * 40


def test_all_turns_of_one_person_become_anothers_on_the_day(cast: Cast) -> None:
    case = ready(cast)
    person(cast.education, "liu", "刘洋")
    given(cast)
    RoleGrant.objects.create(person=cast.person("luo"), role="security", valid_from=DAY + 9 * ONE)
    day = DAY + 5 * ONE
    made = hand_over(leaving="luo", taking="liu", on=day, ground="任免〔2026〕8号", actor=cast.actor("luo"), at=AT)
    assert {(row.role, row.valid_from) for row in made} == {("head", day), ("security", DAY + 9 * ONE)}
    held = {who: [on(cast, who, d).has("head") for d in (day - ONE, day)] for who in ("luo", "liu", "chen")}
    assert held == {"luo": [True, False], "liu": [False, True], "chen": [True, False]}
    assert roles_of(person=cast.person("luo"), on=DAY + 9 * ONE) == frozenset()
    assert owed_by(actor=on(cast, "liu", day)).filter(case=case, step="submit").exists()
    with pytest.raises(NotYours):
        operations.take(case, "submit", actor=on(cast, "luo", day), at=moment(f"{day} 12:00"))
    operations.take(case, "submit", actor=on(cast, "liu", day), at=moment(f"{day} 12:00"))


def test_who_may_not_hand_over_what(cast: Cast) -> None:
    def moved(by: str, leaving: str, taking: str, day: date = DAY, ground: str = "任免") -> Any:
        return hand_over(leaving=leaving, taking=taking, on=day, ground=ground, actor=cast.actor(by), at=AT)

    given(cast)
    for by in ("chen", "ma"):  # a deputy of the head, and a head of a unit below
        with pytest.raises(NotYours):
            moved(by, "luo", "chen")
    for leaving, taking, words in (
        ("luo", "he", "本单位人员"), ("luo", "ma", "同一单位"), ("luo", "luo", "同一单位的另一位"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            moved("luo", leaving, taking)
    with pytest.raises(BadInput) as wrong:
        moved("luo", "luo", "chen", DAY - ONE, "")
    assert [p.where for p in wrong.value.problems] == ["自", "依据"]
    assert [row.role for row in moved("luo", "chen", "luo")] == ["handler"]  # at once: today
    assert not cast.actor("chen").roles
    with pytest.raises(BadInput, match="没有可以移交的角色"):
        moved("luo", "chen", "luo")


def test_the_page_and_the_interface_do_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    page = Client()

    def get(who: str, path: str) -> Any:
        page.force_login(cast.person(who))
        return page.get(path)

    fields = {"deputy": "chen", "role": "head", "valid_from": f"{DAY}", "valid_to": f"{DAY + ONE}", "ground": "授权书"}
    assert get("chen", "/delegations/new").status_code == 403
    assert get("luo", "/delegations/new").status_code == 200
    assert page.post("/delegations/new", fields | {"valid_to": f"{DAY}"}).status_code == 422
    assert page.post("/delegations/new", fields | {"kinds": ["application"]}).status_code == 302
    text = get("chen", "/delegations").content.decode()
    assert "罗建华" in text
    assert "服务申请" in text
    assert "有效" in text
    assert "负责人（受罗建华授权）" in get("chen", "/").content.decode()
    row = RoleGrant.objects.get(on_behalf_of__isnull=False)
    assert page.post("/delegations", {"delegation": "9" * 30}).status_code == 404
    assert page.post("/delegations", {"delegation": row.pk}).status_code == 302
    assert "已撤销" in get("luo", "/delegations").content.decode()

    def call(who: str, path: str, body: dict[str, Any] | None = None) -> Any:
        token = issue_token(person=cast.person(who), label="测试", valid_to=date(2199, 1, 1), at=AT)
        headers = {"Authorization": f"Bearer {token}"}
        if body is None:
            return Client().get(f"/api{path}", headers=headers)
        return Client().post(f"/api{path}", json.dumps(body), content_type="application/json", headers=headers)

    assert call("chen", "/delegations", fields).status_code == 403
    made = call("luo", "/delegations", fields).json()
    assert (made["deputy"], made["principal"], made["kinds"]) == ("chen", "luo", [])
    assert call("he", "/delegations").json() == []
    assert call("he", f"/delegations/{made['id']}/end", {}).status_code == 404
    assert call("luo", f"/delegations/{made['id']}/end", {}).json()["revoked_at"]
    moved = call("luo", "/handovers", {"leaving": "chen", "taking": "luo", "on": f"{DAY}", "ground": "任免"})
    assert [(row["person"], row["role"]) for row in moved.json()] == [("luo", "handler")]
    assert get("luo", "/delegations/hand-over").status_code == 200
    assert call("luo", "/handovers", {"leaving": "chen"}).status_code == 422
