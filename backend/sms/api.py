"""Where the gateway hands over texts: POST /sms/twilio, signed, answered in TwiML."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from backend.core.api import UnsupportedMediaType
from backend.core.problems import Forbidden, Malformed, TooLarge, invalid_field
from backend.notices.gsm import plain
from backend.sms.answering import Text, answer_text
from backend.sms.signing import is_signed
from backend.wire.problems import Code

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 16_384
MOST_FIELDS = 100
SID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@extend_schema(exclude=True)
class TwilioView(APIView):
    """A text that came in. Who may call it is the signature's word alone."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """TwiML, whatever is asked for."""
        return super().perform_content_negotiation(request, force=True)

    def post(self, request: Request) -> HttpResponse:
        """Raises 415, 413 and 400 for what is no such call, 403 without a good signature."""
        fields = _form(request)
        url = settings.EVENKEEL_SMS_WEBHOOK or request.build_absolute_uri()
        given = request.headers.get("X-Twilio-Signature", "")
        if not is_signed(given, settings.EVENKEEL_SMS_TOKENS, url, fields):
            raise Forbidden()
        reply = answer_text(_text(fields), now=datetime.now(UTC))
        return HttpResponse(twiml(reply), content_type="text/xml; charset=utf-8")


def twiml(reply: str) -> str:
    """The gateway's XML; without a reply nothing is sent."""
    message = f"<Message>{escape(plain(reply))}</Message>" if reply else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'


def _form(request: Request) -> dict[str, list[str]]:
    if (request.content_type or "").split(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(f"Send {FORM}.")
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise TooLarge("The call is too large.", limit=MOST_BYTES)
    try:
        body = request.body.decode("utf-8")
        return parse_qs(body, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Malformed("The body is not a form in UTF-8.") from None


def _text(fields: dict[str, list[str]]) -> Text:
    """Raises Invalid, naming what is missing or cannot be such a thing."""
    for name in ("MessageSid", "From", "Body"):
        if len(fields.get(name, ())) != 1:
            raise invalid_field(name, Code.REQUIRED, "This field is needed once.")
    sid, number, body = (fields[name][0] for name in ("MessageSid", "From", "Body"))
    if not SID.fullmatch(sid):
        raise invalid_field("MessageSid", Code.INVALID, "This is no message's id.")
    if "\0" in number or len(number) > 64:
        raise invalid_field("From", Code.INVALID, "This is no number.")
    return Text(sid, number, body)


urlpatterns = [path("sms/twilio", TwilioView.as_view(), name="sms-twilio")]
