"""Every route; what a room serves stands in its own api.py."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from backend.core.health import healthz
from backend.desk import urls as desk
from backend.guidance import api as guidance
from backend.insights import api as insights
from backend.messages import api as messages
from backend.notices import api as notices
from backend.patients import api as patients
from backend.portal import api as portal_api
from backend.portal import urls as portal
from backend.regimens import api as regimens
from backend.sms import api as sms
from backend.streams import api as streams
from backend.surveys import api as surveys
from backend.sync import api as sync
from backend.visits import api as visits
from backend.visits import pages as visit_pages

api: list[URLPattern | URLResolver] = [
    *guidance.urlpatterns,
    *insights.urlpatterns,
    *messages.urlpatterns,
    *notices.urlpatterns,
    *patients.urlpatterns,
    *portal_api.urlpatterns,
    *regimens.urlpatterns,
    *streams.urlpatterns,
    *surveys.urlpatterns,
    *sync.urlpatterns,
    *visits.urlpatterns,
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", include(api)),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("me/", include((portal.urlpatterns, "me"))),
    *visit_pages.urlpatterns,
    *sms.urlpatterns,
    path("admin/", include((desk.urlpatterns, "admin"))),
]

handler404 = "backend.core.api.not_found"
