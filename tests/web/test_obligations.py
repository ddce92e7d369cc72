"""The ledger of obligations on the page and over the interface: whose, until when, and nothing of a stranger's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from tests.api.test_api import Caller
from tests.cast import Cast, approved, draft, moment, report_opening
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application
from yunheng.foundation.calendars.operations import import_year, seed
from yunheng.foundation.notices.models import Notice
from yunheng.foundation.notices.operations import tell
from yunheng.foundation.workflow.models import Obligation

pytestmark = pytest.mark.django_db
ARRANGEMENT = "国务院办公厅关于2027年部分节假日安排的通知"
Until = Callable[[str], None]


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Until:
    """Set the day on which the pages are read."""

    def at(text: str) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment(f"{text} 10:00"))

    return at


@pytest.fixture
def case(cast: Cast) -> Application:
    """Delivered to the provider on the eve of the National Day: the fifth working day is 13 October."""
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    return approved(cast, at="2026-09-30 16:00")


def read(cast: Cast, username: str, path: str = "/obligations") -> str:
    client = Client()
    client.force_login(cast.person(username))
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("day", "words", "counted"),
    [
        ("2026-09-30", "还剩 5 个工作日（不含今天）", "已超期 0 件，5 个工作日内到期 1 件"),
        ("2026-10-12", "还剩 2 个工作日（含今天）", "已超期 0 件，5 个工作日内到期 1 件"),
        ("2026-10-13", "今天是最后一日", "已超期 0 件，5 个工作日内到期 1 件"),
        ("2026-10-14", "已超期 1 个工作日", "已超期 1 件，5 个工作日内到期 0 件"),
    ],
)
def test_7_1_the_term_over_the_national_day(
    cast: Cast, case: Application, today: Until, day: str, words: str, counted: str
) -> None:
    today(day)
    page = read(cast, "sun")
    assert words in page
    assert counted in page
    assert "2026-10-13（周二）截止" in page
    assert "逾期未开通的，可列为整改问题，由市大数据局决定" in page
    answer = Caller(cast, "sun").get("/obligations").json()[0]
    left = {"2026-09-30": 5, "2026-10-12": 2, "2026-10-13": 1, "2026-10-14": -1}[day]
    assert (answer["working_days_left"], answer["due_on"], answer["label"]) == (left, "2026-10-13", "报告已开通")


def test_each_party_sees_its_own_and_the_offices_see_all(cast: Cast, case: Application, today: Until) -> None:
    today("2026-10-14")
    other = draft(cast, at="2026-10-09 09:00")
    title = f"报告已开通：{case.title}"
    assert {who for who in ("chen", "luo", "he", "ma", "wu", "zhou", "sun", "qian") if title in read(cast, who)} == {
        "wu", "zhou", "sun",
    }  # fmt: skip
    assert f"交负责人提交：{other.title}" in read(cast, "luo")
    assert other.number not in read(cast, "zhou")
    assert "现在没有应办的事项" in read(cast, "he")
    assert "没有符合条件的事项" in read(cast, "zhou", "/obligations?scope=own")
    for query, there in {
        "when=late": True, "when=near": False, "when=none": False, f"holder={cast.provider.pk}": True,
        f"holder={cast.bureau.pk}": False, "kind=application": True, "kind=settlement": False, "article=7": True,
        "article=9": False, "article=x&holder=x&page=x&month=x": True,
    }.items():  # fmt: skip
        assert (title in read(cast, "zhou", f"/obligations?{query}")) is there, query


def test_what_is_closed_says_whether_it_was_in_time(cast: Cast, case: Application, today: Until) -> None:
    today("2026-10-14")
    lines = [operations.Report(line.no, line.approved or 0, date(2026, 10, 14)) for line in case.lines.all()]
    operations.report_opened(case, reports=lines, actor=cast.actor("sun"), at=moment("2026-10-14 09:00"))
    page = read(cast, "sun", "/obligations?closed=on")
    assert "超期 1 个工作日后办结，用时 6 个工作日" in page
    assert case.title in read(cast, "sun", "/obligations?closed=on&when=late")
    assert case.title not in read(cast, "luo", "/obligations?closed=on&when=late")
    confirming = Caller(cast, "sun").get("/obligations").json()
    assert [(owed["step"], owed["working_days_left"]) for owed in confirming] == [("confirm_opening", None)]
    closed = Caller(cast, "zhou").get("/obligations?scope=all&closed=true&late=true").json()
    assert [(owed["step"], owed["outcome"]) for owed in closed] == [("report_opened", "done")]


def test_r_010_an_imported_calendar_moves_the_day_and_both_are_shown(cast: Cast, today: Until) -> None:
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    approved(cast, at="2026-12-28 10:00")
    today("2026-12-29")
    assert "暂定" in read(cast, "sun")
    rows = "2027-01-01,放假,元旦\n2027-01-04,放假,元旦\n2027-01-05,放假,元旦\n"
    import_year(
        jurisdiction_id=cast.city.pk, year=2027, text=rows, source=ARRANGEMENT, actor=cast.actor("zhou"),
        at=moment("2026-12-29 09:00"),
    )  # fmt: skip
    from django.core.cache import cache

    cache.clear()  # the transaction of a test never commits
    page = read(cast, "sun")
    assert "2027-01-07（周四）截止；放假安排导入前为 2027-01-05" in page
    assert "暂定" not in page
    owed = Caller(cast, "sun").get("/obligations").json()[0]
    assert (owed["due_on"], owed["first_due_on"], owed["provisional"]) == ("2027-01-07", "2027-01-05", False)


def test_the_month_shows_each_day_and_the_list_of_the_chosen_one(cast: Cast, case: Application, today: Until) -> None:
    today("2026-10-12")
    page = read(cast, "zhou", "/obligations?view=month&month=2026-10&day=2026-10-13")
    assert (
        '<a class="yh-month__link" href="?view=month&amp;month=2026-10&amp;day=2026-10-13" aria-current="date">' in page
    )
    assert '<span class="yh-month__count">1 件</span>' in page
    assert "10月13日（周二）到期" in page
    assert case.title in page
    assert "?view=month&amp;month=2026-09" in page
    assert "?view=month&amp;month=2026-11" in page
    assert case.title not in read(cast, "zhou", "/obligations?view=month&month=2026-10")  # of today, the 12th
    assert "yh-month__count" not in read(cast, "sun", "/obligations?view=month&month=2026-09")
    assert "yh-month__count" not in read(cast, "he", "/obligations?view=month&month=2026-10")


def _workbook(cast: Cast, username: str) -> list[dict[str, Any]]:
    client = Client()
    client.force_login(cast.person(username))
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/obligations?as=xlsx").content))
    heads, *rows = book.get_sheet_by_index(0).to_python()
    return [dict(zip((str(head) for head in heads), row, strict=True)) for row in rows]


def test_the_workbook_carries_texts_as_texts(cast: Cast, case: Application, today: Until) -> None:
    today("2026-10-14")
    Application.objects.filter(pk=case.pk).update(title='=HYPERLINK("http://x.invalid")')
    row = _workbook(cast, "sun")[0]
    assert row["办件"] == '=HYPERLINK("http://x.invalid")'
    assert (row["截止日"], row["星期"], row["剩余工作日（负数为超期）"]) == ("2026-10-13", "周二", -1)
    assert (row["依据"], row["送达"], row["打开"]) == ("第七条第一款", "2026-09-30 16:00", "")
    assert _workbook(cast, "he") == []


def _many(case: Application, number: int) -> None:
    """More duties of the same kind in cases of their own."""
    duty = case.obligations.get(step="report_opened", closed_at=None)
    for n in range(number):
        copied = type(case).objects.get(pk=case.pk)
        copied.pk = copied.id = copied.case_ptr_id = None
        copied.number, copied.title = f"SQ-2026-9{n:03d}", f"第 {n} 件"
        copied.save()
        duty.pk, duty.case = None, copied
        duty.save()


def test_fifty_rows_a_page_and_the_same_number_of_queries(cast: Cast, case: Application, today: Until) -> None:
    today("2026-10-12")
    client = Client()
    client.force_login(cast.person("zhou"))
    client.get("/obligations")

    def cost(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get(path)
        return len(seen)

    few = [cost("/obligations"), cost("/obligations?view=month&day=2026-10-13")]
    _many(case, 59)
    assert [cost("/obligations"), cost("/obligations?view=month&day=2026-10-13")] == few
    assert max(few) <= 16
    first, second = (client.get(f"/obligations?page={n}").content.decode() for n in (1, 2))
    assert "共 60 件" in first
    assert (first.count('class="yh-cell-title"'), second.count('class="yh-cell-title"')) == (50, 10)
    caller, seen, after = Caller(cast, "zhou"), [], 0
    while page := caller.get(f"/obligations?scope=all&limit=25&after={after}").json():
        seen += [owed["id"] for owed in page]
        after = seen[-1]
    assert len(seen) == len(set(seen)) == Obligation.objects.filter(closed_at=None).count()
    assert caller.get("/obligations?after=999999").status_code == 422


def test_what_either_of_two_roles_may_do_is_owed_once(cast: Cast, case: Application, today: Until) -> None:
    today("2026-10-14")
    duty = case.obligations.get(step="report_opened", closed_at=None)
    duty.pk, duty.role = None, "finance"
    duty.save()
    page = read(cast, "sun")
    assert page.count('class="yh-cell-title"') == 1
    assert "共 1 件，其中已超期 1 件" in page
    assert '<span class="yh-sub">交付、财务</span>' in page
    assert [row["角色"] for row in _workbook(cast, "sun")] == ["交付、财务"]
    assert read(cast, "sun", "/obligations/digest").count(f"（{case.number}）") == 1
    Obligation.objects.filter(pk=duty.pk).update(closed_at=moment("2026-10-13 09:00"), outcome="moot")
    assert "共 1 件，其中已超期 1 件" in read(cast, "sun")  # what is still owed in one of them is still owed
    assert read(cast, "sun", "/obligations?closed=on").count('class="yh-cell-title"') == 1


def test_r_014_delivery_and_the_first_opening_are_shown(cast: Cast, case: Application, today: Until) -> None:
    today("2026-10-09")
    assert "9月30日 16:00 送达，尚未打开" in read(cast, "sun")
    assert _badge(read(cast, "sun", "/notices")) == "1"
    assert read(cast, "sun", f"/cases/{case.number}")
    today("2026-10-10")
    read(cast, "zhou", f"/cases/{case.number}")
    read(cast, "sun", f"/cases/{case.number}")
    assert "9月30日 16:00 送达，10月9日 10:00 由孙立打开" in read(cast, "zhou")
    assert set(Notice.objects.filter(organisation=cast.provider, case=case).values_list("opened_at", flat=True)) == {
        moment("2026-10-09 10:00")
    }


def _badge(page: str) -> str:
    """What the bar at the top says of notices."""
    found = re.search(r"通知 <b>([^<]*)</b>", page)
    return found[1] if found else ""


def test_the_list_of_notices_has_a_row_for_each_case_with_news_first_and_opening_one_marks_it(
    cast: Cast, case: Application, today: Until
) -> None:
    today("2026-10-09")
    told, ids = Notice.objects.filter(organisation=cast.education), [cast.education.pk]
    newest, *_, oldest = told
    tell(organisation_ids=ids, subject="放假安排已导入", text="2027年", at=moment("2026-09-29 09:00"))
    page = read(cast, "luo", "/notices")
    assert (page.count('class="yh-cell-title"'), _badge(page)) == (2, "2")
    assert page.index(f"/notices/{newest.pk}") < page.index(f"/notices/{oldest.pk}")
    assert f"此前 {told.filter(case=case).count() - 1} 份，均已有后续" in page
    assert "由罗建华首次打开" in read(cast, "luo", f"/notices/{newest.pk}")
    page = read(cast, "luo", "/notices")
    assert page.index("放假安排已导入") < page.index(f"/notices/{newest.pk}")  # what is unread stands first
    assert _badge(page) == "1"  # what came before the last of a case is no news
    assert "此后本件已有后续" in read(cast, "luo", f"/notices/{oldest.pk}")
    Notice.objects.filter(pk=oldest.pk).update(opened_at=None, opened_by=None)
    for stranger in ("he", "ma", "sun"):
        client = Client()
        client.force_login(cast.person(stranger))
        assert client.get(f"/notices/{oldest.pk}").status_code == 404
        assert f"/notices/{oldest.pk}" not in client.get("/notices").content.decode()
    oldest.refresh_from_db()
    assert oldest.opened_at is None


def test_what_an_organisation_acted_on_is_no_news_and_all_that_was_seen_is_marked_at_once(
    cast: Cast, case: Application, today: Until
) -> None:
    today("2026-10-10")
    assert _badge(read(cast, "sun", "/obligations")) == "1"
    report_opening(cast, case, on=date(2026, 10, 9), at=moment("2026-10-09 10:00"))
    page = read(cast, "sun", "/notices")
    assert ("已有后续" in page, _badge(page)) == (True, "")
    for n in range(101):
        tell(organisation_ids=[cast.provider.pk], subject=f"第 {n} 件", text="事", at=moment("2026-10-09 11:00"))
    client = Client()
    client.force_login(cast.person("sun"))
    page = client.get("/notices").content.decode()
    assert _badge(page) == "99+"
    until = re.search(r'name="until" value="(\d+)"', page)
    assert until is not None
    tell(
        organisation_ids=[cast.provider.pk, cast.education.pk], subject="刚到", text="事", at=moment("2026-10-10 09:59")
    )
    assert client.post("/notices/read", {"until": until[1]}).status_code == 302
    unread = Notice.objects.filter(opened_at=None)
    assert [one.subject for one in unread.filter(organisation=cast.provider)] == ["刚到"]  # not what came meanwhile
    assert unread.filter(organisation=cast.education).exists()  # nor another's
    assert _badge(read(cast, "sun", "/obligations")) == "1"


def test_a_unit_learns_nothing_of_another_units_duties(cast: Cast, case: Application, today: Until) -> None:
    from yunheng.foundation.workflow.models import Participant
    from yunheng.foundation.workflow.queries import owed_in

    Participant.objects.create(case=case, organisation=cast.health)
    case.obligations.create(
        holder=cast.education, role="head", step="confirm_opening", cite="7.1", since=moment("2026-10-09 09:00"),
        received_on=date(2026, 10, 9),
    )  # fmt: skip
    seen = {owed.holder_id for owed in owed_in(actor=cast.actor("he"))}
    assert seen == {cast.provider.pk}
    assert {owed.holder_id for owed in owed_in(actor=cast.actor("luo"))} == {cast.provider.pk, cast.education.pk}
