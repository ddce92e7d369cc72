"""Articles 6, 7 and 15: an application travels through five hands, and the charge begins on the agreed day."""

from datetime import date

import pytest

from tests.cast import Cast, D, approved, draft, moment, opened
from yunheng.domain.billing.operations import accrue_month
from yunheng.domain.services import operations
from yunheng.domain.services.models import Service
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.errors import NotFound, NotYours, Refused

pytestmark = pytest.mark.django_db


def test_the_five_days_after_29_april_end_on_saturday_9_may(cast: Cast) -> None:
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    case = approved(cast, at="2026-04-29 10:00")
    assert case.state == "notified"
    assert case.obligations.get(step="report_opened", closed_at=None).due_on == date(2026, 5, 9)


def test_the_charge_starts_on_the_day_that_both_named(cast: Cast) -> None:
    case = opened(cast)
    day, nos = date(2026, 5, 8), [1, 2]
    operations.confirm_opening(case, day=day, line_nos=nos, actor=cast.actor("luo"), at=moment("2026-05-09 09:00"))
    assert case.state == "opened"
    assert not Service.objects.exists()
    told = Notice.objects.filter(case_id=case.pk, subject__startswith="确认开通日期")
    assert set(told.values_list("organisation__kind", flat=True)) == {"provider"}  # the offices wait for both
    operations.confirm_opening(case, day=day, line_nos=nos, actor=cast.actor("sun"), at=moment("2026-05-09 10:00"))
    assert case.state == "in_service"
    assert set(told.values_list("organisation__kind", flat=True)) == {"provider", "user_unit", "bureau", "centre"}
    accrual = accrue_month(jurisdiction_id=cast.city.pk, month=day, at=moment("2026-06-01 01:00"))
    amounts = {line.sku: (line.days, line.amount, line.payer) for line in accrual.lines.all()}
    # 24 days of May: 4 x 320 x 12 x 24 / 365 and 500 x 0.8 x 12 x 24 / 365
    assert amounts == {"C-ECS-4C16G": (24, D("1009.97"), "fund"), "S-DISK-SSD": (24, D("315.62"), "fund")}


def test_a_missing_paper_is_named_and_nothing_moves(cast: Cast) -> None:
    case = draft(cast)
    case.papers.filter(kind="plan").delete()
    operations.take(case, "pass_to_head", actor=cast.actor("chen"), at=moment("2026-04-28 09:00"))
    with pytest.raises(Refused, match="项目实施方案"):
        operations.take(case, "submit", actor=cast.actor("luo"), at=moment("2026-04-28 09:00"))
    case.refresh_from_db()
    assert case.state == "draft"


def test_only_the_head_submits_and_a_stranger_finds_nothing(cast: Cast) -> None:
    case = draft(cast)
    with pytest.raises(NotYours, match="只有用户单位负责人可以提出申请"):
        operations.take(case, "submit", actor=cast.actor("chen"), at=moment("2026-04-28 09:00"))
    with pytest.raises(NotFound):
        operations.take(case, "submit", actor=cast.actor("he"), at=moment("2026-04-28 09:00"))


def test_a_second_level_unit_works_on_its_own_system_and_cannot_submit(cast: Cast) -> None:
    case = draft(cast)
    with pytest.raises(NotFound):
        operations.take(case, "pass_to_head", actor=cast.actor("ma"), at=moment("2026-04-28 09:00"))
    type(cast.system).objects.update(using_unit=cast.school)
    operations.take(case, "pass_to_head", actor=cast.actor("ma"), at=moment("2026-04-28 09:00"))
    with pytest.raises(NotYours):
        operations.take(case, "submit", actor=cast.actor("ma"), at=moment("2026-04-28 09:00"))


@pytest.mark.parametrize(
    ("day", "refused"),
    [
        pytest.param(date(2026, 5, 7), True, id="早于实际开通日一天"),
        pytest.param(date(2026, 5, 8), False, id="实际开通日"),
        pytest.param(date(2026, 5, 9), False, id="今天，晚于实际开通日并写明理由"),
        pytest.param(date(2026, 5, 10), True, id="明天"),
    ],
)
def test_the_opening_day_lies_between_the_actual_one_and_today(cast: Cast, day: date, refused: bool) -> None:
    case = opened(cast)
    luo, at = cast.actor("luo"), moment("2026-05-09 09:00")
    if refused:
        with pytest.raises(Refused):
            operations.confirm_opening(case, day=day, line_nos=[1], actor=luo, at=at, reason="业务割接")
        assert case.lines.get(no=1).unit_day is None
    else:
        operations.confirm_opening(case, day=day, line_nos=[1], actor=luo, at=at, reason="业务割接")
        assert case.lines.get(no=1).unit_day == day
