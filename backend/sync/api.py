"""The door to the phone."""

from datetime import UTC, datetime

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.accounts.models import Device
from backend.core.problems import Forbidden
from backend.core.rendering import to_json
from backend.patients.access import EVERYDAY, Deed
from backend.patients.api import asked_chart
from backend.sync.actions import sync_phone
from backend.sync.requests import SyncReplySerializer, SyncRequestSerializer, read_request
from backend.wire.messages import SYNC_PAGE_ROWS


class SyncView(APIView):
    """Uploads and events there, changes back."""

    page_rows = SYNC_PAGE_ROWS

    @extend_schema(request=SyncRequestSerializer, responses=SyncReplySerializer)
    def post(self, request: Request) -> Response:
        """410: start again without a cursor. 413: send less; `limit` says how much."""
        device = request.auth
        if not isinstance(device, Device):
            raise Forbidden("Only a phone syncs.")
        asked = read_request(request.data)
        chart = asked_chart(request, *EVERYDAY, deed=Deed.CHANGE)
        reply = sync_phone(
            chart, asked, device_id=device.id, page_rows=self.page_rows, now=datetime.now(UTC)
        )
        return Response(to_json(reply))


urlpatterns = [path("sync", SyncView.as_view(), name="sync")]
