"""The week's digest: on its first working day, to each person once, of one's own organisation alone."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast, approved, moment
from yunheng.domain.services.models import Application
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.notices.models import Mail, Notice
from yunheng.interfaces.jobs import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast) -> Application:
    """Delivered to the provider on the eve of the National Day: due on 13 October."""
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    made = approved(cast, at="2026-09-30 16:00")
    Mail.objects.all().delete()
    return made


def sent_at(text: str) -> dict[str, str]:
    """Run the job twice; the texts by address."""
    at = moment(text)
    tasks.digests(at)
    tasks.digests(at)
    mails = Mail.objects.filter(created_at=at).select_related("notice")
    found = [(mail.address.removesuffix("@example.invalid"), mail.notice.text) for mail in mails]
    assert len(found) == len(dict(found))
    return dict(found)


def test_the_digest_comes_once_from_the_first_working_day_of_the_week(cast: Cast, case: Application) -> None:
    assert sent_at("2026-10-07 09:00") == {}  # Wednesday of the holiday: the week begins on Thursday
    first = sent_at("2026-10-08 00:10")
    assert sorted(first) == ["chen", "luo", "sun", "tang", "wu", "zhou"]  # He, Ma, Qian, Zheng have nothing to do
    assert "等待其他单位办理（1 件）\n1. 示例云服务有限公司 报告已开通：教师研修平台" in first["luo"]
    assert "示例云服务有限公司　2026年10月5日至2026年10月11日" in first["sun"]
    assert "二、本周到期（0 件）\n\n三、下周及以后到期（1 件）\n1. 示例云" in first["sun"]
    assert sent_at("2026-10-09 09:00") == {}
    second = sent_at("2026-10-12 09:00")
    due = "1. 示例云服务有限公司 报告已开通：教师研修平台（{}），10月13日（周二）24:00 前。第七条第一款"
    assert f"二、本周到期（1 件）\n{due.format(case.number)}" in second["sun"]
    late = sent_at("2026-10-21 09:00")["sun"]  # after a week of silence, on a Wednesday
    assert "一、已超期（1 件）" in late
    assert "应于10月13日（周二）办结，已超期 6 个工作日" in late
    assert Notice.objects.get(person=cast.person("sun"), week="2026-10-19").subject == (
        "工作周报：已超期 1 件，本周到期 0 件"
    )


def test_a_person_looks_at_the_digest_and_switches_it_off(
    cast: Cast, case: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment("2026-10-12 08:00"))
    client, stranger = Client(), Client()
    client.force_login(cast.person("sun"))
    page = client.get("/obligations/digest").content.decode()
    assert "10月13日（周二）24:00 前" in page
    assert "sun@example.invalid" in page
    stranger.force_login(cast.person("he"))
    assert case.title not in stranger.get("/obligations/digest").content.decode()
    assert client.post("/obligations/digest", {"do": "off"}).status_code == 302
    assert "已关闭，不发送" in client.get("/obligations/digest").content.decode()
    assert "sun" not in sent_at("2026-10-12 09:00")
    client.post("/obligations/digest", {"do": "on"})
    assert list(sent_at("2026-10-12 10:00")) == ["sun"]
    assert "工作周报：" not in client.get("/notices").content.decode()
