"""A year is settled by six people at their desks, the accountant with the package outside the platform (16)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_journey import Desk, fill
from tests.cast import Cast, moment
from tests.journeys.settling import AT, right, year
from yunheng.domain.billing.models import Settlement
from yunheng.domain.billing.settlement.statements import COLUMNS, Stated
from yunheng.domain.services.models import Condition, Service
from yunheng.interfaces.jobs.tasks import late_adjustments
from yunheng.law.ch3_funding.art14_contract import PAYERS

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Settling(Desk):
    """The desk, at the one settlement of the city."""

    def act(self, label: str, **fields: str) -> None:
        """Open the settlement, go to the step, fill in its form, take it."""
        case = Settlement.objects.get()
        self.page.goto(f"{self.base}/settlements/{case.number}")
        self.look()
        self.page.get_by_role("link", name=label, exact=True).first.click()
        self.look()
        form = self.page.locator("form.yh-form")
        fill(form, **fields)
        form.get_by_role("button", name=label).click()
        self.page.get_by_text(f"已{label}").first.wait_for()
        self.look()


def written(path: Path, rows: list[Stated]) -> Path:
    """A statement as CSV, as a provider's system would write it."""
    lines = [",".join(COLUMNS.values())]
    for r in rows:
        lines.append(
            f"{r.service},{r.sku},{r.from_on},{r.to_on},{r.quantity},{r.unit_price},{dict(PAYERS)[r.payer]},{r.amount}"
        )
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def stated(desk: Settling, cast: Cast, folder: Path) -> None:
    """The provider hands in a statement that cannot be read, then one that is too dear, and adjusts it."""
    page, lines = desk.page, right(cast)
    bad = written(folder / "bad.csv", [replace(lines[0], amount=Decimal("1.005")), *lines[1:]])
    dear = written(folder / "dear.csv", [replace(lines[0], amount=lines[0].amount + 100), *lines[1:]])
    desk.sit_down("sun")
    page.goto(f"{desk.base}/settlements")
    desk.look()
    page.get_by_role("link", name="出具账单").click()
    for file, told in ((bad, "小数点后超过2位"), (dear, "已出具账单")):
        desk.look()
        page.set_input_files("#file", file)
        page.get_by_role("button", name="出具账单").click()
        page.get_by_text(told).first.wait_for()
    page.get_by_text("折算天数或基数与合同不符").wait_for()
    desk.look()
    desk.act("出具调整行")
    page.get_by_text("账单与复算逐行一致").wait_for()


def accounted(desk: Settling, case: Settlement, folder: Path) -> None:
    """The accountant takes the package away, verifies it there, and comes back with a cut."""
    desk.sit_down("zheng")
    desk.page.goto(f"{desk.base}/settlements/{case.number}")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="下载结算包").click()
    package = folder / "package.zip"
    download.value.save_as(package)
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-m", "yunheng", "verify", package], env={"PYTHONPATH": source, "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout[:2]) == (0, "一致"), done
    desk.act("提交核算结果", digest=case.package_digest, cuts="1 100.00 当月停机")


def test_a_year_is_settled_and_a_late_change_becomes_an_adjustment(
    page: Page, live_server: LiveServer, axe_source: str, transactional_db: None, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    cast, desk = year(), Settling(page, live_server, axe_source)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    stated(desk, cast, tmp_path)
    case = Settlement.objects.get()
    desk.sit_down("luo")
    desk.act("确认本单位账单")
    desk.sit_down("wu")
    desk.act("提交核查结果", units="yes", systems="yes", optimisation="yes", fees="yes")
    desk.sit_down("zhou")
    desk.act("委托核算", declared="yes")
    case.refresh_from_db()
    accounted(desk, case, tmp_path)
    desk.sit_down("zhou")
    desk.act("审核应付金额", deductions="50", ground="服务评价")
    desk.sit_down("tang")
    desk.act("登记支付", voucher="PZ-2027-001")
    case.refresh_from_db()
    assert (case.state, case.payable) == ("settled", Decimal(case.compared["due_fund"]) - 150)

    disk = Service.objects.get(sku="S-DISK-SSD")
    Condition.objects.create(service=disk, on=date(2026, 12, 1), kind="quantity", value="400")
    assert [late_adjustments(moment(f"2027-03-0{day} 01:00")) for day in (1, 2)] == [1, 0]
    page.goto(f"{live_server.url}/settlements/{case.number}")
    page.get_by_text("结算后调整，列入下期").wait_for()
    page.get_by_text("−81.53").first.wait_for()
    paths = ("/settlements", "/settlements/payments", f"/settlements/{case.number}", f"/settlements/{case.number}/lines",
             f"/services/{disk.number}/preview?kind=exit&on=2027-02-01")  # fmt: skip
    for path in paths:
        page.goto(f"{live_server.url}{path}")
        desk.look_at_both_widths()
