"""The page of a registration: the rows that a unit goes through, and what was decided on each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, Count, Q, When

from yunheng.domain.services.models import Registration
from yunheng.foundation.workflow.actor import Actor
from yunheng.interfaces.web.procedures import Page
from yunheng.law.ch2_use.art06_application import PAPERS as ASKED
from yunheng.law.ch3_funding.art14_contract import LANES

SHOWN = 200


def _facts(case: Registration, today: date) -> list[tuple[str, object]]:
    lines = case.lines.all()
    facts: list[tuple[str, object]] = [
        ("用户单位", case.unit.name),
        ("云服务商", case.provider.short_name if case.provider else "—"),
        ("存量日期", case.day),
        ("清单", case.run.number),
        ("行数", f"{lines.count():,}"),
        ("尚未核对", f"{lines.filter(system=None, disputed='').count():,}"),
        ("有异议", f"{lines.exclude(disputed='').count():,}"),
        ("已入账", f"{lines.filter(entered=True).count():,}"),
    ]
    held = case.services_opened.values_list("contract__number", "lane").annotate(rows=Count("pk"))
    facts += [
        (f"合同 {number}", f"{dict(LANES)[lane]} {rows:,} 行")
        for number, lane, rows in held.order_by("contract__number", "lane")
    ]
    if case.missing:
        facts += [
            ("缺少的材料", "、".join(dict(ASKED).get(kind, kind) for kind in case.missing)),
            ("补交截止日", case.papers_due or "—"),
        ]
    return facts


def _values(case: Registration, actor: Actor, today: date) -> dict[str, Any]:
    settled = Case(When(system=None, disputed="", then=0), When(~Q(disputed=""), then=1), default=2)
    lines = case.lines.select_related("system", "service").order_by(settled, "no")
    return {"lines": lines[:SHOWN], "lines_total": lines.count()}


PAGE = Page(_facts, _values, template="pages/registration.html", papers=dict(ASKED))
