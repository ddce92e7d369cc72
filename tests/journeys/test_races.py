"""Two people act at once: exactly one succeeds, the other is told who or what was first."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from tests.cast import Cast, assemble, draft, moment, person
from tests.journeys import exiting
from yunheng.domain.services import operations
from yunheng.domain.services.exit import operations as operations_of_exit
from yunheng.domain.services.ledger import open_involvements
from yunheng.domain.services.migration import operations as migration
from yunheng.domain.services.models import Application, Exit, Service, Undertaking
from yunheng.foundation.audit.operations import broken_links
from yunheng.foundation.workflow.errors import BadInput, NotOpen


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


@pytest.mark.django_db(transaction=True)
def test_an_exit_and_a_migration_reach_for_one_service_at_once_and_one_of_them_waits(transactional_db: None) -> None:
    cast, at = assemble(), moment("2026-05-09 10:00")
    leaving = exiting.draft(cast)
    moved = leaving.services[0].number
    gate, luo, sun = Barrier(2), cast.actor("luo"), cast.actor("sun")

    def leave() -> str:
        operations_of_exit.submit(Exit.objects.get(pk=leaving.pk), actor=luo, at=at)
        return "done"

    def move() -> str:
        migration.register(pairs=[(moved, "")], reason="机房更换", actor=sun, at=at)
        return "done"

    def attempt(act: Callable[[], str]) -> str:
        try:
            gate.wait(timeout=20)
            return act()
        except BadInput as refusal:
            return refusal.problems[0].what
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, (leave, move)))
    assert answers[0] == "done"
    assert re.fullmatch("正在(退出使用 TC|系统迁移 QY)-2026-0001 中办理", answers[1])
    assert open_involvements(Service.objects.filter(number=moved)).count() == 1


def _recommended(cast: Cast) -> Application:
    case, when = draft(cast), moment("2026-04-28 09:00")
    Undertaking.objects.create(unit=cast.education, signed_by=cast.person("luo"), signed_at=when)
    operations.take(case, "pass_to_head", actor=cast.actor("chen"), at=when)
    operations.take(case, "submit", actor=cast.actor("luo"), at=when)
    operations.take(case, "accept", actor=cast.actor("wu"), at=when)
    grants = {line.no: operations.Cut(line.quantity) for line in case.lines.all()}
    operations.recommend(case, grants=grants, contract=cast.contract, actor=cast.actor("wu"), at=when, opinion="同意")
    return case
