"""The views of watching and advising (8, 10): what the rules say, what is measured, and the cases that come of it."""

from __future__ import annotations

from django.urls import reverse

from yunheng.interfaces.web.components.parts import Tab

CASES = (("优化建议", "suggestion"), ("优化月报", "monthly_report"), ("业务日历", "busy_calendar"))


def watching_tabs(current: str) -> list[Tab]:
    """Answers and measuring are pages of their own; the rest are lists of cases."""
    return [
        Tab("判断", reverse("optimization"), current == "optimization"),
        Tab("监测", reverse("metering"), current == "metering"),
        *(Tab(zh, f"{reverse('cases')}?kind={kind}") for zh, kind in CASES),
    ]
