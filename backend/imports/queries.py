"""Reading the imports of a patient."""

from uuid import UUID

from django.db.models import QuerySet

from backend.core.problems import NotFound
from backend.imports.models import Import
from backend.patients.access import Category, Chart


def imports_of(chart: Chart) -> QuerySet[Import]:
    """Newest first."""
    chart.need(Category.STREAMS)
    found = Import.objects.filter(patient_id=chart.patient.id)
    return found.select_related("user").order_by("-asked_at", "-id")


def import_of(chart: Chart, import_id: UUID) -> Import:
    """One of them; raises NotFound."""
    found = imports_of(chart).filter(pk=import_id).first()
    if found is None:
        raise NotFound()
    return found


def progress_of(patient_id: UUID, import_id: UUID) -> Import:
    """How far one is: counts only, so the caller asks `may` and opens no chart each second."""
    found = Import.objects.filter(patient_id=patient_id, pk=import_id).first()
    if found is None:
        raise NotFound()
    return found
