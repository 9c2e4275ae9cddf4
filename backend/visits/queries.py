"""Reading visits."""

from datetime import datetime
from uuid import UUID

from backend.core.problems import NotFound
from backend.patients.access import Category, Chart
from backend.visits.models import Ticket, Visit, ticket_digest
from backend.wire.messages import VisitRow


def visits(chart: Chart, *, limit: int = 50) -> list[Visit]:
    """The latest first, with the notes of the care team."""
    chart.need(Category.VISITS)
    found = Visit.objects.filter(patient=chart.patient).select_related("with_user")
    return list(found.order_by("-starts_at")[:limit])


def changed_since(chart: Chart, *, after: int, limit: int) -> list[VisitRow]:
    """Rows past the revision `after`, in its order."""
    chart.need(Category.VISITS)
    found = Visit.objects.filter(patient=chart.patient, revision__gt=after)
    return [row_of(v) for v in found.select_related("with_user").order_by("revision")[:limit]]


def row_of(visit: Visit) -> VisitRow:
    """The visit as its patient sees it: the care team's notes are not part of it."""
    return VisitRow(
        id=visit.id,
        revision=visit.revision,
        starts_at=visit.starts_at,
        minutes=visit.minutes,
        state=visit.state,  # type: ignore[arg-type]
        with_whom=visit.with_user.name if visit.with_user else "",
        reason=visit.reason,
        questions=visit.questions,
    )


def visit(chart: Chart, visit_id: UUID) -> Visit:
    """One of them; raises NotFound."""
    chart.need(Category.VISITS)
    found = Visit.objects.filter(pk=visit_id, patient=chart.patient).select_related("with_user")
    if (one := found.first()) is None:
        raise NotFound()
    return one


def visit_of_ticket(token: str, *, now: datetime) -> UUID | None:
    """The visit that an unused ticket opens; it tells nothing else and needs no chart."""
    ticket = Ticket.objects.filter(token_hash=ticket_digest(token)).first()
    return ticket.visit_id if ticket and ticket.opens_at(now) else None
