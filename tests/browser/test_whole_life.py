"""One system lives its whole life at everybody's desks: trial, formal service, release, change, migration, exit.

    trial 11 May ─ formal 25 May ─ released 28 May ─ 4 → 12 hosts 1 July ─ other hosts 12 August ─ exit 3 September

What it costs over these months is computed here by hand (15.1, 15.2) and compared with the bill, to the fen.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_journey import Desk, fill
from tests.cast import Cast, assemble, confirm_opening, draft, moment, recommended, report_opening, sign_undertaking
from tests.journeys import exiting, releasing
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.services import applications, operations
from yunheng.domain.services.applications import LineInput
from yunheng.domain.services.models import Application, Change, Exit, Migration, Release, Service
from yunheng.domain.services.release.heartbeats import Beat, hear
from yunheng.foundation.calendars.operations import seed
from yunheng.law.kernel.period import Period

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from yunheng.foundation.workflow.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
D, HOST, DISK = Decimal, "C-ECS-4C16G", "S-DISK-SSD"


class Life(Desk):
    """The desk on any day: the clock of the platform stands where the story is."""

    def __init__(self, page: Page, server: LiveServer, axe: str, patch: pytest.MonkeyPatch) -> None:
        super().__init__(page, server, axe)
        self.patch, self.now, self.sitting = patch, moment("2026-01-01 09:00"), ("", date.min)

    def on(self, text: str) -> datetime:
        """It is this moment now."""
        self.now = moment(text)
        self.patch.setattr("django.utils.timezone.now", lambda: self.now)
        return self.now

    def go(self, username: str, path: str) -> None:
        """That person opens a page; a session does not last for days."""
        if self.sitting != (username, self.now.date()):
            self.log_in(username)
            self.sitting = (username, self.now.date())
        self.page.goto(f"{self.base}{path}")

    def send(self, **fields: object) -> None:
        """Fill in the form by the names of its fields and send it."""
        form = self.page.locator("#step")
        fill(form, **fields)
        form.locator("button[type=submit]").click()

    def begin(self, username: str, kind: str, query: str = "", **fields: object) -> None:
        self.go(username, f"/cases/new/{kind}{query}")
        self.send(**fields)
        self.page.wait_for_url(re.compile(r"/cases/[A-Z]{2}-2026-\d+$"))

    def edit(self, username: str, case: Case, name: str, **fields: object) -> None:
        self.go(username, f"/cases/{case.number}/edits/{name}")
        self.send(**fields)
        self.page.get_by_text("已保存").first.wait_for()

    def step(self, username: str, case: Case, name: str, **fields: object) -> None:
        """Take a step; the page of the case says that it is done."""
        label = case.procedure.named(name)[0].label
        self.go(username, f"/cases/{case.number}/steps/{name}")
        self.send(**fields)
        self.page.get_by_text(f"已{label}").first.wait_for()


def lived(life: Life, case: Application, opened_on: str) -> None:
    """An application from its draft to the day that both sides name."""
    life.step("chen", case, "pass_to_head")
    life.step("luo", case, "submit")
    life.step("wu", case, "accept")
    life.step("wu", case, "recommend", opinion="同意")
    life.step("zhou", case, "approve")
    life.on(f"{opened_on} 14:00")
    life.step("sun", case, "report_opened")
    life.step("sun", case, "confirm_opening")
    life.step("luo", case, "confirm_opening")
    case.refresh_from_db()
    assert case.state == "in_service"


def tried_and_opened(life: Life, cast: Cast) -> None:
    """Two hosts are tried from 11 May; four of them and 500 GB serve from 25 May, and the trial is over (7.2)."""
    life.on("2026-05-11 09:00")
    trial = draft(cast, at="2026-05-11 09:00", lines=((HOST, "2"),))
    line = LineInput("第 1 行", HOST, D(2), trial=True)
    applications.set_lines(trial, lines=[line], actor=cast.actor("chen"), on=life.now.date())
    lived(life, trial, "2026-05-11")
    life.go("luo", "/systems/JY-001")
    life.page.get_by_text("第 1 日／30 日", exact=True).wait_for()
    life.on("2026-05-20 09:00")
    lived(life, draft(cast, at="2026-05-20 09:00"), "2026-05-25")
    assert Service.objects.get(trial=True).closed_on == date(2026, 5, 25)


def released(life: Life, cast: Cast) -> None:
    """Everything that article 8 asks for is proved, then the system is opened to its users."""
    life.on("2026-05-28 10:00")
    life.begin("chen", "release", system="JY-001")
    case = Release.objects.get()
    for kind, conclusion in releasing.GOOD.items():
        life.edit("chen", case, kind, conclusion=conclusion, concluded_on="2026-05-27", attachment=True)
    life.edit("chen", case, "data", classes=["personal"], masked=True, statement="展示层脱敏")
    hosts = Service.objects.get(sku=HOST, closed_on=None)
    beats = [Beat("第 1 条", hosts.number, f"i-{n}", "2.1", life.now) for n in range(4)]
    hear(beats=beats, actor=cast.actor("sun"), at=life.now)
    life.go("luo", f"/cases/{case.number}")
    life.look()
    life.step("luo", case, "release")
    case.refresh_from_db()
    assert case.state == "released"


def changed(life: Life) -> None:
    """Four hosts become twelve: 152 % more in a year, argued by both papers (9.2)."""
    life.on("2026-06-24 10:00")
    life.begin("chen", "change", "?system=JY-001", purpose="秋季学期全员研修")
    case, hosts = Change.objects.get(), Service.objects.get(sku=HOST, closed_on=None)
    life.edit("chen", case, "list", **{f"lines-{hosts.number}-quantity": "12"})
    life.go("luo", f"/cases/{case.number}")
    life.look()
    papers = [field.name for field in case.edits["argument"].fields if field.kind == "file"]
    life.edit("chen", case, "argument", **dict.fromkeys(papers, True))
    life.step("chen", case, "pass_to_head")
    life.step("luo", case, "submit")
    life.step("wu", case, "accept")
    life.step("wu", case, "recommend", opinion="同意扩容")
    life.step("zhou", case, "approve")
    life.on("2026-07-01 15:00")
    line = case.lines.get(service=hosts)
    life.step("sun", case, "complete", **{f"days-{line.no}-effective_on": "2026-07-01"})
    life.step("luo", case, "confirm")
    case.refresh_from_db()
    assert case.state == "confirmed"


def migrated(life: Life, cast: Cast) -> None:
    """The provider moves the twelve hosts to new ones: its cause, so that no day is charged twice (15.2)."""
    old, at = Service.objects.get(sku=HOST, closed_on=None), life.on("2026-08-03 09:00")
    new = _second_dozen(cast, at)
    life.begin(
        "sun", "migration", reason="机房更换", **{"pairs-new1-source": old.number, "pairs-new1-target": new.number}
    )
    case = Migration.objects.get()
    life.step("wu", case, "decide_cause", cause="platform", opinion="机房更换属平台原因")
    life.on("2026-08-12 16:00")
    life.step("sun", case, "report_complete")
    life.step("luo", case, "confirm", day="2026-08-12")
    life.go("luo", f"/cases/{case.number}")
    life.look()
    life.step("sun", case, "release", day="2026-08-12")
    case.refresh_from_db()
    assert case.state == "released"


def _second_dozen(cast: Cast, at: datetime) -> Service:
    """Twelve more hosts, opened under article 6 on the day: the walk through its pages was made before."""
    case = recommended(cast, draft(cast, at=f"{at:%Y-%m-%d} 09:00", lines=((HOST, "12"),)), at=at)
    operations.approve(case, actor=cast.actor("zhou"), at=at)
    confirm_opening(cast, report_opening(cast, case, on=at.date(), at=at), on=at.date(), at=at)
    return Service.objects.get(case=case.pk)


def exited(life: Life) -> None:
    """Everything goes, with its backup acknowledged; 3 September is not charged any more (11)."""
    life.on("2026-09-01 09:30")
    life.begin("chen", "exit", "?system=JY-001")
    case = Exit.objects.get()
    life.edit("chen", case, "request", wants_backup="yes", backup_to="教育局自有存储", reason="并入一体化平台")
    life.step("chen", case, "pass_to_head")
    life.step("luo", case, "submit")
    life.on("2026-09-02 11:00")
    life.step("sun", case, "back_up", digest_kind="sm3", digest=exiting.DIGEST, place="备份库房三号柜")
    life.step("chen", case, "acknowledge")
    life.on("2026-09-03 10:00")
    life.step("sun", case, "release", day="2026-09-03")
    life.step("sun", case, "report", disposal="实例已删除，地址已收回", destroyed="yes")
    life.step("wu", case, "close")
    life.go("luo", f"/cases/{case.number}")
    life.look()
    case.refresh_from_db()
    assert (case.state, Release.objects.get().state) == ("closed", "retired")
    assert not Service.objects.filter(closed_on=None).exists()


def cost(quantity: str, price: str, *days: int) -> Decimal:
    """Quantity × price × 12 × days ÷ 365, each month rounded to the fen."""
    fen = D("0.01")
    return sum(
        ((D(quantity) * D(price) * 12 * d / 365).quantize(fen, rounding=ROUND_HALF_UP) for d in days), D(0)
    )  # fmt: skip


def test_a_system_lives_from_its_trial_to_its_exit_and_its_bill_is_right_to_the_fen(
    page: Page,
    live_server: LiveServer,
    axe_source: str,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = assemble()
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    sign_undertaking(cast)
    life = Life(page, live_server, axe_source, monkeypatch)
    tried_and_opened(life, cast)
    released(life, cast)
    changed(life)
    migrated(life, cast)
    exited(life)

    at = life.on("2026-10-09 09:00")
    accrue(jurisdiction_id=cast.city.pk, period=Period(date(2026, 5, 1), date(2026, 10, 1)), at=at)
    # May 25–31 and June: 4 hosts; July: 12; August to the 11th on the old, from the 12th on the new; two days of September
    hosts = cost("4", "320", 7, 30) + cost("12", "320", 31, 11) + cost("12", "320", 20, 2)
    disks = cost("500", "0.8", 7, 30, 31, 31, 2)
    charged = {sku: sum(n.amount for n in AccrualLine.objects.filter(sku=sku)) for sku in (HOST, DISK)}
    assert charged == {HOST: hosts, DISK: disks}
    assert {n.payer for n in AccrualLine.objects.all()} == {"fund"}
    life.go("luo", "/bill?year=2026")
    life.look()
    assert life.page.get_by_text(f"{hosts + disks:,.2f}").count() >= 1
