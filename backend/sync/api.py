"""The door to the phone."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from backend.accounts.models import Device
from backend.core.api import MethodNotAllowed, UnsupportedMediaType, answer_problem
from backend.core.parsers import read_json
from backend.core.problems import CursorGone, Problem, Unauthenticated
from backend.core.rendering import to_json_text
from backend.core.statements import NotSo
from backend.patients.phones import PhoneAuthentication, forget_phone, recall_phone
from backend.sync.actions import sync_phone, sync_samples
from backend.sync.requests import SyncReplySerializer, SyncRequestSerializer, read_request
from backend.wire.messages import SYNC_PAGE_ROWS, SyncReply, SyncRequest

logger = logging.getLogger("evenkeel.sync")


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SyncView(APIView):
    """Uploads and events there, changes back.

    A DRF view by its place and its schema only: `dispatch` goes straight from Django to the work,
    because DRF's part of a small request costs as much as all of ours.
    """

    page_rows = SYNC_PAGE_ROWS

    @extend_schema(request=SyncRequestSerializer, responses=SyncReplySerializer)
    def post(self, request: HttpRequest) -> HttpResponse:
        """410: start again without a cursor. 413: send less; `limit` says how much."""
        if request.content_type not in ("application/json", ""):
            raise UnsupportedMediaType()
        now = datetime.now(UTC)
        known = recall_phone(request)
        phone = known or _phone_of(request)
        asked = read_request(read_json(request, request.META))
        reply = _quick_round(known, asked, now) if known else None
        if reply is None:
            phone = _phone_of(request) if known else phone
            reply = self._whole_round(phone, asked, now)
        return HttpResponse(to_json_text(reply), content_type="application/json")

    def _whole_round(self, phone: Device, asked: SyncRequest, now: datetime) -> SyncReply:
        try:
            return sync_phone(phone, asked, page_rows=self.page_rows, now=now)
        except Problem:
            raise
        except Exception as error:
            # One item's fault must not lose the others. The class alone is fit for a log.
            logger.error("a round failed and is taken item by item: %s", type(error).__name__)
            connection.close_if_unusable_or_obsolete()
            return sync_phone(phone, asked, page_rows=self.page_rows, now=now, one_by_one=True)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """POST; whatever goes wrong is answered by a problem."""
        try:
            if request.method != "POST":
                raise MethodNotAllowed()
            return self.post(request)
        except Exception as error:
            return answer_problem(error, "SyncView")


def _quick_round(known: Device, asked: SyncRequest, now: datetime) -> SyncReply | None:
    try:
        return sync_samples(known, asked, now=now)
    except (NotSo, CursorGone):
        forget_phone(known)
    except Exception as error:
        logger.error("a quick round failed and is taken again: %s", type(error).__name__)
    return None


def _phone_of(request: HttpRequest) -> Device:
    found = PhoneAuthentication().authenticate(request)
    if found is None:
        raise Unauthenticated("Only a phone syncs, by its token.")
    return found[1]


urlpatterns = [path("sync", SyncView.as_view(), name="sync")]
