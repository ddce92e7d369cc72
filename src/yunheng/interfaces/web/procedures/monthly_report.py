"""The page of a monthly report (10.3): what was counted, the dismissals with their reasons, the provider's words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from yunheng.domain.optimization.models import MonthlyReport
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.queries import cases
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.procedures import Page
from yunheng.law.ch2_use.art10_report import COUNTED


def _facts(case: MonthlyReport, today: date) -> list[tuple[str, object]]:
    return [
        ("云服务商", case.provider.name if case.provider else "—"),
        ("报送", case.unit.name),
        ("月份", f"{case.month.year}年{case.month.month}月"),
        ("月末在办", f"{case.figures['open']} 件"),
        ("完成调整的每月节约", f"{yuan(Decimal(case.figures['saving']))}元"),
        ("说明", case.remarks or "—"),
    ]


def _values(case: MonthlyReport, actor: Actor, today: date) -> dict[str, Any]:
    listed = case.figures["dismissals"]
    mine = set(cases(actor=actor).filter(number__in=[one["case"] for one in listed]).values_list("number", flat=True))
    return {
        "counts": [(zh, case.figures["counts"][name]) for name, zh in COUNTED],
        "dismissals": [(one, one["case"] in mine) for one in listed],
    }


PAGE = Page(_facts, _values, template="pages/monthly_report.html")
