"""An instance rebuilt under a new id stays the same service: the provider records it, nothing is charged anew (9.1)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service
from yunheng.foundation.audit import operations as audit
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import BadInput, NotFound, NotYours, Problem, Refusal
from yunheng.law.kernel.citation import art

CITE = art(9, 1)
MOST = 20_000  # characters


@transaction.atomic
def replace_instances(service: Service, *, instances: str, actor: Actor, at: datetime) -> Service:
    """Put other instances (one per line: id address) in the place of those recorded; quantity and product stay.

    Only the provider of the service does so, while it runs. Raises NotFound, NotYours, Refusal, BadInput.
    """
    locked = Service.objects.select_for_update(of=("self",)).select_related("contract").get(pk=service.pk)
    if actor.kind != "provider" or locked.contract.provider_id != actor.organisation_id:
        raise NotFound("没有这条服务，或你无权查看")
    if not actor.has("delivery"):
        raise NotYours("只有云服务商交付可以登记实例更换", cite=CITE, todo="交云服务商交付办理")
    if not locked.runs_on(localdate(at)):
        raise Refusal(f"{locked.number}没有在运行，不能更换实例", cite=CITE, todo="核对服务编号")
    rows = [line.strip() for line in instances.splitlines() if line.strip()]
    _check(locked, rows, len(instances))
    before = locked.instances
    ledger.set_instances(locked, "\n".join(rows))
    body = {"by": actor.person_id, "organisation": actor.organisation_id, "before": before, "after": locked.instances}
    audit.write(kind="services.instances", subject=locked.number, at=at, body=body)
    return locked


def _check(service: Service, rows: list[str], length: int) -> None:
    problems, names = [], [row.split()[0] for row in rows]
    if not rows:
        problems.append(Problem("实例与地址", "至少写一个实例；不再使用的，按退出办理"))
    if length > MOST:
        problems.append(Problem("实例与地址", f"最多 {MOST} 字"))
    problems += [
        Problem("实例与地址", f"实例 {name} 写了两次") for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if "\n".join(rows) == service.instances:
        problems.append(Problem("实例与地址", "与已登记的相同，没有更换"))
    if problems:
        raise BadInput(problems, cite=CITE)
