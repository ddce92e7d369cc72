"""The values that the parts of a page are made from, and the builders where there is something to work out."""

from yunheng.interfaces.web.components.badges import Badge, badge
from yunheng.interfaces.web.components.clock import ClockView, clock_view
from yunheng.interfaces.web.components.daily import DailyChart, DayUse, HourUse, Level, daily_chart, hourly_chart
from yunheng.interfaces.web.components.limits import Limit, LimitBar, limit_bar
from yunheng.interfaces.web.components.month import MonthView, month_view
from yunheng.interfaces.web.components.parts import (
    ActionBar,
    Button,
    Crumb,
    DocumentItem,
    Fact,
    Figure,
    Formula,
    Gap,
    Pages,
    RecordItem,
    Tab,
    TaskItem,
    Term,
)
from yunheng.interfaces.web.components.shares import BandBar, Part, band_bar
from yunheng.interfaces.web.components.steps import StepBar, StepItem, step_bar
from yunheng.interfaces.web.components.timeline import Cut, Lane, Piece, Segment, TimelineView, timeline_view

__all__ = [
    "ActionBar",
    "Badge",
    "BandBar",
    "Button",
    "ClockView",
    "Crumb",
    "Cut",
    "DailyChart",
    "DayUse",
    "DocumentItem",
    "Fact",
    "Figure",
    "Formula",
    "Gap",
    "HourUse",
    "Lane",
    "Level",
    "Limit",
    "LimitBar",
    "MonthView",
    "Pages",
    "Part",
    "Piece",
    "RecordItem",
    "Segment",
    "StepBar",
    "StepItem",
    "Tab",
    "TaskItem",
    "Term",
    "TimelineView",
    "badge",
    "band_bar",
    "clock_view",
    "daily_chart",
    "hourly_chart",
    "limit_bar",
    "month_view",
    "step_bar",
    "timeline_view",
]
