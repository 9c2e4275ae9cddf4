"""Notices over HTTP."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.paging import PAGE_PARAMETERS, page, paged
from backend.core.serializers import WireSerializer
from backend.notices import queries
from backend.patients.access import Category
from backend.patients.api import asked_chart
from backend.wire.messages import NoticeRow


class NoticeSerializer(WireSerializer):
    class Meta:
        dataclass = NoticeRow


class NoticesView(APIView):
    """What the patient was told."""

    @extend_schema(responses=paged(NoticeSerializer), parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """In the order of change."""
        chart = asked_chart(request, Category.NOTICES)
        return page(request, lambda **cut: queries.changed_since(chart, **cut))


urlpatterns = [path("notices", NoticesView.as_view(), name="notices")]
