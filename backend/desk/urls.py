"""Every address under /admin/: the desk's own pages, then the site's."""

from django.urls import URLPattern, URLResolver

from backend.desk.pages import deeds, operation, patient, prescribing, worklist
from backend.desk.site import desk

app_name = "admin"
urlpatterns: list[URLPattern | URLResolver] = [
    *worklist.urlpatterns,
    *operation.urlpatterns,
    *patient.urlpatterns,
    *prescribing.urlpatterns,
    *deeds.urlpatterns,
    *desk.get_urls(),
]
