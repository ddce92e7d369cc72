"""Two people act at once: exactly one succeeds, the other is told who or what was first."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connections

from tests.cast import assemble, draft, moment, person, recommended
from tests.journeys import exiting
from yunheng.domain.services import operations
from yunheng.domain.services.exit.operations import submit as leave
from yunheng.domain.services.involvements import open_involvements
from yunheng.domain.services.migration.operations import register
from yunheng.domain.services.models import Application, Exit, Service
from yunheng.foundation.audit.operations import broken_links
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotOpen


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Each act in a thread and on a connection of its own, all at one moment; "done" or why not, sorted."""
    gate = Barrier(len(acts))

    def attempt(act: Callable[[], object]) -> str:
        try:
            gate.wait(timeout=20)
            act()
            return "done"
        except BadInput as refusal:
            return refusal.problems[0].what
        except NotOpen as refusal:
            return refusal.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(attempt, acts))


@pytest.mark.django_db(transaction=True)
def test_two_approvers_decide_at_once_and_one_of_them_is_told_who_was_first(transactional_db: None) -> None:
    cast = assemble()
    person(cast.bureau, "feng", "冯远", "approver")
    case = recommended(cast, draft(cast), at=moment("2026-04-28 09:00"))
    seen = [(Application.objects.get(pk=case.pk), cast.actor(username)) for username in ("zhou", "feng")]

    def decide(own: Application, approver: Actor) -> None:
        operations.approve(own, actor=approver, at=moment("2026-04-29 10:18"), version=case.version)

    answers = at_once(*(partial(decide, own, approver) for own, approver in seen))
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
    moved, luo, sun = leaving.services[0].number, cast.actor("luo"), cast.actor("sun")
    answers = at_once(
        partial(leave, Exit.objects.get(pk=leaving.pk), actor=luo, at=at),
        partial(register, pairs=[(moved, "")], reason="机房更换", actor=sun, at=at),
    )
    assert answers[0] == "done"
    assert re.fullmatch("正在(退出使用 TC|系统迁移 QY)-2026-0001 中办理", answers[1])
    assert open_involvements(Service.objects.filter(number=moved)).count() == 1
