"""The pages of all procedures by kind of case."""

from __future__ import annotations

from yunheng.interfaces.web.procedures import (
    Page,
    agreement,
    busy_calendar,
    change,
    coverage,
    discrepancy,
    integrity,
    migration,
    monthly_report,
    registration,
    release,
    succession,
    suggestion,
    temporary,
    uninstall,
)
from yunheng.interfaces.web.procedures.exit import PAGE as EXIT_PAGE

PAGES: dict[str, Page] = {
    "agreement": agreement.PAGE,
    "busy_calendar": busy_calendar.PAGE,
    "discrepancy": discrepancy.PAGE,
    "change": change.PAGE,
    "coverage": coverage.PAGE,
    "exit": EXIT_PAGE,
    "integrity": integrity.PAGE,
    "migration": migration.PAGE,
    "registration": registration.PAGE,
    "monthly_report": monthly_report.PAGE,
    "release": release.PAGE,
    "succession": succession.PAGE,
    "temporary": temporary.PAGE,
    "uninstall": uninstall.PAGE,
    "suggestion": suggestion.PAGE,
}
