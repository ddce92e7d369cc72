"""Every page in a browser, wide and narrow: no barrier for a screen reader, nothing sticking out at the side."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_journey import Desk
from tests.cast import assemble, draft, moment, opened
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.parties import webhooks
from yunheng.domain.services import operations, sizing
from yunheng.domain.services.models import Service

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "贵州省贵阳市观山湖区云潭南路及周边片区基层政务服务一体化协同办理与监督管理综合信息平台（二期扩建工程）"
PAGES = (
    "/cases", "/services", "/systems", "/assessments", "/reconciliation", "/optimization", "/systems/JY-001", "/systems/JY-001/usage", "/contracts", "/contracts/HT-2026-01",
    "/calendar", "/tokens", "/delegations",
    "/obligations?closed=on", "/obligations?view=month&month=2026-05", "/notices", "/obligations/digest",
    "/webhooks", "/bill?year=2026", "/articles", "/articles/15", "/readings/R-002",
)  # fmt: skip
OF_THE_BUREAU = (
    "/cases",
    "/services",
    "/systems/JY-001",
    "/reconciliation",
    "/obligations?closed=on",
    "/bill?year=2026",
)


def test_the_pages_of_a_city_with_a_long_name(
    page: Page, live_server: LiveServer, axe_source: str, transactional_db: None, settings: Any
) -> None:
    cast = assemble()
    settings.WEBHOOK_TARGETS = ["127.0.0.1"]
    webhooks.register(
        actor=cast.actor("luo"), url=f"https://127.0.0.1/{'x' * 200}", label=LONG[:60], at=moment("2026-04-01 09:00")
    )
    type(cast.system).objects.update(name=LONG)
    case, day = opened(cast), date(2026, 5, 8)
    for who in ("luo", "sun"):
        operations.confirm_opening(case, day=day, line_nos=[1, 2], actor=cast.actor(who), at=moment("2026-05-09 09:00"))
    accrue_month(jurisdiction_id=cast.city.pk, month=day, at=moment("2026-06-01 01:00"))
    waiting = draft(cast)
    figures = {"users": "20000", "daily_share": "0.3", "operations": "30", "cpu_ms": "50"}
    sizing.set_sizing(waiting, figures=figures, basis=LONG, actor=cast.actor("chen"), on=day)
    service = Service.objects.earliest("pk")
    desk = Desk(page, live_server, axe_source)
    own = {
        "luo": (*PAGES, f"/cases/{case.number}", f"/cases/{waiting.number}/edit",
                f"/services/{service.number}/why?from={day}", "/systems/new", "/contracts/new", "/cases/new", "/undertaking"),
        "zhou": (*OF_THE_BUREAU, f"/cases/{case.number}"),
    }  # fmt: skip
    for username, paths in own.items():
        desk.log_in(username)
        for path in ("/", *paths):
            page.goto(f"{live_server.url}{path}")
            desk.look_at_both_widths()
