"""Every address under /admin/: the desk's own pages, then the site's."""

from django.urls import URLPattern, URLResolver

from backend.desk.pages import deeds, patient, worklist
from backend.desk.site import desk

app_name = "admin"
urlpatterns: list[URLPattern | URLResolver] = [
    *worklist.urlpatterns,
    *patient.urlpatterns,
    *deeds.urlpatterns,
    *desk.get_urls(),
]
