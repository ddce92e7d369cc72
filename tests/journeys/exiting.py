"""How an exit comes to each of its states: short acts of the cast, shared by the tests of article 11."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.cast import Cast, moment
from yunheng.domain.services.exit import operations as do
from yunheng.domain.services.models import Exit, Service
from yunheng.foundation.calendars.operations import seed
from yunheng.foundation.workflow import doors

AT = moment("2026-05-09 10:00")
DIGEST = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
BY = {
    "pass_to_head": "chen", "submit": "luo", "withdraw": "luo", "hold": "zhou", "unhold": "zhou", "back_up": "sun",
    "acknowledge": "chen", "refuse_backup": "chen", "release": "sun", "report": "sun", "close": "wu", "send_back": "wu",
}  # fmt: skip
PATH = ("submit", "back_up", "acknowledge", "release", "report", "close")


def service(cast: Cast, n: int = 1, **given: Any) -> Service:
    """Two hosts at 320 a month since 2026-02-01, covered, unless something else is ``given``."""
    fields = {
        "jurisdiction": cast.city, "number": f"S-2026-{n:04d}", "unit": cast.education, "system": cast.system,
        "contract": cast.contract, "sku": "C-ECS-4C16G", "name": "云主机 4核16G", "measure": "台", "quantity": Decimal(2),
        "lane": "covered", "opened_on": date(2026, 2, 1),
    }  # fmt: skip
    return Service.objects.create(**{**fields, **given})


def draft(cast: Cast, *, backup: bool = True, at: str = "2026-05-09 10:00") -> Exit:
    """A complete draft for the two services of the system."""
    seed(jurisdiction_id=cast.city.pk, at=moment("2026-01-01 00:00"))
    if not Service.objects.exists():
        service(cast, 1)
        service(cast, 2, sku="S-DISK-SSD", name="云盘 SSD", measure="GB", quantity=Decimal(100))
    case = do.create(system="JY-001", actor=cast.actor("chen"), at=moment(at))
    numbers = [s.number for s in case.services]
    sent = {
        "services": numbers, "wants_backup": "yes" if backup else "no", "backup_to": "教育局存储" if backup else "",
        "reason": "业务已并入一体化平台",
    }  # fmt: skip
    doors.edit(case, "request", sent=sent, actor=cast.actor("chen"), at=moment(at))
    case.refresh_from_db()
    return case


def carried(cast: Cast, case: Any, step: str, day: str = "2026-05-09") -> dict[str, Any]:
    """What each step carries."""
    return {
        "hold": {"ground": "第二季度安全检查"},
        "back_up": {"digest_kind": "sm3", "digest": DIGEST.upper(), "place": "备份库房三号柜"},
        "release": {"day": day},
        "report": {"disposal": "实例已删除，地址已收回", "destroyed": "yes"},
    }.get(step, {})


def step(cast: Cast, case: Exit, name: str, at: str = "2026-05-09 10:00", **more: Any) -> Exit:
    """The step by whom its row names."""
    sent = {"opinion": "理由", **carried(cast, case, name, at[:10]), **more}
    doors.take(case, name, sent=sent, actor=cast.actor(BY[name], moment(at)), at=moment(at))
    return case


def taken(cast: Cast, *names: str, backup: bool = True) -> Exit:
    """A draft taken through steps, all on the day of these tests."""
    case = draft(cast, backup=backup)
    for name in names:
        step(cast, case, name)
    return case
