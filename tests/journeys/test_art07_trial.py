"""Article 7.2: a trial stops by itself after thirty days, is converted by a formal application, or extended by both."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.test import Client

from tests.cast import Cast, D, draft, moment
from tests.journeys import agreeing
from tests.journeys.agreeing import begun, confirmed, fill, take, trial_case
from yunheng.domain.billing.models import AccrualLine
from yunheng.domain.billing.operations import accrue
from yunheng.domain.services.models import Agreement, Service
from yunheng.domain.services.trial import keep_time
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.workflow.errors import BadInput, Refused
from yunheng.law.kernel.period import Period

pytestmark = pytest.mark.django_db
OPENED = date(2026, 5, 11)
STOPS = date(2026, 6, 10)


@pytest.fixture
def trial(cast: Cast) -> Service:
    return confirmed(cast, trial_case(cast), OPENED)


def lines() -> list[tuple[str, str, str, str]]:
    found = AccrualLine.objects.order_by("from_on")
    return [(f"{n.from_on:%m-%d}", f"{n.to_on:%m-%d}", n.rule, f"{n.amount}") for n in found]


def told() -> list[str]:
    return list(Notice.objects.filter(subject__startswith="试用").order_by("pk").values_list("subject", flat=True))


def test_day_30_runs_day_31_does_not_and_nothing_is_charged(cast: Cast, trial: Service) -> None:
    assert trial.closed_on == STOPS
    assert [trial.runs_on(STOPS + timedelta(days=n)) for n in (-2, -1, 0)] == [True, True, False]
    accrue(jurisdiction_id=cast.city.pk, period=Period(OPENED, date(2026, 8, 1)), at=moment("2026-09-01 09:00"))
    assert lines() == []


def test_the_clock_reminds_three_times_and_says_once_that_it_has_stopped(cast: Cast, trial: Service) -> None:
    counts = []
    for left in (8, 7, 7, 5, 3, 2, 1, 0, 0, -3):
        at = moment(f"{STOPS - timedelta(days=left)} 09:00")
        counts.append(keep_time(at=at))
    assert counts == [0, 1, 0, 0, 1, 0, 1, 1, 0, 0]
    assert told().count("试用即将停止：教师研修平台") == 6  # unit and provider, three times
    assert told().count("试用已停止：教师研修平台") == 2
    stopped = Notice.objects.filter(subject__startswith="试用已停止")[0]
    assert "6月16日" in stopped.text
    assert stopped.cite == "7.2"


def test_after_a_week_of_silence_it_has_stopped_all_the_same_with_a_formal_application_pending(
    cast: Cast, trial: Service
) -> None:
    pending = trial_case(cast, trial=False, at="2026-06-08")
    assert keep_time(at=moment("2026-06-17 09:00")) == 1
    assert told() == ["试用已停止：教师研修平台"] * 2
    made = confirmed(cast, pending, date(2026, 6, 18))
    trial.refresh_from_db()
    assert (trial.closed_on, made.opened_on) == (STOPS, date(2026, 6, 18))


def test_conversion_closes_the_trial_of_the_same_product_on_the_confirmed_day(cast: Cast, trial: Service) -> None:
    formal = confirmed(cast, trial_case(cast, trial=False, at="2026-05-20"), date(2026, 5, 25))
    trial.refresh_from_db()
    assert (trial.closed_on, formal.closed_on, formal.trial) == (date(2026, 5, 25), None, False)
    assert keep_time(at=moment("2026-06-11 09:00")) == 0
    accrue(jurisdiction_id=cast.city.pk, period=Period(OPENED, date(2026, 6, 1)), at=moment("2026-09-01 09:00"))
    # 7 days of May: 2 x 320 x 12 x 7 / 365, from the confirmed day on
    assert lines() == [("05-25", "06-01", "art15.1", "147.29")]


def test_another_product_leaves_the_trial_alone_and_a_second_trial_is_refused(cast: Cast, trial: Service) -> None:
    confirmed(cast, trial_case(cast, sku="N-BW", trial=False, at="2026-05-20"), date(2026, 5, 25))
    trial.refresh_from_db()
    assert trial.closed_on == STOPS
    with pytest.raises(Refused, match="每个系统一次"):
        trial_case(cast, at="2026-05-26")


def test_an_extension_runs_on_at_the_units_cost_until_its_last_day(cast: Cast, trial: Service) -> None:
    case = extension(cast, trial, at=moment("2026-06-09 10:00"))  # day 30
    trial.refresh_from_db()
    assert (case.state, case.from_on, trial.closed_on) == ("in_force", STOPS, date(2026, 6, 21))
    assert keep_time(at=moment("2026-06-10 09:00")) == 0
    assert keep_time(at=moment("2026-06-20 09:00")) == 1
    assert keep_time(at=moment("2026-06-22 09:00")) == 1
    accrue(jurisdiction_id=cast.city.pk, period=Period(OPENED, date(2026, 8, 1)), at=moment("2026-09-01 09:00"))
    # 10 June (day 31) to 20 June: 11 days, 2 x 320 x 12 x 11 / 365
    assert lines() == [("06-10", "06-21", "art7.2-extension", "231.45")]
    assert AccrualLine.objects.get().payer == "unit"


def extension(cast: Cast, trial: Service, *, at: datetime) -> Agreement:
    """Proposed by the provider, signed by the unit, to 20 June."""
    with patch.object(agreeing, "AT", at), patch("django.utils.timezone.now", lambda: at):
        case = begun(cast, "trial_extension", by="provider")
        take(cast, fill(cast, case, services=[trial.number], until="2026-06-20"), "propose", "sun")
        return take(cast, case, "sign", "luo")


def test_what_has_stopped_is_not_extended(cast: Cast, trial: Service) -> None:
    with pytest.raises(BadInput, match="试用已停止的，提出服务申请"):
        extension(cast, trial, at=moment("2026-06-10 09:00"))


def test_the_page_shows_the_day_and_the_two_ways_on(
    cast: Cast, trial: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page(when: str, path: str = "/systems/JY-001") -> str:
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment(when))
        client = Client()  # a session does not last for days
        client.force_login(cast.person("luo"))
        return client.get(path).content.decode()

    during = page("2026-06-01 09:00")
    for words in ("第 22 日／30 日", "6月9日（周二）24:00 自动停止", "转为正式", "subject=trial_extension"):
        assert words in during
    assert "第 22 日／30 日" in page("2026-06-01 09:00", "/services")
    assert "今天是最后一日" in page("2026-06-09 09:00")
    assert "数据保留至6月16日（周二）" in page("2026-06-16 09:00")
    assert "数据保留至" not in page("2026-06-17 09:00")
    begin = page("2026-06-01 09:00", "/cases/new/agreement?system=JY-001&subject=trial_extension")
    assert '<option value="trial_extension" selected' in begin


def test_the_tick_of_a_line_is_kept_on_the_page_of_the_draft(cast: Cast) -> None:
    case = draft(cast)
    client = Client()
    client.force_login(cast.person("chen"))
    posted = {
        "part": "lines", "sku": ["C-ECS-4C16G", "", "S-DISK-SSD"], "quantity": ["4", "", "500"],
        "spec": ["", "", ""], "purpose": ["", "", ""], "trial": ["3"],
    }  # fmt: skip
    assert client.post(f"/cases/{case.number}/edit", posted).status_code == 302
    assert [(n.sku, n.trial) for n in case.lines.all()] == [("C-ECS-4C16G", False), ("S-DISK-SSD", True)]
    assert client.get(f"/cases/{case.number}/edit").content.decode().count(" checked") == 1
    assert case.lines.get(trial=True).quantity == D(500)
