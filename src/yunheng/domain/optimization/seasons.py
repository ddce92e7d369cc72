"""The business calendar of a system (10.2): which periods are busy, said once by its unit."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from yunheng.domain.optimization.models import BusyPeriod
from yunheng.domain.systems.queries import system_of, systems
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Field
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.law.ch2_use.art10_season import RECURRENCES
from yunheng.law.kernel.citation import art

CITE = art(10, 2)
FIELDS = (
    Field("name", "高峰期名称", most=40, help="如“年报”“学期末”；同名的再次申报即替换"),
    Field("first", "首日", "day"),
    Field("last", "末日", "day", help="含当日"),
    Field("recurs", "周期", "choice", choices=tuple((code, zh) for code, zh, _ in RECURRENCES)),
)


def declares(actor: Actor) -> bool:
    """Whether somebody may declare a busy period of a system of its unit."""
    return actor.kind == "user_unit" and (actor.has("handler") or actor.has("head"))


def busy_periods(*, actor: Actor) -> QuerySet[BusyPeriod]:
    """What was declared for the systems that the actor may see."""
    visible = systems(actor=actor).order_by().values("pk")
    return BusyPeriod.objects.filter(system__in=visible).select_related("system__unit")


@transaction.atomic
def declare(*, system: str, name: str, first: date, last: date, recurs: str, actor: Actor, at: datetime) -> BusyPeriod:
    """Declare a busy period of a system (by code), from its ``first`` to its ``last`` day; a name said again replaces.

    It keeps advice quiet in it and before it, and until it was measured once. Raises NotYours, NotFound, BadInput.
    """
    if not declares(actor):
        raise NotYours("业务高峰期由用户单位申报", cite=CITE, todo="交该单位经办人或负责人办理")
    held = system_of(system, actor=actor, cite=CITE)
    if last < first:
        raise BadInput([Problem("末日", "不能早于首日")], cite=CITE)
    given = {"first": first, "last": last, "recurs": recurs, "declared_at": at, "declared_by_id": actor.person_id}
    made, _ = BusyPeriod.objects.update_or_create(system=held, name=name, defaults=given)
    body = {"by": actor.person_id, "name": name, "first": f"{first}", "last": f"{last}", "recurs": recurs}
    audit.write(kind="optimization.busy", subject=held.code, at=at, body=body)
    return made
