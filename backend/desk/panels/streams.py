"""Small charts of what was measured, all of one stretch of time, a kind each."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from backend.desk.drawing import Point
from backend.desk.opening import Opened
from backend.desk.panels.base import Asked, zone_of
from backend.desk.streams import Stream, chart_of
from backend.desk.windows import SPANS, Window, window_of
from backend.insights.glucose_ahead import forecast_of
from backend.patients.access import Category, Chart
from backend.streams import queries
from backend.streams.overview import days_of_all
from backend.streams.plans import plans_of


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """A chart, or words, for each kind that was measured in the window."""
    chart = opened.chart(Category.STREAMS)
    zone = zone_of(opened)
    window = window_of(zone, asked.span, asked.day, now=asked.now)
    found = days_of_all(chart, window.first, window.last)
    plans = plans_of(chart) if found else {}
    insights = opened.charts.get(Category.INSIGHTS)
    charts = [
        chart_of(
            Stream(chart, kind, window, days, plans.get(kind), ahead_of(insights, kind, asked))
        )
        for kind, days in found.items()
    ]
    return choices(window, asked) | {
        "charts": [chart for chart in charts if chart.drawing],
        "in_words": [chart for chart in charts if not chart.drawing],
        "latest": None if found else _latest(chart, zone),
    }


def ahead_of(chart: Chart | None, kind: str, asked: Asked) -> list[Point]:
    """What is forecast of the kind and still holds, for who may see findings."""
    if kind != "glucose" or chart is None:
        return []
    return [Point(*step) for step in forecast_of(chart, now=asked.now)]


def choices(window: Window, asked: Asked) -> dict[str, Any]:
    """The buttons that lead to other stretches."""
    today = asked.now.astimezone(window.zone).date()
    return {
        "window": window,
        "spans": [(span, label, span == window.span) for span, (_, label) in SPANS.items()],
        "earlier": window.earlier(),
        "later": window.later(today),
        "is_latest": window.last >= today,
    }


def _latest(chart: Chart, zone: ZoneInfo) -> date | None:
    """The last day with data, for a window that holds none: an old export must not look lost."""
    moment = queries.latest_moment(chart)
    return moment.astimezone(zone).date() if moment else None
