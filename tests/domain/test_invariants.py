"""What must hold of cases and of the ledger: a sound city has nothing to say, a broken one says what."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Cast, moment, serving
from yunheng.domain.services import invariants as ledger
from yunheng.domain.services.models import Condition, Move, ResourceLine, Service
from yunheng.foundation.workflow import invariants as workflow
from yunheng.foundation.workflow.models import Case, Obligation

pytestmark = pytest.mark.django_db


def told(cast: Cast) -> str:
    found = [*workflow.broken(jurisdiction_id=cast.city.pk), *ledger.broken(jurisdiction_id=cast.city.pk)]
    return "\n".join(found)


def test_each_thing_that_does_not_hold_is_said(cast: Cast) -> None:
    case = serving(cast)
    assert told(cast) == ""
    call_command("doctor")
    host, disk = Service.objects.order_by("number")

    Condition.objects.create(service=host, on=date(2026, 5, 7), kind="quantity", value="1")
    Move.objects.create(source=host, target=disk, cause="unit", confirmed_on=date(2026, 5, 7))
    Service.objects.filter(pk=disk.pk).update(contract=cast.own_contract, predecessor=host)
    ResourceLine.objects.filter(case=case, no=1).update(unit_day=date(2026, 5, 9), provider_day=date(2026, 5, 9))
    Case.objects.filter(pk=case.pk).update(state="opened")
    Obligation.objects.create(
        case_id=case.pk, holder=cast.health, step="accept", cite="6.1", since=moment("2026-05-09 10:00"),
        received_on=date(2026, 5, 9),
    )  # fmt: skip
    words = told(cast)
    for said in (
        "不在服务期内",
        "早于新节点开通",
        "不是统筹采购的",
        "承继",
        "确认的开通日与台账不一致",
        "最后一步却到",
        "多：accept",
    ):
        assert said in words
    with pytest.raises(CommandError, match="处不符"):
        call_command("doctor")
