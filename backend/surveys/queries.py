"""Reading what patients report."""

from backend.patients.access import Category, Chart
from backend.surveys.models import Response
from backend.wire.messages import SurveyRow


def responses(chart: Chart, *, limit: int = 50) -> list[Response]:
    """Answer sets, the newest first, with each answer."""
    chart.need(Category.SURVEYS)
    found = Response.objects.filter(patient=chart.patient)
    return list(found.order_by("-answered_at", "-revision")[:limit])


def changed_since(chart: Chart, *, after: int, limit: int) -> list[SurveyRow]:
    """Rows past the revision `after`, in its order."""
    chart.need(Category.SURVEYS)
    found = Response.objects.filter(patient=chart.patient, revision__gt=after)
    return [_row(r) for r in found.order_by("revision")[:limit]]


def _row(response: Response) -> SurveyRow:
    return SurveyRow(
        id=response.id,
        revision=response.revision,
        survey=response.survey,
        answered_at=response.answered_at,
        score=response.score,
        meaning=response.meaning,
    )
