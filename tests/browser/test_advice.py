"""A suggestion at everybody's desks: nobody answers it over the National Day holiday, or an expert speaks against it (10).

found 28 September ─ issued 30 September ─ holiday 1–7 October ─ last day 13 October ─ the unit pays from the 14th
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_whole_life import Life
from tests.cast import Cast, assemble, moment
from tests.journeys.advising import host, measured
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.models import Suggestion
from yunheng.domain.services.models import Coverage
from yunheng.foundation.notices.models import Notice
from yunheng.interfaces.jobs.tasks import suggestions
from yunheng.law.kernel.period import Period

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AFTER = date(2026, 10, 14)  # 30 September and five working days, Saturday the 10th among them, end on the 13th


@pytest.fixture
def life(page: Page, live_server: LiveServer, axe_source: str, monkeypatch: pytest.MonkeyPatch) -> Life:
    page.set_default_timeout(15_000)
    return Life(page, live_server, axe_source, monkeypatch)


def issued(life: Life) -> tuple[Cast, Suggestion]:
    """Two hosts are found idle by what was measured; the provider looks at that and issues it before the holiday."""
    cast, at = assemble(), life.on("2026-09-28 06:00")
    host(cast)
    assert detect_place(jurisdiction_id=cast.city.pk, db=measured(at=at), at=at) == 1
    case = Suggestion.objects.get()
    life.on("2026-09-30 16:00")
    life.go("sun", "/optimization")
    life.look()
    life.page.get_by_role("link", name=case.number).click()
    life.page.get_by_text("i-idle-1-1").first.wait_for()
    life.look()
    life.log_in("sun")
    life.take("提出优化建议")
    return cast, case


def billed(cast: Cast) -> list[tuple[date, date, str, str]]:
    """October as it is accrued: from and up to, payer, rule."""
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    accrue(jurisdiction_id=cast.city.pk, period=october, at=moment("2026-11-02 01:00"))
    rows = AccrualLine.objects.order_by("from_on")
    return [(row.from_on, row.to_on, row.payer, row.rule) for row in rows]


def october(days: int) -> str:
    """What two hosts cost in so many days, to the fen."""
    fee = (Decimal(2 * 320 * 12 * days) / 365).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{fee:,.2f}"


def test_what_nobody_answers_over_the_holiday_is_paid_by_the_unit_from_the_day_after_the_term(
    life: Life, transactional_db: None
) -> None:
    cast, case = issued(life)
    life.go("luo", f"/cases/{case.number}")
    life.page.get_by_text("10月13日").first.wait_for()
    for day, taken in (("2026-10-08 09:00", 0), ("2026-10-13 23:59", 0), ("2026-10-14 00:05", 1)):
        assert suggestions(life.on(day)) == taken

    life.on("2026-10-15 10:00")
    life.log_in("zhou")
    life.take("决定移出统筹", opinion="逾期未调整，也未提出异议")
    ended = Coverage.objects.get(origin=case)
    life.page.get_by_role("link", name=ended.number).first.click()
    life.page.get_by_text("移出统筹保障通知书").first.wait_for()
    life.look()
    assert Notice.objects.filter(case=ended, organisation=cast.education).exists()

    assert billed(cast) == [
        (date(2026, 10, 1), AFTER, "fund", "art15.1"),
        (AFTER, date(2026, 11, 1), "unit", "art10.3"),
    ]
    life.on("2026-11-02 09:00")
    life.go("luo", "/bill?year=2026")
    life.look()
    for amount in (october(13), october(18)):
        life.page.get_by_text(amount).first.wait_for()
    life.page.get_by_role("link", name=october(18)).first.click()
    life.page.get_by_text("依据第十条第三款").first.wait_for()
    life.page.get_by_text("2026-10-14由用户单位承担").first.wait_for()
    life.look()


def test_an_objection_with_an_experts_opinion_is_upheld_and_nobody_else_pays(
    life: Life, transactional_db: None
) -> None:
    cast, case = issued(life)
    life.on("2026-10-12 11:00")
    life.go("luo", f"/cases/{case.number}")
    life.page.get_by_role("link", name="提出异议", exact=True).click()
    life.look()
    life.send(paper=True, opinion="考试报名系统的备用主机，专家论证须保留")
    life.page.get_by_text("已提出异议").first.wait_for()
    assert suggestions(life.on("2026-10-20 00:05")) == 0  # the bureau has it

    life.on("2026-10-20 10:00")
    life.log_in("zhou")
    life.take("采纳异议", opinion="论证意见充分")
    life.go("luo", f"/cases/{case.number}")
    for words in ("异议成立", "异议答复函"):
        life.page.get_by_text(words).first.wait_for()
    assert not Coverage.objects.exists()
    assert billed(cast) == [(date(2026, 10, 1), date(2026, 11, 1), "fund", "art15.1")]
