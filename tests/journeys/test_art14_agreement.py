"""Articles 7, 9, 12, 14: what unit and provider have both signed stands in the ledger from the agreed day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.test import Client

from tests.cast import Cast, moment, opened, serving
from tests.journeys import agreeing
from tests.journeys.agreeing import AT, after, begun, fill, filled, own_host, proposed, take
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.services import operations
from yunheng.domain.services.models import Agreement, Application, Involvement, Service
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Refused
from yunheng.law.ch3_funding.art14_agreement_machine import AGREEMENT
from yunheng.law.kernel.machine import By
from yunheng.law.kernel.period import Period

D = Decimal
PROVIDER = By("provider", "delivery")


class TestArticle14(ProcedureTests):
    recipes = Recipes(
        machine=AGREEMENT,
        at=AT,
        reached={
            "drafted": filled,
            "proposed": proposed,
            "in_force": after("sign", "sun"),
            "declined": after("decline", "sun"),
            "withdrawn": after("withdraw", "luo"),
        },
        ready={
            ("propose", "drafted", PROVIDER): partial(filled, by="provider"),
            ("discard", "drafted", PROVIDER): partial(filled, by="provider"),
            ("withdraw", "proposed", PROVIDER): partial(proposed, by="provider"),
            ("sign", "proposed", By("user_unit", "head")): partial(proposed, by="provider"),
            ("decline", "proposed", By("user_unit", "head")): partial(proposed, by="provider"),
        },
    )


def charged(cast: Cast, start: date, end: date) -> list[tuple[str, str, Decimal, str, str, Decimal]]:
    accrue(jurisdiction_id=cast.city.pk, period=Period(start, end), at=moment("2027-01-01 09:00"))
    return [
        (f"{n.from_on:%m-%d}", f"{n.to_on:%m-%d}", n.quantity.normalize(), n.payer, n.rule, n.amount)
        for n in AccrualLine.objects.order_by("service__number", "from_on")
    ]


@pytest.mark.django_db
class TestTheLedgerFollows:
    def test_a_handler_draws_up_what_the_head_alone_signs(self, cast: Cast) -> None:
        own_host(cast)
        chen, page = cast.actor("chen", AT), Client()
        page.force_login(cast.person("chen"))
        assert page.get("/cases/new/agreement").status_code == 200
        sent = {"system": "JY-001", "subject": "other", "provider": ""}
        case = doors.begin_case(Agreement, sent=sent, actor=chen, at=AT)
        doors.edit(case, "terms", sent={"words": "双方约定事项", "from_on": "2026-06-12"}, actor=chen, at=AT)
        with pytest.raises(NotYours, match="只有用户单位负责人"):
            take(cast, case, "propose", "chen")
        assert [(owed.step, owed.role) for owed in case.obligations.filter(closed_at=None)] == [("propose", "head")]
        take(cast, case, "discard", "chen")
        assert case.state == "withdrawn"

    def test_a_change_holds_from_its_day_which_may_be_past(self, cast: Cast) -> None:
        case = proposed(cast)
        assert Service.objects.get().at("quantity", date(2026, 6, 1)) == "4.000000"
        assert Involvement.objects.filter(case=case.pk).count() == 1
        take(cast, case, "sign", "sun")
        assert (case.state, case.signed_on) == ("in_force", date(2026, 6, 10))
        assert case.events.get(step="sign").data["lines"][0]["quantity"] == "6"
        # 24 days of May: 4 x 320 x 12 x 24 / 365; June: 6 x 320 x 12 x 30 / 365
        assert charged(cast, date(2026, 5, 1), date(2026, 7, 1)) == [
            ("05-08", "06-01", D(4), "unit", "art13-uncovered", D("1009.97")),
            ("06-01", "07-01", D(6), "unit", "art13-uncovered", D("1893.70")),
        ]

    def test_a_temporary_service_ends_with_its_last_day(self, cast: Cast) -> None:
        case = begun(cast, "temporary")
        rows = [{"key": "", "sku": "N-BW", "quantity": "10"}]
        sent = {"items": rows, "contract": cast.own_contract.number, "from_on": "2026-06-12", "until": "2026-06-20"}
        take(cast, fill(cast, case, **sent), "propose", "luo")
        assert not Service.objects.exists()
        take(cast, case, "sign", "sun")
        made = Service.objects.get()
        assert (made.lane, made.opened_on, made.closed_on) == ("own", date(2026, 6, 12), date(2026, 6, 21))
        # 10 x 45 x 12 x 9 / 365
        assert charged(cast, date(2026, 6, 1), date(2026, 7, 1))[0][-1] == D("133.15")

    def test_an_own_line_is_charged_from_the_agreed_day_once_it_is_confirmed(self, cast: Cast) -> None:
        waiting = opened(cast)
        Application.objects.update(lane="own", contract=cast.own_contract)
        case = begun(cast, "charge_start", by="provider")
        key = f"{waiting.lines.get(no=1).pk}"
        take(cast, fill(cast, case, lines=[key], from_on="2026-07-01"), "propose", "sun")
        take(cast, case, "sign", "luo")
        for who in ("luo", "sun"):
            operations.confirm_opening(
                waiting, day=date(2026, 5, 8), line_nos=[1, 2], actor=cast.actor(who), at=moment("2026-06-11 10:00")
            )
        assert list(Service.objects.order_by("sku").values_list("opened_on", flat=True)) == [
            date(2026, 7, 1), date(2026, 5, 8),
        ]  # fmt: skip

    def test_a_day_agreed_for_a_line_that_was_confirmed_meanwhile_is_refused(self, cast: Cast) -> None:
        waiting = opened(cast)
        Application.objects.update(lane="own", contract=cast.own_contract)
        case = begun(cast, "charge_start")
        key = f"{waiting.lines.get(no=1).pk}"
        take(cast, fill(cast, case, lines=[key], from_on="2026-07-01"), "propose", "luo")
        for who in ("luo", "sun"):
            operations.confirm_opening(
                waiting, day=date(2026, 5, 8), line_nos=[1], actor=cast.actor(who), at=moment("2026-06-10 09:00")
            )
        with pytest.raises(Exception, match="已确认开通或已放弃"):
            take(cast, case, "sign", "sun")
        case.refresh_from_db()
        assert case.state == "proposed"


@pytest.mark.django_db
class TestWhatIsRefused:
    def test_covered_services_and_missing_things(self, cast: Cast) -> None:
        serving(cast)
        with pytest.raises(BadInput, match="按服务变更申请"):
            agreeing.do.create(
                system=cast.system, provider=cast.provider, subject="change", actor=cast.actor("luo", AT), at=AT
            )
        own = own_host(cast)
        case = begun(cast)
        covered = Service.objects.filter(lane="covered")[0].number
        for rows, words in (
            ([{"key": covered, "sku": "C-ECS-4C16G", "quantity": "9"}], "没有"),
            ([{"key": own.number, "sku": "C-ECS-4C16G", "quantity": "0"}], "按退出办理"),
            ([{"key": own.number, "sku": "GPU-9", "quantity": "4"}], "目录中没有编码"),
        ):
            with pytest.raises(BadInput, match=words):
                fill(cast, case, from_on="2026-06-01", services=rows)
        same = [{"key": own.number, "sku": "C-ECS-4C16G", "quantity": "4"}]
        fill(cast, case, from_on="2027-01-01", services=same)
        with pytest.raises(Refused, match="没有任何变动"):
            take(cast, case, "propose", "luo")

    def test_a_service_that_became_covered_before_the_second_signature(self, cast: Cast) -> None:
        case = proposed(cast)
        service = Service.objects.get()
        service.conditions.create(on=date(2026, 6, 1), kind="lane", value="covered")
        with pytest.raises(Refused, match="纳入市级统筹保障，不能由双方自行约定"):
            take(cast, case, "sign", "sun")
        service.conditions.all().delete()
        assert take(cast, case, "sign", "sun").state == "in_force"

    def test_one_side_does_not_sign_for_both_and_a_bound_service_is_bound(self, cast: Cast) -> None:
        case = proposed(cast)
        for step, who in (("sign", "luo"), ("decline", "luo"), ("withdraw", "sun")):
            with pytest.raises(NotYours):
                take(cast, case, step, who)
        second = filled(cast, by="provider")
        with pytest.raises(BadInput, match="正在协议登记"):
            take(cast, second, "propose", "sun")
        with pytest.raises(NotFound):
            agreeing.do.create(
                system=cast.system, provider=cast.provider, subject="other", actor=cast.actor("he", AT), at=AT
            )
