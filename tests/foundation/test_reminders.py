"""What the clock tells of an obligation: on its day, once, also after a week of silence; and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.cast import Cast, approved, moment, opened
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.notices.models import Mail, Notice
from yunheng.foundation.workflow.models import Reminder
from yunheng.interfaces.jobs import tasks
from yunheng.law.kernel.machine import MACHINES, Watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast) -> Application:
    """Delivered to the provider on the eve of the National Day: due on 13 October."""
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    return approved(cast, at="2026-09-30 16:00")


def told_at(day: str) -> list[tuple[str, str]]:
    """Run both jobs as the worker does, each twice; who was told what at that moment."""
    at = moment(f"{day} 09:00")
    for job in (tasks.near, tasks.late, tasks.near, tasks.late):
        job(at)
    found = Notice.objects.filter(delivered_at=at).order_by("pk")
    return [(notice.organisation.short_name, notice.subject) for notice in found]


def test_7_1_who_is_late_is_told_on_the_first_day_late_and_once(cast: Cast, case: Application) -> None:
    late = "已超期：报告已开通，教师研修平台"
    assert told_at("2026-10-10") == []
    assert told_at("2026-10-12") == [("示例云服务有限公司", "明天（10月13日周二）24:00 前报告已开通：教师研修平台")]
    assert told_at("2026-10-13") == []
    assert told_at("2026-10-14") == [("示例云服务有限公司", late), ("市大数据应用服务中心", late)]
    assert told_at("2026-10-15") == told_at("2026-10-21") == []
    notice = Notice.objects.filter(subject=late).earliest("pk")
    assert notice.text == (
        f"{case.number} 教师研修平台：示例云服务有限公司应于10月13日（周二）办结“报告已开通”，到期未办，已超期。"
        "依据：第七条第一款。逾期未开通的，可列为整改问题，由市大数据局决定。"
    )
    assert (notice.cite, notice.case_id) == ("7.1", case.pk)
    assert Mail.objects.filter(notice=notice).exists()
    case.obligations.filter(step="report_opened").update(due_on=date(2026, 10, 15))  # a calendar moved the day
    assert len(told_at("2026-10-22")) == 2


def test_after_a_week_of_silence_the_late_one_is_told_and_no_reminder_comes_behind(
    cast: Cast, case: Application
) -> None:
    assert [who for who, _ in told_at("2026-10-21")] == ["示例云服务有限公司", "市大数据应用服务中心"]
    assert told_at("2026-10-22") == []


def test_who_was_in_time_hears_nothing(cast: Cast, case: Application) -> None:
    reports = [operations.Report(line.no, line.approved or 0, date(2026, 10, 13)) for line in case.lines.all()]
    operations.report_opened(case, reports=reports, actor=cast.actor("sun"), at=moment("2026-10-13 18:00"))
    assert told_at("2026-10-14") == []


def test_7_1_an_opening_that_nobody_confirms_is_watched_without_a_term(cast: Cast) -> None:
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    opened(cast)  # reported on Friday 8 May; the Saturday after it is a working day
    holders = ["市教育局", "示例云服务有限公司"]
    assert told_at("2026-05-11") == []
    first = told_at("2026-05-12")
    assert sorted(who for who, _ in first) == holders
    assert {words for _, words in first} == {"已等待 3 个工作日：确认开通日期，教师研修平台"}
    assert told_at("2026-05-13") == []
    assert [who for who, _ in told_at("2026-05-14")] == ["市大数据应用服务中心"] * 2
    assert told_at("2026-06-15") == []


def test_days_before_an_end_that_were_missed_are_told_in_one_sentence(
    cast: Cast, case: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = MACHINES["application"]
    watch = (Watch("trial_data_kept", ("bureau",), before=True),)  # seven calendar days
    steps = tuple(replace(s, watch=watch) if s.name == "report_opened" else s for s in machine.steps)
    monkeypatch.setitem(MACHINES, "application", replace(machine, steps=steps))
    assert told_at("2026-10-05") == []
    assert told_at("2026-10-06") == [("市大数据局", "10月13日（周二）24:00 前报告已开通：教师研修平台")]
    assert "还剩 5 个工作日（不含今天）" in Notice.objects.latest("pk").text
    assert told_at("2026-10-07") == []
    Reminder.objects.all().delete()
    both = "今天（10月13日周二）24:00 前报告已开通：教师研修平台"
    assert told_at("2026-10-13") == [("示例云服务有限公司", both), ("市大数据局", both)]
    assert told_at("2026-10-13") == [("示例云服务有限公司", both), ("市大数据局", both)]  # nothing new
