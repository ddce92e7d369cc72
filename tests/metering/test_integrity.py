"""Articles 8, 23, 24.1.4: a token that others use, values that stand still; the clock doubts, people decide (R-029)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.test_api import Caller
from tests.cast import Cast
from tests.journeys.procedures import ProcedureTests, Recipes
from tests.journeys.releasing import proved
from tests.metering.measured import ms
from tests.metering.test_silence import AT, LAST, MINUTE, enrolled, heard
from yunheng.domain.metering import operations as do
from yunheng.domain.metering.constant import stood_still, varies
from yunheng.domain.metering.integrity import look_at_tokens, look_at_values
from yunheng.domain.metering.models import Integrity, Sender
from yunheng.domain.services.models import Heartbeat, Release, Service
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.doors import take
from yunheng.foundation.workflow.errors import NotOpen, Refused
from yunheng.foundation.workflow.operations import advance
from yunheng.law.ch5_supervision.art24_integrity import INTEGRITY
from yunheng.law.kernel.parameters import Parameters

pytestmark = pytest.mark.django_db
HOST = "520100/S-2026-0001/i-1"
NOW = datetime.fromisoformat("2026-05-10T10:20:00+08:00")  # the last full hour that counts ends at 9:00
P = Parameters(NOW.date())


@pytest.fixture(autouse=True)
def _disk(settings: Any, tmp_path: Path) -> None:
    settings.METERING = tmp_path


def strange(sender: Sender, host: str, at: datetime, key: str = "") -> None:
    with pytest.raises(do.HostDiffers):
        do.bind(sender, host=host, key=key, at=at)


def doubted(cast: Cast) -> Integrity:
    """Heard from one host, and then another came with the token."""
    sender = enrolled(cast)
    heard(sender, LAST)
    do.bind(sender, host="h-1", at=LAST)
    strange(sender, "h-2", LAST)
    assert look_at_tokens(at=AT) == 1
    return Integrity.objects.get()


def taken(cast: Cast, *steps: tuple[str, str]) -> Integrity:
    case = doubted(cast)
    for step, who in steps:
        take(case, step, sent={"opinion": "理由"}, actor=cast.actor(who), at=AT)
    return Integrity.objects.get()


EXPLAINED = (("explain", "luo"),)
FOUND = (*EXPLAINED, ("confirm", "wu"))
REPORTED = (*FOUND, ("report_rectified", "luo"))


def late(cast: Cast) -> Integrity:
    doubted(cast)
    Integrity.objects.update(created_at=AT - timedelta(days=9))
    return Integrity.objects.get()


def mended(cast: Cast) -> Integrity:
    case = taken(cast, *REPORTED)
    do.revoke(sender=case.sender_id, actor=cast.actor("sun"), at=AT)
    return case


def closed(cast: Cast) -> Integrity:
    take(mended(cast), "confirm_rectified", sent={"opinion": "理由"}, actor=cast.actor("wu"), at=AT)
    return Integrity.objects.get()


class TestArticle24Integrity(ProcedureTests):
    recipes = Recipes(
        machine=INTEGRITY,
        at=AT,
        reached={
            "suspected": doubted,
            "explained": lambda cast: taken(cast, *EXPLAINED),
            "dismissed": lambda cast: taken(cast, *EXPLAINED, ("dismiss", "wu")),
            "to_rectify": lambda cast: taken(cast, *FOUND),
            "reported": lambda cast: taken(cast, *REPORTED),
            "closed": closed,
        },
        ready={("confirm", "suspected"): late, ("confirm_rectified", "reported"): mended},
        by_clock={"end": lambda case, at: advance(case, "end", actor=CLOCK, at=at)},
    )


def test_a_token_that_others_use_opens_one_case_and_everybody_concerned_is_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = enrolled(cast)
    do.bind(sender, host="h-1", key="ab" * 32, at=LAST)
    assert look_at_tokens(at=AT) == 0
    for host, key, minutes in (("h-2", "", 0), ("h-2", "", 1), ("h-1", "cd" * 32, 2), ("h-1", "cd" * 32, 3)):
        strange(sender, host, LAST + minutes * MINUTE, key)
    assert [look_at_tokens(at=AT) for _ in range(3)] == [1, 0, 0]
    case = Integrity.objects.get()
    seen = [(one["host"], one["key"], one["times"]) for one in case.evidence["strangers"]]
    assert (case.number, seen) == ("SZ-2026-0001", [("h-2", "", 2), ("h-1", "cd" * 32, 2)])
    told = Notice.objects.filter(case_id=case.pk, subject__startswith="监测数据待核查").values_list(
        "organisation", flat=True
    )
    assert set(told) == {cast.education.pk, cast.provider.pk, cast.centre.pk}
    for n in range(30):  # whoever has the token may name any host: what is remembered is bounded
        strange(sender, f"x-{n}", AT)
    assert sender.strangers.count() == do.STRANGERS_MOST
    assert look_at_tokens(at=AT) == 0
    advance(case, "dismiss", actor=cast.actor("wu"), at=AT, opinion="换机未报备")
    assert look_at_tokens(at=AT + MINUTE) == 1  # others came after it was looked at
    assert look_at_tokens(at=AT + MINUTE) == 0
    monkeypatch.setattr(timezone, "now", lambda: AT + MINUTE)
    client = Client()
    client.force_login(cast.person("luo"))
    text = client.get(f"/cases/{case.number}").content.decode()
    for words in ("同一令牌有其他主机或签名公钥使用", "主机 h-2", "共 2 次，均未接收", "公钥 " + "cd" * 32):
        assert words in text
    assert "数据失真核查：待说明" in client.get("/metering").content.decode()
    monkeypatch.undo()
    assert Caller(cast, "chen").get("/senders").json()[0]["doubts"] == ["SZ-2026-0002"]
    Service.objects.update(closed_on=AT.date())
    assert look_at_tokens(at=AT + MINUTE) == 1  # given back: the clock ends the case
    assert Integrity.objects.get(number="SZ-2026-0002").state == "closed"


def test_found_false_an_instance_counts_for_no_release_until_it_is_mended(cast: Cast) -> None:
    proved(cast)
    case = doubted(cast)

    def state() -> str:
        return Release.objects.get().state

    assert state() == "gated"  # a doubt alone changes nothing
    take(case, "explain", sent={"opinion": "理由"}, actor=cast.actor("luo"), at=LAST)
    take(case, "confirm", sent={"opinion": "理由"}, actor=cast.actor("wu"), at=LAST)
    assert (state(), Heartbeat.objects.get().doubted) == ("preparing", True)
    heard(case.sender, LAST + MINUTE)
    assert (state(), Heartbeat.objects.get().heard_at) == ("preparing", LAST + MINUTE)
    take(case, "report_rectified", sent={"opinion": "理由"}, actor=cast.actor("luo"), at=LAST)
    with pytest.raises(Refused, match="原令牌已停用"):
        take(case, "confirm_rectified", sent={"opinion": "理由"}, actor=cast.actor("wu"), at=LAST)
    do.revoke(sender=case.sender_id, actor=cast.actor("sun"), at=LAST)
    with pytest.raises(NotOpen):
        take(case, "confirm", sent={"opinion": "理由"}, actor=cast.actor("wu"), at=LAST)
    case = Integrity.objects.get()
    take(case, "confirm_rectified", sent={"opinion": "理由"}, actor=cast.actor("wu"), at=LAST + MINUTE)
    assert (state(), Heartbeat.objects.get().doubted) == ("gated", False)


def sent(*, first: str = "2026-05-09 08:00", hours: int = 26, each: int = 5, **kinds: Any) -> None:
    """Samples of a resource each so many minutes: the CPU seconds and bytes that an interval ``n`` adds."""
    lines: list[str] = []
    start = ms(first)
    for instance, (busy, traffic) in kinds.items():
        resource, idle, used, total = f"520100/S-2026-0001/{instance.replace('_', '-')}", 0.0, 0.0, 0.0
        for n in range(hours * 60 // each):
            at, load = start + n * each * 60_000, busy(n)
            if load is not None:
                used, idle = used + load, idle + each * 60 - load if load else idle
            total += traffic(n)
            for metric, part, value in (("cpu.seconds", "0/user", used), ("cpu.seconds", "0/idle", idle),
                                        ("network.total", "eth0/rx", total), ("up", "", 1.0)):  # fmt: skip
                if metric != "cpu.seconds" or load is not None:
                    lines.append(f"{resource}\t{metric}\t{part}\t{at}\t1\t{value!r}\n")
    do.journal.cache_clear()
    do.journal(do.store().root).append("".join(lines).encode())
    do.compact_all(at=NOW)


def test_values_that_stand_still_for_a_day_are_found_and_jitter_is_not(cast: Cast) -> None:
    still, none = (lambda n: 30.0), (lambda n: 0.0)
    sent(
        i_1=(still, lambda n: 6e5), frozen=(none, none),  # a replayed page: its counters never move
        idle=(lambda n: 0.3 + (n % 7 == 0) * 0.01, lambda n: 900.0 * (1 + (n % 5 == 0))),  # one tick now and then
        quiet=(still, lambda n: 6e5 + (n == 100)), steady=(lambda n: 30.0 + (n == 100), none),  # one of two moved once
        no_cpu=(lambda n: None, none),
    )  # fmt: skip
    sent(hours=20, short=(still, none))
    found = {one.resource.rpartition("/")[2]: one for one in stood_still(at=NOW, p=P)}
    assert set(found) == {"i-1", "frozen"}
    assert (found["i-1"].cpu, found["i-1"].network, found["frozen"].cpu) == (
        pytest.approx(10),
        pytest.approx(2000),
        None,
    )
    assert (len(found["i-1"].hours), found["i-1"].hours[0]["hour"]) == (48, "2026-05-09T01:00:00Z")
    assert varies(f"{HOST[:-3]}idle", on=NOW.date())
    assert not varies(HOST, on=NOW.date())
    assert not varies(f"{HOST[:-3]}nobody", on=NOW.date())
    enrolled(cast)
    assert [look_at_values(at=NOW) for _ in range(2)] == [1, 0]
    case = Integrity.objects.get()
    assert (case.ground, case.evidence["until"], len(case.evidence["hours"])) == (
        "constant",
        "2026-05-10T01:00:00+00:00",
        48,
    )
    advance(case, "dismiss", actor=cast.actor("wu"), at=NOW, opinion="专用测试机")
    assert look_at_values(at=NOW + timedelta(hours=1)) == 0  # somebody said that just these are its own


@pytest.mark.parametrize(("each", "hours", "found"), [(5, 25, 1), (5, 24, 0), (6, 26, 0)])
def test_the_hours_are_whole_and_full_enough(each: int, hours: int, found: int) -> None:
    """24 hours from 9:00 to 9:00, at least 12 samples in each; the first rate needs the sample before."""
    sent(each=each, hours=hours, first="2026-05-09 08:00", i_1=(lambda n: 30.0, lambda n: 6e5))
    assert len(stood_still(at=NOW, p=P)) == found
