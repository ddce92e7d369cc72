"""Five people at five desks: an application becomes a service, and the bill explains its amount."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from tests.cast import Cast, assemble, draft, moment
from tests.journeys.releasing import PDF
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.services.models import Undertaking

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Locator, Page, ViewportSize
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FILE: FilePayload = {"name": "报告.pdf", "mimeType": "application/pdf", "buffer": PDF}
WIDE: ViewportSize = {"width": 1366, "height": 768}
NARROW: ViewportSize = {"width": 390, "height": 844}
OF_SIZE = ["target-size", "scrollable-region-focusable", "color-contrast"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class Desk:
    """One browser in which people take turns."""

    def __init__(self, page: Page, server: LiveServer, axe: str) -> None:
        self.page, self.base, self.axe = page, server.url, axe
        self.seen: set[str] = set()

    def sit_down(self, username: str) -> None:
        """Somebody else takes the place, and looks at the desk."""
        self.log_in(username)
        self.look()

    def log_in(self, username: str) -> None:
        """As somebody else, up to the desk: the first one by the form, those after by a session like theirs."""
        if not self.seen:
            return self.fill_in_the_door(username)
        client = Client()
        client.force_login(get_user_model().objects.get(username=username))
        name = settings.SESSION_COOKIE_NAME
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.base}])
        self.page.goto(f"{self.base}/")
        self.page.get_by_role("heading", name="工作台").wait_for()

    def fill_in_the_door(self, username: str) -> None:
        """User name and password."""
        self.seen.add("/login/")
        self.page.context.clear_cookies()
        self.page.goto(f"{self.base}/login/")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", "Yunheng-2026")
        self.page.get_by_role("button", name="登录", exact=True).click()
        self.page.get_by_role("heading", name="工作台").wait_for()

    def look(self) -> None:
        """Nothing that a reader with a screen reader or little sight would stumble over; each sort of page once."""
        sort = re.sub(r"\d+", "", urlsplit(self.page.url).path)
        if sort not in self.seen:
            self.seen.add(sort)
            self.inspect(WCAG)

    def look_at_both_widths(self) -> None:
        """All rules on a desk's screen; on a phone those that another width may break."""
        for size, rules in ((WIDE, WCAG), (NARROW, OF_SIZE)):
            self.page.set_viewport_size(size)
            self.inspect(rules)

    def inspect(self, rules: list[str]) -> None:
        """The page as it stands, by rules or tags of axe-core; nothing sticks out at the side."""
        self.page.evaluate("document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(done)))")
        self.page.evaluate(self.axe)
        found = self.page.evaluate(f"axe.run(document, {{runOnly: {rules}}})")["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], self.page.url
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.page.viewport_size["width"]

    def take(self, label: str, **fields: str) -> None:
        """From the desk to the case to the step, and do it."""
        self.page.goto(f"{self.base}/")
        self.page.get_by_role("link", name="去办理").first.click()
        if "/steps/" not in self.page.url:
            self.look()
            self.page.get_by_role("link", name=label, exact=True).click()
        self.look()
        fill(self.page.locator("#step"), **fields)
        self.page.locator("#step").get_by_role("button", name=label).click()
        self.page.get_by_text(f"已{label}").first.wait_for()
        self.look()


def fill(form: Locator, **fields: object) -> None:
    """Fill in a form by the names of its fields; a list ticks several boxes, True the only one."""
    for name, value in fields.items():
        box = form.locator(f"[name='{name}']:not([type=hidden])").first
        kind = box.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            box.select_option(str(value))
        elif kind == "file":
            box.set_input_files([FILE])
        elif kind in ("radio", "checkbox"):
            for one in value if isinstance(value, list) else [value]:
                (box if one is True else form.locator(f"[name='{name}'][value='{one}']")).check()
        else:
            box.fill(str(value))


def test_five_people_bring_an_application_to_its_bill(
    page: Page, live_server: LiveServer, axe_source: str, transactional_db: None
) -> None:
    cast: Cast = assemble()
    case, desk = draft(cast), Desk(page, live_server, axe_source)
    Undertaking.objects.create(unit=cast.education, signed_by=cast.person("luo"), signed_at=moment("2026-01-05 09:00"))
    desk.sit_down("chen")
    desk.take("交负责人提交")
    desk.sit_down("luo")
    desk.take("提出申请")
    desk.sit_down("wu")
    desk.take("受理")
    desk.take("提出审核意见", **{"grants-1-approved": "3", "grants-1-reason": "按目标利用率，三台可满足"})
    desk.sit_down("zhou")
    desk.take("批准并通知开通")
    desk.sit_down("sun")
    desk.take("报告已开通")
    desk.take("确认开通日期")
    desk.sit_down("luo")
    desk.take("确认开通日期")
    case.refresh_from_db()
    assert case.state == "in_service"

    opened = case.lines.get(no=1).agreed_day
    assert opened is not None
    accrue_month(jurisdiction_id=cast.city.pk, month=opened, at=moment("2199-01-01 01:00"))
    page.goto(f"{live_server.url}/bill?year={opened.year}")
    desk.look()
    page.get_by_role("link", name="云主机 4核16G").first.click()
    desk.look()
    page.get_by_text("复算结果与账单所存一致").wait_for()
    end = date(opened.year + opened.month // 12, opened.month % 12 + 1, 1)
    year = 366 if opened.year % 4 == 0 else 365
    fen = (3 * 320 * 12 * (end - opened).days * 100 * 2 + year) // (2 * year)
    assert page.get_by_role("heading", level=1).inner_text().startswith(f"为什么是 {fen // 100:,}.{fen % 100:02d} 元")
