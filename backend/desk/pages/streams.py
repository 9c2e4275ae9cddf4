"""One stream on a page of its own: the chart, each day's values, and the plan."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods

from backend.accounts.actors import Actor
from backend.core.problems import Invalid, NotFound
from backend.desk.doors import draw, now, page
from backend.desk.panels.base import Asked
from backend.desk.panels.streams import ahead_of, choices
from backend.desk.streamplan import PlanForm, plan_initial
from backend.desk.streams import Stream, StreamChart, chart_of, unit_name, unit_of
from backend.desk.windows import window_of
from backend.patients.access import Category, Chart, Deed, may, open_chart
from backend.streams.overview import days_of_all
from backend.streams.plans import plans_of, set_plan
from backend.streams.queries import sources_of
from backend.wire.measures import MEASURES
from backend.wire.messages import StreamPlanRow

LOOK_BACK = timedelta(days=366 * 10)


@require_http_methods(["GET", "HEAD", "POST"])
def show_stream(request: HttpRequest, actor: Actor, patient_id: UUID, kind: str) -> HttpResponse:
    """Read by whoever may read streams; the plan is for whoever may change them."""
    moment, is_saving = now(), request.method == "POST"
    deed = Deed.CHANGE if is_saving else Deed.READ
    sees_findings = may(actor, patient_id, Category.INSIGHTS, deed=deed, now=moment)
    needed = (Category.STREAMS, Category.INSIGHTS) if sees_findings else (Category.STREAMS,)
    chart = open_chart(actor, patient_id, *needed, deed=deed, subject="stream page", now=moment)
    if kind not in MEASURES:
        raise NotFound()
    plan = plans_of(chart).get(kind)
    form = _form(request, chart, kind, plan, moment)
    if is_saving and form.is_valid() and _saved(chart, kind, form, moment):
        messages.success(request, "Saved. The phone has it at its next sync.")
        return redirect("admin:patient-stream", patient_id, kind)
    asked = Asked(moment, request.GET.get("span", ""), request.GET.get("day", ""))
    context = _context(chart, kind, plan, asked) | {
        "title": f"{MEASURES[kind].label}: {chart.patient.name}",
        "form": form if may(actor, patient_id, Category.STREAMS, deed=Deed.CHANGE, now=moment)
        else None,
        "patient": chart.patient,
        "is_simulated": chart.patient.simulated,
    }  # fmt: skip
    return draw(request, "desk/stream.html", context, status=400 if form.errors else 200)


def _form(
    request: HttpRequest, chart: Chart, kind: str, plan: StreamPlanRow | None, moment: datetime
) -> PlanForm:
    found = sources_of(chart, start=moment - LOOK_BACK, end=moment).get(kind, [])
    planned = plan.sources if plan else []
    unit = unit_of(chart, kind)
    return PlanForm(
        request.POST if request.method == "POST" else None,
        initial=plan_initial(plan, kind, unit),
        kind=kind,
        unit=unit,
        unit_name=unit_name(kind, unit),
        sources=list(dict.fromkeys([*planned, *found])),
    )


def _saved(chart: Chart, kind: str, form: PlanForm, moment: datetime) -> bool:
    """False if the plan cannot be so; the form then says why, field by field."""
    try:
        set_plan(chart, kind, **form.plan(), now=moment)
    except Invalid as problem:
        for error in problem.errors:
            form.add_error(form.field_of(error.field), error.detail)
        return False
    return True


def _context(chart: Chart, kind: str, plan: StreamPlanRow | None, asked: Asked) -> dict[str, Any]:
    window = window_of(ZoneInfo(chart.patient.zone), asked.span, asked.day, now=asked.now)
    days = days_of_all(chart, window.first, window.last, kinds=[kind]).get(kind, [])
    insights = chart if Category.INSIGHTS in chart.categories else None
    stream = Stream(chart, kind, window, days, plan, ahead_of(insights, kind, asked))
    drawn = chart_of(stream)
    return choices(window, asked) | {"chart": drawn, "rows": _rows(stream, drawn)}


def _rows(stream: Stream, drawn: StreamChart) -> list[dict[str, Any]]:
    """Each day in words, the newest first."""
    found = []
    for day in reversed(stream.days):
        values = [day.total] if stream.sums else [day.mean, day.low, day.high]
        shown = [f"{value:,.4g}" for value in stream.shown(values)]
        worn = f"{day.coverage:.0%}" if drawn.coverage is not None else ""
        found.append(
            {"day": day.day, "values": shown, "count": day.count, "worn": worn, "by": day.source}
        )
    return found


urlpatterns = [
    path(
        "patients/<uuid:patient_id>/streams/<slug:kind>/",
        page(show_stream),
        name="patient-stream",
    ),
]
