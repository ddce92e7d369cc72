"""Articles 9, 11, 15: what a plan would cost is what the plan will cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from tests.api.test_api import Caller
from tests.cast import Cast, moment, serving
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.billing.preview import Plan, preview
from yunheng.domain.services.models import Condition, Move, Service
from yunheng.foundation.workflow.errors import BadInput, Refusal
from yunheng.law.kernel.period import Period

pytestmark = pytest.mark.django_db
D = Decimal
START = date(2026, 7, 1)
YEAR = Period(START, date(2027, 7, 1))


@pytest.fixture
def host(cast: Cast) -> Service:
    """Four hosts at 320 a month since 8 May 2026; the contract runs to the middle of 2028."""
    serving(cast)
    cast.contract.ends_on = date(2028, 7, 1)
    cast.contract.save()
    return Service.objects.select_related("contract").get(sku="C-ECS-4C16G")


def accrued(service: Service) -> Decimal:
    """What the accrual of the same twelve months really stores for a service."""
    accrue(jurisdiction_id=service.jurisdiction_id, period=YEAR, at=moment("2027-08-01 09:00"))
    return sum((line.amount for line in AccrualLine.objects.filter(service=service)), D("0.00"))


def test_a_change_costs_what_it_will_cost(host: Service) -> None:
    year, rest = preview(host, Plan("change", START, quantity=D(6)))
    assert (year.period, rest.period.end) == (YEAR, date(2028, 7, 1))
    assert year.before.all == accrued(host)
    Condition.objects.create(service=host, on=START, kind="quantity", value="6")
    assert year.after.all == accrued(host)
    assert year.difference == year.after.all - year.before.all
    assert year.after.all == D("23039.99")  # 6 × 320 × 12 by the days of its months, each rounded


def test_a_change_of_product_and_one_of_the_same_day_before(host: Service) -> None:
    Condition.objects.create(service=host, on=START, kind="quantity", value="9")
    year, _ = preview(host, Plan("change", START, quantity=D(2), sku="N-BW"))
    assert year.before.all > D(34000)
    host.conditions.all().delete()
    Condition.objects.create(service=host, on=START, kind="quantity", value="2")
    Condition.objects.create(service=host, on=START, kind="sku", value="N-BW")
    assert year.after.all == accrued(host)


def test_an_exit_costs_nothing_more(host: Service) -> None:
    year, rest = preview(host, Plan("exit", START))
    assert (year.after.all, rest.after.all) == (D(0), D(0))
    assert year.difference == -accrued(host)


@pytest.mark.parametrize(("cause", "payer"), [("platform", "fund"), ("unit", "unit")])
def test_a_migration_costs_what_it_will_cost(host: Service, cause: str, payer: str) -> None:
    """Done after 92 days: caused by the platform never twice; by the unit twice for 60 days, then the unit pays the old."""
    done = date(2026, 10, 1)
    year, _ = preview(host, Plan("migration", START, cause=cause, confirmed_on=done))  # type: ignore[arg-type]
    new = Service.objects.create(
        jurisdiction=host.jurisdiction, number="S-2026-0099", unit=host.unit, system=host.system, contract=host.contract,
        sku=host.sku, name=host.name, quantity=host.quantity, lane="covered", opened_on=START,
    )  # fmt: skip
    Move.objects.create(source=host, target=new, cause=cause, confirmed_on=done)
    Service.objects.filter(pk=host.pk).update(closed_on=done)
    assert year.after.all == accrued(host) + accrued(new)
    assert (year.after.unit > 0) == (payer == "unit")
    assert (year.difference > 0) == (cause == "unit")


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (Plan("change", START), "变更须写明新的数量或目录编码"),
        (Plan("change", date(2026, 5, 7), quantity=D(1)), "不在服务期间内"),
        (Plan("change", date(2028, 7, 1), quantity=D(1)), "不在合同HT-2026-01的服务期内"),
        (Plan("change", START, quantity=D(-1)), "不能小于0"),
        (Plan("change", START, sku="X-9"), "没有“X-9”的价格"),
        (Plan("migration", START, confirmed_on=date(2026, 6, 30)), "不能早于新节点开通的日期"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(host: Service, plan: Plan, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        preview(host, plan)


def test_without_a_price_there_is_no_preview(host: Service) -> None:
    host.contract.prices.filter(sku="N-BW").update(valid_to=date(2026, 9, 1))
    with pytest.raises(Refusal, match="N-BW自2026-09-01起没有价格"):
        preview(host, Plan("change", START, sku="N-BW"))


def test_the_page_and_the_interface_say_the_same(cast: Cast, host: Service) -> None:
    page, caller = Client(), Caller(cast, "luo")
    page.force_login(cast.person("luo"))
    shown = page.get(f"/services/{host.number}/preview?kind=change&on=2026-07-01&quantity=6&sku=&cause=&confirmed_on=")
    assert "23,039.99" in shown.content.decode()
    wrong = page.get(f"/services/{host.number}/preview?kind=change&on=2026-07-01&quantity=x")
    assert (wrong.status_code, "须为数字" in wrong.content.decode()) == (422, True)
    spans = caller.send(
        "POST", f"/services/{host.number}/preview", {"kind": "change", "on": "2026-07-01", "quantity": "6"}
    )
    assert spans.json()[0]["after_fund"] == "23039.99"
    assert (
        Caller(cast, "he")
        .send("POST", f"/services/{host.number}/preview", {"kind": "exit", "on": "2026-07-01"})
        .status_code
        == 404
    )
