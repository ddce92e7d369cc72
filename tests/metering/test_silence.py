"""Articles 8 and 24.1.4: a plug-in falls silent; the clock suspects, people decide, and data that come later clear it."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client
from yunheng_agent import identity

from tests.cast import Cast, moment
from tests.journeys.procedures import ProcedureTests, Recipes
from tests.journeys.releasing import preparing
from yunheng.domain.metering import operations as do
from yunheng.domain.metering.models import Sender, Uninstall
from yunheng.domain.metering.samples import Batch, Key
from yunheng.domain.metering.silence import how, watch
from yunheng.domain.services.models import InventoryRow, InventoryRun, Service
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.operations import advance
from yunheng.interfaces.api import ingest
from yunheng.law.ch5_supervision.art24_uninstall import UNINSTALL

pytestmark = pytest.mark.django_db
LAST = moment("2026-05-11 10:00")
AT = LAST + timedelta(hours=24)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _disk(settings: Any, tmp_path: Path) -> None:
    settings.METERING = tmp_path


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def heard(sender: Sender, at: datetime, *, first: datetime | None = None, booted: int = 1, started: int = 1) -> None:
    """The plug-in sends at ``at`` what it has from ``first`` on; machine and agent started those minutes before LAST."""
    batch = Batch(sender.resource, booted=(LAST - booted * MINUTE).timestamp(), started=ms(LAST - started * MINUTE))
    for when in {first or at, at}:
        batch.add(Key("up"), ms(when), 1.0)
    sender.refresh_from_db()
    do.receive(sender, batch=batch, version="1", at=at)
    sender.refresh_from_db()


def enrolled(cast: Cast, instance: str = "i-1") -> Sender:
    if not Service.objects.exists():
        preparing(cast)
    return do.enrol(service="S-2026-0001", instance=instance, actor=cast.actor("sun"), at=LAST)[0]


def suspected(cast: Cast) -> Uninstall:
    """Heard at LAST, and a day later not."""
    sender = enrolled(cast)
    heard(sender, LAST)
    assert watch(at=AT) == 1
    return Uninstall.objects.get()


def taken(cast: Cast, *steps: tuple[str, str]) -> Uninstall:
    case = suspected(cast)
    for step, who in steps:
        if step == "confirm_rectified":
            heard(case.sender, AT)
        advance(case, step, actor=cast.actor(who), at=AT, opinion="理由")
    return case


EXPLAINED = (("explain", "luo"),)
FOUND = (*EXPLAINED, ("confirm", "wu"))
REPORTED = (*FOUND, ("report_rectified", "luo"))


def back(cast: Cast) -> Uninstall:
    case = taken(cast, *REPORTED)
    heard(case.sender, AT)
    return Uninstall.objects.get()


class TestArticle24Uninstall(ProcedureTests):
    recipes = Recipes(
        machine=UNINSTALL,
        at=AT,
        reached={
            "suspected": suspected,
            "explained": lambda cast: taken(cast, *EXPLAINED),
            "to_rectify": lambda cast: taken(cast, *FOUND),
            "reported": lambda cast: taken(cast, *REPORTED),
            "closed": lambda cast: taken(cast, *EXPLAINED, ("accept", "wu")),
        },
        ready={
            ("confirm_rectified", "reported"): back,
            ("confirm", "suspected"): lambda cast: late(cast),
        },
        by_clock={"recover": lambda case, at: advance(case, "recover", actor=CLOCK, at=at)},
    )


def late(cast: Cast) -> Uninstall:
    """Suspected so long ago that the unit had its days."""
    case = suspected(cast)
    Uninstall.objects.update(created_at=AT - timedelta(days=9))
    return Uninstall.objects.get(pk=case.pk)


def test_one_silence_is_one_case_and_the_unit_is_told(cast: Cast) -> None:
    sender = enrolled(cast)
    heard(sender, LAST)
    assert watch(at=AT - MINUTE) == 0
    assert (watch(at=AT), watch(at=AT)) == (1, 0)
    case = Uninstall.objects.get()
    assert (case.state, case.unit, case.created_by) == ("suspected", cast.education, None)
    assert Notice.objects.filter(organisation=cast.education, subject__startswith="监控插件停报待说明").count() == 1
    advance(case, "accept", actor=cast.actor("wu"), at=AT, opinion="机房检修")
    assert watch(at=AT + timedelta(days=3)) == 0  # it has been looked at


def test_never_heard_stopped_suspended_ended_or_revoked_is_no_suspicion(cast: Cast) -> None:
    sender = enrolled(cast)
    assert (how(sender, at=AT), watch(at=AT)) == ("never", 0)
    heard(sender, LAST)
    run = InventoryRun.objects.create(
        jurisdiction=cast.city, provider=cast.provider, number="QD-1", source="sheet", as_of=AT.date(), taken_at=AT,
        rows_count=1, digest="x",
    )  # fmt: skip
    row = InventoryRow.objects.create(run=run, no=1, instance="i-1", power="stopped")
    assert watch(at=AT) == 0
    InventoryRow.objects.filter(pk=row.pk).update(power="running")
    Service.objects.update(closed_on=AT.date())
    assert watch(at=AT) == 0
    Service.objects.update(closed_on=None)
    assert watch(at=AT) == 1
    Service.objects.update(closed_on=AT.date())
    assert watch(at=AT) == 1  # given back: the clock closes it
    assert Uninstall.objects.get().state == "closed"


def test_an_outage_of_many_opens_no_case(cast: Cast) -> None:
    for n in range(4):
        heard(enrolled(cast, f"i-{n}"), LAST + n * MINUTE)
    assert watch(at=AT + timedelta(hours=1)) == 0
    alone = Sender.objects.get(instance="i-3")
    heard(alone, LAST + timedelta(hours=2))
    assert watch(at=AT + timedelta(hours=2)) == 1
    assert Uninstall.objects.get().sender == alone


def test_a_gap_that_is_filled_closes_the_case_and_one_that_is_not_is_evidence(cast: Cast) -> None:
    case = suspected(cast)
    heard(case.sender, AT + MINUTE, booted=1, started=-1440)  # the agent began anew, the machine did not
    silence = case.silence
    assert silence is not None
    assert (silence.shown, watch(at=AT + MINUTE)) == ("stopped", 0)
    heard(case.sender, AT + 2 * MINUTE, first=LAST + 6 * MINUTE)  # a minute too late to be all of it
    assert case.silence.shown == "stopped"  # type: ignore[union-attr]
    heard(case.sender, AT + 3 * MINUTE, first=LAST + 5 * MINUTE)
    assert case.silence.shown == "network"  # type: ignore[union-attr]
    assert watch(at=AT + 4 * MINUTE) == 1
    case.refresh_from_db()
    assert case.state == "closed"


def test_the_goodbye_stands_in_the_evidence_and_on_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = enrolled(cast)
    do.revoke(sender=sender.pk, actor=cast.actor("sun"), at=LAST)
    sender, token = do.enrol(service="S-2026-0001", instance="i-1", actor=cast.actor("sun"), at=LAST)
    heard(sender, LAST)
    monkeypatch.setattr(ingest.timezone, "now", lambda: LAST)

    def says(body: str, key: str = token) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return Client().generic("POST", "/v1/goodbye", body, headers=headers).status_code

    assert [says("{}"), says("nothing"), says('{"reason": "x"}', "yhs_no"), says('{"reason": "维护"}')] == [
        400,
        400,
        401,
        204,
    ]
    watch(at=AT)
    monkeypatch.setattr(ingest.timezone, "now", lambda: AT)
    client = Client()
    client.force_login(cast.person("luo"))
    case = Uninstall.objects.get()
    text = client.get(f"/cases/{case.number}").content.decode()
    assert "2026-05-11 10:00 维护（未签名）" in text
    assert "疑似卸载" in client.get("/metering").content.decode()
    client.force_login(cast.person("he"))
    assert client.get(f"/cases/{case.number}").status_code == 404


def test_a_signed_goodbye_convinces_a_third_person_and_comes_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    preparing(cast)
    sender, token = do.enrol(service="S-2026-0001", instance="i-1", actor=cast.actor("sun"), at=LAST)
    heard(sender, LAST)
    do.bind(sender, host="h-1", at=LAST)
    key, says = identity.key_in(tmp_path / "key"), Client()
    body = identity.signed("维护", token=token, host="h-1", key=key, at=LAST)

    def answered(at: datetime = LAST, **changed: str) -> int:
        monkeypatch.setattr(ingest.timezone, "now", lambda: at)
        sent = {name: value for name, value in {**body, **changed}.items() if value}
        return says.generic(
            "POST", "/v1/goodbye", json.dumps(sent), headers={"Authorization": f"Bearer {token}"}
        ).status_code

    assert [answered(signature=""), answered(reason="\ud800"), answered(reason="x" * 201)] == [400, 400, 400]
    for changed in ({"reason": "迁移"}, {"moment": "2026-05-12T10:00:00+08:00"}, {"host": "h-2"}, {"key": "00" * 32}):
        assert answered(**changed) == 403, changed
        sender.refresh_from_db()
        assert (sender.key, sender.stopping_at) == ("", None)  # an unproved key is not bound, its word not taken
    sender.goodbyes.all().delete()
    assert [answered(), answered(at=AT)] == [204, 204]  # the second is a replay
    sender.refresh_from_db()
    assert (sender.key, sender.stopping_at, sender.goodbyes.count()) == (identity.public(key), LAST, 1)
    again = identity.signed("停用", token=token, host="h-2", key=key, at=LAST)
    assert answered(**again) == 403  # well signed, by another host
    watch(at=AT)
    case = Uninstall.objects.get()
    other, one = case.evidence["goodbyes"]
    assert (one["verdict"], other["verdict"]) == ("verified", "mismatch")
    kept = Ed25519PublicKey.from_public_bytes(bytes.fromhex(one["key"]))
    kept.verify(base64.b64decode(one["signature"]), one["said"].encode())  # by whoever has the case alone
    monkeypatch.setattr(ingest.timezone, "now", lambda: AT)
    says.force_login(cast.person("luo"))
    text = says.get(f"/cases/{case.number}").content.decode()
    for words in ("维护（签名核验通过）", "停用（签名不符）", one["key"]):
        assert words in text
    listed = says.get("/metering").content.decode()
    assert "有签名公钥" in listed
    assert "插件告知停止：停用（签名不符）" in listed
