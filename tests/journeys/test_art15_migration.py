"""Article 15, second paragraph: a migration is charged as its cause says, and its days are counted for both."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.test import Client

from tests.cast import Cast, in_service, moment
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.services import ledger
from yunheng.domain.services.migration import operations as do
from yunheng.domain.services.models import Migration, Move, Service
from yunheng.foundation.workflow.errors import BadInput, Refused
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.reminders import remind
from yunheng.interfaces.web.views import casework
from yunheng.law.ch3_funding.art15_migration import last_parallel_day
from yunheng.law.ch3_funding.art15_migration_machine import CITE, MIGRATION
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.period import Period

AT, OPENED = moment("2026-06-10 10:00"), date(2026, 6, 1)
D = Decimal


def nodes(cast: Cast, *, on: date = OPENED) -> tuple[Service, Service]:
    """Four hosts since 8 May, and the four that were opened for them on a day."""
    case = in_service(cast)
    old = Service.objects.get(sku="C-ECS-4C16G")
    new = ledger.enter(
        case=case, contract=cast.contract, sku=old.sku, name=old.name, measure="台", quantity=D(4), lane="covered",
        opened_on=on,
    )  # fmt: skip
    return old, new


def registered(cast: Cast, *, named: bool = True) -> Migration:
    old, new = nodes(cast)
    pairs = [(old.number, new.number if named else "")]
    return do.register(pairs=pairs, reason="机房更换", actor=cast.actor("sun", AT), at=AT)


def decided(cast: Cast) -> Migration:
    """Decided while the new node was still missing, so that it does not run yet."""
    case = registered(cast, named=False)
    do.decide_cause(case, cause="unit", actor=cast.actor("wu", AT), at=AT, opinion="业务系统重构")
    return case


def running(cast: Cast, cause: str = "unit") -> Migration:
    case = registered(cast)
    do.decide_cause(case, cause=cause, actor=cast.actor("wu", AT), at=AT, opinion="经核")
    case.refresh_from_db()
    return case


def contested(cast: Cast) -> Migration:
    case = decided(cast)
    do.contest(case, actor=cast.actor("luo", AT), at=AT, opinion="是平台升级")
    return case


def reported(cast: Cast, cause: str = "unit") -> Migration:
    from yunheng.foundation.workflow.operations import advance

    case = running(cast, cause)
    advance(case, "report_complete", actor=cast.actor("sun", AT), at=AT)
    return case


def confirmed(cast: Cast, cause: str = "unit", day: date = date(2026, 6, 9)) -> Migration:
    case = reported(cast, cause)
    do.confirm(case, day=day, actor=cast.actor("luo", AT), at=AT)
    return case


def ended(cast: Cast, how: str) -> Migration:
    if how == "released":
        case = confirmed(cast)
        do.release(case, day=AT.date(), actor=cast.actor("sun", AT), at=AT)
    elif how == "aborted":
        case = running(cast)
        do.abort(case, day=AT.date(), actor=cast.actor("luo", AT), at=AT, opinion="不再迁移")
    else:
        case = registered(cast)
        do.withdraw(case, actor=cast.actor("luo", AT), at=AT, opinion="暂缓")
    return case


def ready_to_run(cast: Cast) -> Migration:
    """Everything is there, and nobody has started the count."""
    case = decided(cast)
    new = Service.objects.get(opened_on=OPENED)
    case.pairs.update(target=new)
    return case


def carried(cast: Cast, case: Case, step: str) -> dict[str, Any]:
    if step in ("decide_cause", "decide_at_bureau"):
        return {"cause": "unit"}
    return {"day": AT.date().isoformat()} if step in ("confirm", "release", "abort") else {}


class TestArticle15Paragraph2(ProcedureTests):
    recipes: ClassVar[Recipes] = Recipes(
        MIGRATION, AT, ground=in_service,
        reached={
            "registered": registered, "cause_decided": decided, "contested": contested, "running": running,
            "reported": reported, "confirmed": confirmed, "released": lambda cast: ended(cast, "released"),
            "aborted": lambda cast: ended(cast, "aborted"), "withdrawn": lambda cast: ended(cast, "withdrawn"),
        },
        carried=carried,
        ready={
            ("decide_cause", "registered"): lambda cast: registered(cast, named=False),
            ("run", "cause_decided"): ready_to_run,
        },
        by_clock={"run": lambda case, at: do.run_due(at=at)},
    )  # fmt: skip


def sums(cast: Cast) -> dict[tuple[str, str, str], Decimal]:
    """What each node costs from May to the end of August, by payer and rule."""
    accrue(jurisdiction_id=cast.city.pk, period=Period(date(2026, 5, 1), date(2026, 9, 1)), at=AT)
    found: dict[tuple[str, str, str], Decimal] = {}
    for line in AccrualLine.objects.filter(sku="C-ECS-4C16G"):
        key = ("new" if line.service.opened_on == OPENED else "old", line.payer, line.rule)
        found[key] = found.get(key, D(0)) + line.amount
    return found


def cost(*days: int) -> Decimal:
    """Four hosts at 320 a month, so many days of each month, rounded month by month: 4 × 320 × 12 × d ÷ 365."""
    return sum(((D(4) * 320 * 12 * d / 365).quantize(D("0.01")) for d in days), D(0))


pytestmark = pytest.mark.django_db


def test_of_a_platform_migration_no_day_is_charged_twice(cast: Cast) -> None:
    confirmed(cast, "platform", day=date(2026, 6, 9))
    assert sums(cast) == {
        ("old", "fund", "art15.1"): cost(24, 8),  # 8 May to 8 June
        ("new", "fund", "art15.1"): cost(22, 31, 31),  # from 9 June
    }


def test_of_a_unit_migration_day_61_of_the_old_node_is_the_units(cast: Cast) -> None:
    running(cast)  # day 1 is 1 June, day 60 is 30 July, day 61 is 31 July
    assert sums(cast) == {
        ("old", "fund", "art15.1"): cost(24, 30, 30),
        ("old", "unit", "art15.2-parallel"): cost(1, 31),
        ("new", "fund", "art15.1"): cost(30, 31, 31),
    }
    assert last_parallel_day(OPENED, Parameters(OPENED)) == date(2026, 7, 30)


def test_the_old_node_ends_on_the_day_of_its_release_and_an_abandoned_migration_is_no_row(cast: Cast) -> None:
    ended(cast, "released")
    old = Service.objects.get(sku="C-ECS-4C16G", opened_on=date(2026, 5, 8))
    assert old.closed_on == date(2026, 6, 10)
    assert Move.objects.get().confirmed_on == date(2026, 6, 9)


def test_a_migration_that_is_given_up_leaves_no_pair_and_ends_the_new_node(cast: Cast) -> None:
    ended(cast, "aborted")
    assert not Move.objects.exists()
    assert Service.objects.get(opened_on=OPENED).closed_on == date(2026, 6, 10)


@pytest.mark.parametrize(
    ("day", "words"), [("2026-05-31", "早于新节点开通日"), ("2026-06-11", "晚于今天"), ("2026-06-01", "")]
)
def test_the_day_lies_between_the_opening_of_the_new_node_and_today(cast: Cast, day: str, words: str) -> None:
    case = reported(cast)
    act = {"day": date.fromisoformat(day), "actor": cast.actor("luo", AT), "at": AT}
    if words:
        with pytest.raises(Refused, match=words):
            do.confirm(case, **act)
    else:
        assert do.confirm(case, **act).to_state == "confirmed"


def test_pairs_that_cannot_be_are_all_named(cast: Cast) -> None:
    old, new = nodes(cast)
    disk = Service.objects.get(sku="S-DISK-SSD")
    for pairs, words in (
        ([], "至少写明一个老节点"),
        ([(old.number, old.number)], "不晚于老节点开通"),
        ([(old.number, disk.number)], "不晚于老节点开通"),
        ([(old.number, new.number), (disk.number, new.number)], "同一服务出现两次"),
        ([(old.number, "S-2026-9999")], "没有服务"),
    ):
        with pytest.raises(BadInput, match=words):
            do.register(pairs=pairs, reason="x", actor=cast.actor("luo", AT), at=AT)
    with pytest.raises(BadInput, match="没有服务"):
        do.register(pairs=[(old.number, "")], reason="x", actor=cast.actor("he", AT), at=AT)
    do.register(pairs=[(old.number, new.number)], reason="x", actor=cast.actor("luo", AT), at=AT)
    with pytest.raises(BadInput, match="正在系统迁移 QY-2026-0001 中办理"):
        do.register(pairs=[(old.number, "")], reason="x", actor=cast.actor("luo", AT), at=AT)


def test_what_waits_for_the_platform_alone_is_not_called_finished(cast: Cast) -> None:
    client, case = Client(), decided(cast)
    client.force_login(cast.person("luo"))
    assert "等待开始并行，条件具备后自动办理" in client.get(f"/cases/{case.number}").content.decode()
    do.contest(case, actor=cast.actor("luo", AT), at=AT, opinion="是平台升级")
    bar = casework.bar(case, list(case.events.order_by("-sequence")), list(case.obligations.filter(closed_at=None)))
    assert (bar.steps[0].label, bar.steps[0].note, bar.steps[0].place) == ("认定原因", "轮到市大数据局", "current")


def test_the_bureaus_word_on_the_cause_stands_and_moves_the_money(cast: Cast) -> None:
    case = running(cast, "unit")
    do.contest(case, actor=cast.actor("luo", AT), at=AT, opinion="是平台升级")
    do.decide_cause(
        case, cause="platform", actor=cast.actor("zhou", AT), at=AT, opinion="平台机房更换", step="decide_at_bureau"
    )
    case.refresh_from_db()
    assert (case.state, Move.objects.get().cause) == ("running", "platform")
    with pytest.raises(Refused, match="不能再提"):
        do.contest(case, actor=cast.actor("sun", AT), at=AT, opinion="再议")


def test_both_are_warned_on_day_45_and_day_55_once(cast: Cast) -> None:
    case = running(cast)
    owed = case.obligations.get(step="report_complete", closed_at=None)
    assert owed.received_on == OPENED
    told = [remind(at=moment("2026-06-01 10:00") + timedelta(days=days)) for days in (44, 45, 45, 54, 55, 70)]
    assert told == [0, 1, 0, 0, 1, 0]
    assert CITE.zh == "第十五条第二款"
