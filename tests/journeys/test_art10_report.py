"""Article 10, third paragraph: the monthly report, asked as every procedure is asked, and what it counts."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from tests.cast import Cast, moment
from tests.journeys.advising import detected, host, step
from tests.journeys.procedures import ProcedureTests, Recipes
from yunheng.domain.optimization.models import MonthlyReport
from yunheng.domain.optimization.reporting import open_due
from yunheng.domain.parties.models import Organisation
from yunheng.domain.services.models import Service
from yunheng.foundation.documents.models import Letter
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import CLOCK
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import advance, open_case
from yunheng.law.ch2_use.art10_report import REPORT

AT = moment("2026-06-01 08:00")
BY = {"redraft": "sun", "submit": "sun", "receive": "zhou", "return": "zhou"}


def report(cast: Cast, *names: str) -> MonthlyReport:
    """Last month's, taken through steps on the first of June."""
    if not Service.objects.exists():
        host(cast)
    open_due(at=AT)
    case = MonthlyReport.objects.get()
    for name in names:
        doors.take(case, name, sent={"opinion": "理由"}, actor=cast.actor(BY[name], AT), at=AT)
    return case


def due(cast: Cast) -> MonthlyReport:
    """As it is for the blink of an eye: opened, not yet drafted."""
    bureau = Organisation.objects.get(kind="bureau")
    case = MonthlyReport(kind="monthly_report", unit=bureau, provider=cast.provider, month=moment("2026-05-01 00:00").date(),
                         title="2026年5月政务云资源优化", figures={"counts": {}, "open": 0, "saving": "0", "dismissals": []})  # fmt: skip
    return open_case(case, actor=CLOCK, at=AT)


def by_clock(case: Case, at: datetime) -> None:
    advance(case, "draft", actor=CLOCK, at=at)


class TestArticle10MonthlyReport(ProcedureTests):
    recipes = Recipes(
        machine=REPORT,
        at=AT,
        reached={
            "due": due,
            "drafted": report,
            "submitted": lambda cast: report(cast, "submit"),
            "returned": lambda cast: report(cast, "submit", "return"),
            "received": lambda cast: report(cast, "submit", "receive"),
        },
        by_clock={"draft": by_clock},
    )


@pytest.mark.django_db
def test_last_month_is_counted_from_the_procedure_once_and_dismissals_are_told_with_their_reasons(cast: Cast) -> None:
    found = moment("2026-05-20 10:00")
    case = detected(cast, at=found)
    step(cast, case, "dismiss", moment("2026-05-31 23:59"), opinion="双机热备的备机")
    step(cast, case, "reopen", moment("2026-06-01 00:01"))
    assert open_due(at=AT) == 1
    assert open_due(at=moment("2026-06-15 08:00")) == 0
    made = MonthlyReport.objects.get()
    assert (made.month.month, made.provider, made.title) == (5, cast.provider, "2026年5月政务云资源优化")
    assert {name: n for name, n in made.figures["counts"].items() if n} == {"found": 1, "dismiss": 1}
    doors.edit(made, "remarks", sent={"remarks": "本月数据齐全"}, actor=cast.actor("sun", AT), at=AT)
    made.refresh_from_db()
    doors.take(made, "submit", sent={}, actor=cast.actor("sun", AT), at=AT)
    letter = Letter.objects.get(kind="资源优化月报")
    assert (letter.addressee, letter.copies_to) == (cast.bureau, "市大数据应用服务中心")
    assert "双机热备的备机" in "".join(letter.data["paragraphs"])
    for username, status in (("sun", 200), ("zhou", 200), ("wu", 200), ("chen", 404), ("he", 404)):
        client = Client()
        client.force_login(cast.person(username))
        answer = client.get(f"/cases/{made.number}")
        assert answer.status_code == status
        assert ("备用资源" in answer.content.decode()) is (status == 200)
