"""Two people take the same step at once: exactly one succeeds, the other is told who was first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from tests.cast import Cast, assemble, draft, moment, person
from yunheng.domain.services import operations
from yunheng.domain.services.models import Application, Undertaking
from yunheng.foundation.audit.operations import broken_links
from yunheng.foundation.workflow.errors import NotOpen


@pytest.mark.django_db(transaction=True)
def test_two_approvers_decide_at_once_and_one_of_them_is_told_who_was_first(transactional_db: None) -> None:
    cast = assemble()
    person(cast.bureau, "feng", "冯远", "approver")
    case = _recommended(cast)
    gate, actors = Barrier(2), [cast.actor("zhou"), cast.actor("feng")]

    def decide(n: int) -> str:
        try:
            own = Application.objects.get(pk=case.pk)
            gate.wait(timeout=20)
            operations.approve(own, actor=actors[n], at=moment("2026-04-29 10:18"), version=case.version)
            return "done"
        except NotOpen as refusal:
            return refusal.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(decide, (0, 1)))
    case.refresh_from_db()
    assert answers[1] == "done"
    assert answers[0].startswith("4月29日 10:18 已由")
    assert case.state == "notified"
    assert case.events.filter(step="approve").count() == 1
    assert broken_links() == []


def _recommended(cast: Cast) -> Application:
    case, when = draft(cast), moment("2026-04-28 09:00")
    Undertaking.objects.create(unit=cast.education, signed_by=cast.person("luo"), signed_at=when)
    operations.take(case, "pass_to_head", actor=cast.actor("chen"), at=when)
    operations.take(case, "submit", actor=cast.actor("luo"), at=when)
    operations.take(case, "accept", actor=cast.actor("wu"), at=when)
    grants = {line.no: operations.Cut(line.quantity) for line in case.lines.all()}
    operations.recommend(case, grants=grants, contract=cast.contract, actor=cast.actor("wu"), at=when, opinion="同意")
    return case
