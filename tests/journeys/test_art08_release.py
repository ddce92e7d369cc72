"""Article 8: a system goes live when every condition is met, and stays so while they are; nobody can waive one."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from django.test import Client

from tests.cast import Cast, moment
from tests.journeys import releasing as r
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.services.models import Assessment, Heartbeat, Release, Service
from yunheng.domain.services.models.release import pending_claims
from yunheng.domain.services.release import operations as do
from yunheng.domain.services.release.heartbeats import Beat, hear
from yunheng.domain.services.release.queries import assessments
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Refused
from yunheng.foundation.workflow.models import Case, Event
from yunheng.foundation.workflow.operations import advance
from yunheng.foundation.workflow.reminders import remind
from yunheng.law.ch2_use.art08_machine import RELEASE

AT, DAY, ONE = r.AT, r.DAY, timedelta(days=1)


def carried(cast: Cast, case: Case, step: str) -> dict[str, Any]:
    if step == "claim_not_required":
        return {"what": "software", "ground": "合同未要求"}
    if step in ("confirm_not_required", "refuse_not_required"):
        return {"claims": [f"{row.pk}" for row in pending_claims(case)]}
    return {}


CLAIMED = {
    (step, source): lambda cast, make=make: r.claiming(cast, make(cast))
    for step in ("confirm_not_required", "refuse_not_required")
    for source, make in (("preparing", r.preparing), ("released", r.released), ("amber", r.amber))
}


class TestArticle8(ProcedureTests):
    recipes: ClassVar[Recipes] = Recipes(
        RELEASE, AT,
        reached={
            "preparing": r.preparing, "gated": r.gated, "released": r.released, "amber": r.amber, "held": r.held,
            "retired": lambda cast: r.ended(cast, "retire"), "withdrawn": lambda cast: r.ended(cast, "withdraw"),
        },
        carried=carried,
        ready=CLAIMED | {
            ("gate", "preparing"): lambda cast: r.heard(r.proved(cast)),
            ("reopen", "gated"): lambda cast: r.silent(r.gated(cast)),
            ("degrade", "released"): lambda cast: r.silent(r.released(cast)),
            ("foresee", "released"): r.near,
            ("renew", "released"): r.renewing,
            ("restore", "amber"): lambda cast: r.heard(r.amber(cast)),
        },
        by_clock={
            "adopt": lambda case, at: advance(case, "adopt", actor=do.CLOCK, at=at),
            **{step: lambda case, at: do.evaluate(case, at=at) for step in ("gate", "reopen", "degrade", "foresee")},
        },
    )  # fmt: skip


pytestmark = pytest.mark.django_db


def owed(case: Release) -> set[tuple[str, str]]:
    return {(o.step, o.holder.short_name) for o in case.obligations.filter(closed_at=None)}


def steps(case: Release) -> list[str]:
    return list(Event.objects.filter(case_id=case.pk).order_by("sequence").values_list("step", flat=True))


def test_the_gate_opens_with_the_last_piece_of_evidence_and_the_head_releases(cast: Cast) -> None:
    case = r.proved(cast)
    assert (case.state, owed(case)) == ("preparing", {("check", "市教育局")})
    with pytest.raises(Refused, match="没有上报过"):
        do.judged(case, "gate", actor=do.CLOCK, at=AT)
    do.check(case, actor=cast.actor("chen"), at=AT)
    assert case.state == "preparing"
    assert r.beat(cast) == 1
    case.refresh_from_db()
    assert (case.state, owed(case)) == ("gated", {("release", "市教育局")})
    r.silent(case)
    with pytest.raises(Refused, match="超过24小时未上报"):  # judged again when it is taken
        do.judged(case, "release", actor=cast.actor("luo"), at=AT)
    r.heard(case)
    do.judged(case, "release", actor=cast.actor("luo"), at=AT)
    assert steps(case) == ["check", "gate", "release"]
    stored = case.events.get(step="release").found[0]
    assert (stored.rule, len(stored.rows)) == ("releasable", 6)
    told = {(n.organisation.kind, n.subject) for n in case.notices.all() if n.subject.startswith("对外发布")}
    assert {kind for kind, _ in told} == {"centre", "provider"}


def test_a_plugin_that_falls_silent_makes_amber_and_is_back_when_heard(cast: Cast) -> None:
    case = r.released(cast)
    for seconds, state in ((-1, "released"), (0, "released"), (1, "amber")):
        do.evaluate(case, at=AT + timedelta(hours=24, seconds=seconds))
        assert case.state == state
    assert owed(case) == {("restore", "市教育局")}
    event = case.events.get(step="degrade")
    assert event.opinion.startswith("发布条件不再满足")
    later = AT + timedelta(hours=30)
    r.beat(cast, heard_at=later)
    case.refresh_from_db()
    assert (case.state, owed(case)) == ("released", set())
    assert case.events.get(step="restore").actor_name == "系统"


def test_an_expiry_is_foreseen_reminded_of_and_renewed_in_time_or_makes_amber(cast: Cast) -> None:
    case = r.released(cast)
    last = date(2027, 5, 9)  # a year after the assessment of level 3
    for days, told in ((91, False), (90, True)):
        noon = moment(f"{last - days * ONE} 12:00")
        Heartbeat.objects.update(heard_at=noon)
        do.evaluate(case, at=noon)
        assert (owed(case) == {("renew", "市教育局")}) is told
    duty = case.obligations.get(closed_at=None)
    assert duty.due_on == last
    for days in (60, 30, 7):
        remind(at=moment(f"{last - (days + 1) * ONE} 12:00"))
        before = case.notices.count()
        remind(at=moment(f"{last - days * ONE} 12:00"))
        assert case.notices.count() == before + 1, days
    day = last - 5 * ONE
    noon = moment(f"{day} 12:00")
    Heartbeat.objects.update(heard_at=noon)
    r.record(cast, case, "mlps", on=day, at=noon)
    assert owed(case) == {("renew", "市教育局")}  # the other one of the same day is still to come
    r.record(cast, case, "crypto", on=day, at=noon)
    assert (case.state, owed(case)) == ("released", set())
    assert (case.renew_by, steps(case)[-2:]) == (None, ["foresee", "renew"])


@pytest.mark.parametrize(("days", "state"), [(-1, "released"), (0, "released"), (1, "amber")])
def test_a_conclusion_ends_with_its_last_day(cast: Cast, days: int, state: str) -> None:
    case = r.released(cast)
    noon = moment(f"{date(2027, 5, 9) + days * ONE} 12:00")
    Heartbeat.objects.update(heard_at=noon)
    do.evaluate(case, at=noon)
    assert case.state == state


def test_not_required_is_a_result_that_the_centre_confirms(cast: Cast) -> None:
    case = r.preparing(cast)
    luo, wu = cast.actor("luo"), cast.actor("wu")
    with pytest.raises(Refused, match="等保3级的系统须做密码测评"):
        do.claim_not_required(case, what="crypto", ground="无", actor=luo, at=AT)
    assert not Assessment.objects.exists()
    r.claiming(cast, case)
    assert ("confirm_not_required", "市大数据应用服务中心") in owed(case)
    kinds = {one.kind: one.state for one in do.conditions_of(case, at=AT)}
    assert kinds["software"] == "red"
    claim = pending_claims(case).get()
    do.answer_claims(case, "refuse_not_required", claims=[f"{claim.pk}"], opinion="合同有要求", actor=wu, at=AT)
    assert ("confirm_not_required", "市大数据应用服务中心") not in owed(case)
    r.claiming(cast, case)
    with pytest.raises(BadInput, match="选择待确认的项目"):
        do.answer_claims(case, "confirm_not_required", claims=[f"{claim.pk}"], actor=wu, at=AT)
    again = pending_claims(case).get()
    do.answer_claims(case, "confirm_not_required", claims=[f"{again.pk}"], actor=wu, at=AT)
    kinds = {one.kind: one.state for one in do.conditions_of(case, at=AT)}
    assert kinds["software"] == "none"


def test_the_register_shows_of_each_system_and_kind_what_counts_and_until_when(cast: Cast) -> None:
    case, luo = r.proved(cast), cast.actor("luo")

    def standings(on: date) -> dict[str, str]:
        return dict(assessments(actor=luo, on=on).values_list("kind", "standing"))

    last = date(2027, 5, 9)
    assert standings(last - 91 * ONE) == dict.fromkeys(r.GOOD, "valid")
    assert [standings(last - n * ONE)["mlps"] for n in (90, 0, -1)] == ["near", "near", "expired"]
    Assessment.objects.filter(kind="software").delete()
    r.claiming(cast, case)
    assert standings(r.DAY)["software"] == "claimed"
    r.record(cast, case, "software")
    assert standings(r.DAY)["software"] == "valid"
    assert not assessments(actor=cast.actor("he"), on=r.DAY).exists()
    for who, report in (("luo", True), ("wu", True), ("sun", False)):
        client = Client()
        client.force_login(cast.person(who))
        text = client.get("/assessments").content.decode()
        assert ("软件测评报告" in text, "等级保护测评" in text) == (report, True)


def test_what_a_case_lists_further_is_asked_for_as_well(cast: Cast) -> None:
    case = r.gated(cast)
    do.list_further(case, further=["penetration"], actor=cast.actor("chen"), at=AT)
    case.refresh_from_db()
    assert case.state == "preparing"
    assert [one.reason for one in do.conditions_of(case, at=AT) if one.state == "red"] == ["没有渗透测试的结论"]


def test_every_gap_of_a_result_is_named_at_once(cast: Cast) -> None:
    case = r.preparing(cast)
    with pytest.raises(BadInput) as wrong:
        do.record(
            case, kind="mlps", conclusion="passed", concluded_on=DAY + ONE, valid_until=DAY + 800 * ONE,
            actor=cast.actor("chen"), at=AT,
        )  # fmt: skip
    assert [p.where for p in wrong.value.problems] == ["结论", "结论日期", "有效期至（含）", "报告"]
    for kinds, none in (([], False), (["personal"], True)):
        with pytest.raises(BadInput, match="两者只选其一"):
            do.declare(case, classes=kinds, none=none, actor=cast.actor("chen"), at=AT)
    with pytest.raises(BadInput, match="写明怎样落实"):
        do.declare(case, classes=["personal"], masked=True, actor=cast.actor("chen"), at=AT)


def test_whoever_stops_a_release_lifts_it_or_the_centre_and_it_is_back_where_it_was(cast: Cast) -> None:
    case = r.amber(cast)
    advance(case, "hold", actor=cast.actor("wu"), at=AT, opinion="专项检查")
    assert owed(case) == {("unhold", "市大数据应用服务中心")}
    with pytest.raises(NotYours, match="由市大数据应用服务中心叫停"):
        do.unhold(case, actor=cast.actor("sun"), at=AT, opinion="已处理")
    do.evaluate(r.heard(case), at=AT)
    assert case.state == "held"  # the clock does not move what a person stopped
    do.unhold(case, actor=cast.actor("wu"), at=AT, opinion="检查结束")
    case.refresh_from_db()
    assert (case.state, steps(case)[-2:]) == ("released", ["unhold", "restore"])


def test_one_open_release_of_a_system_and_another_once_it_is_retired(cast: Cast) -> None:
    case = r.preparing(cast)
    with pytest.raises(BadInput, match=case.number):
        do.prepare(system="JY-001", actor=cast.actor("chen"), at=AT)
    with pytest.raises(NotFound):
        do.prepare(system="JY-001", actor=cast.actor("he"), at=AT)
    assert do.retire(cast.system, at=AT) is not None
    assert do.retire(cast.system, at=AT) is None
    assert do.prepare(system="JY-001", actor=cast.actor("chen"), at=AT).number != case.number


def test_a_system_from_before_the_platform_starts_amber(cast: Cast) -> None:
    r.preparing(cast)
    do.retire(cast.system, at=AT)
    case = do.start_amber(cast.system, actor=cast.actor("zhou"), at=AT)
    assert (case.state, owed(case)) == ("amber", {("restore", "市教育局")})
    for kind in r.GOOD:
        r.record(cast, case, kind)
    r.beat(cast)
    do.declare(case, classes=[], none=True, actor=cast.actor("luo"), at=AT)
    case.refresh_from_db()
    assert (case.state, case.events.get(step="restore").actor_name) == ("released", "罗建华")


def test_heartbeats_over_the_interface_are_all_kept_or_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    case = r.proved(cast)
    Service.objects.filter(pk=r.compute().pk).update(instances="i-1 10.0.0.1\ni-2 10.0.0.2")
    number = r.compute().number

    def post(username: str, body: object) -> Any:
        token = issue_token(person=cast.person(username), label="测试", valid_to=date(2199, 1, 1), at=AT)
        return Client().post(
            "/api/heartbeats", json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def one(instance: str, at: str | None = None, service: str = number) -> dict[str, Any]:
        return {"service": service, "instance": instance, "version": "2.1", **({"at": at} if at else {})}

    assert post("luo", one("i-1")).status_code == 403
    wrong = post("sun", [one("i-1"), one("i 2"), one("i-3", "2026-05-09T10:00:01+08:00"), one("i-4", None, "S-9")])
    assert [p["where"] for p in wrong.json()["problems"]] == ["第 2 条", "第 3 条", "第 4 条"]
    assert not Heartbeat.objects.exists()
    assert post("sun", one("i-1")).json() == {"heard": 1}
    assert post("sun", [one("i-1", "2026-05-09T09:00:00")]).json() == {"heard": 0}  # local time, older than known
    case.refresh_from_db()
    assert case.state == "preparing"  # the second instance has not been heard
    assert post("sun", [one("i-2"), one("i-2")]).json() == {"heard": 1}
    case.refresh_from_db()
    assert case.state == "gated"
    with pytest.raises(BadInput, match="超过 5000 条"):
        hear(beats=[Beat("", number, "i-1", "", AT)] * 5001, actor=cast.actor("sun"), at=AT)


def test_the_page_shows_every_condition_and_the_reports_to_those_who_may_read_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    case = r.proved(cast)
    r.record(cast, case, "mlps")
    r.claiming(cast, case)

    def get(username: str, path: str) -> Any:
        client = Client()
        client.force_login(cast.person(username))
        return client.get(path)

    page, row = f"/cases/{case.number}", Assessment.objects.filter(kind="mlps").latest("pk")
    texts = {who: get(who, page).content.decode() for who in ("chen", "wu", "sun", "zhou")}
    for text in texts.values():
        for word in ("系统测试", "等级保护测评", "云资源监控插件", "数据分类分级", "2027-05-09", "没有上报过"):
            assert word in text
    assert f"/cases/{case.number}/edits/mlps" in texts["chen"]
    assert "edits" not in texts["sun"]
    reports = {who: get(who, f"{page}/evidence/{row.pk}").status_code for who in ("chen", "wu", "zhou", "sun", "he")}
    assert reports == {"chen": 200, "wu": 200, "zhou": 200, "sun": 404, "he": 404}
    assert case.number in get("chen", "/systems/JY-001").content.decode()
    token = issue_token(person=cast.person("chen"), label="测试", valid_to=date(2199, 1, 1), at=AT)
    answer = Client().get(f"/api{page}/conditions", headers={"Authorization": f"Bearer {token}"})
    assert [one["state"] for one in answer.json()] == ["green"] * 4 + ["red", "green"]


def test_evidence_comes_in_over_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    case, client = r.preparing(cast), Client()
    client.force_login(cast.person("chen"))
    assert client.get(f"/cases/{case.number}/edits/mlps").status_code == 200
    fields = {"conclusion": "good", "concluded_on": "2026-05-01", "attachment": SimpleUploadedFile("报告.pdf", r.PDF)}
    assert client.post(f"/cases/{case.number}/edits/mlps", fields).status_code == 302
    assert Assessment.objects.get().valid_until == date(2027, 5, 1)
    assert client.post(f"/cases/{case.number}/edits/data", {"none": "yes"}).status_code == 302
    form = client.get(f"/cases/{case.number}/edits/data").content.decode()
    assert form.count("checked") == 1  # what was declared last stands there
    client.force_login(cast.person("sun"))
    assert client.get(f"/cases/{case.number}/edits/mlps").status_code == 404
