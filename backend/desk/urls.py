"""Every address under /admin/: the desk's own pages, then the site's."""

from django.urls import URLPattern, URLResolver

from backend.desk.pages import (
    alerts,
    background,
    deeds,
    fills,
    imports,
    messages,
    models,
    nudges,
    operation,
    patient,
    prescribing,
    streams,
    told_risk,
    worklist,
)
from backend.desk.site import desk

app_name = "admin"
urlpatterns: list[URLPattern | URLResolver] = [
    *worklist.urlpatterns,
    *alerts.urlpatterns,
    *operation.urlpatterns,
    *patient.urlpatterns,
    *background.urlpatterns,
    *prescribing.urlpatterns,
    *streams.urlpatterns,
    *deeds.urlpatterns,
    *imports.urlpatterns,
    *fills.urlpatterns,
    *nudges.urlpatterns,
    *models.urlpatterns,
    *told_risk.urlpatterns,
    *messages.urlpatterns,
    *desk.get_urls(),
]
