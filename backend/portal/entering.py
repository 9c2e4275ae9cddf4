"""Coming in by an enrolment code, staying by a cookie, leaving.

A browser is a device like a phone: its own token, stored hashed, seen and revoked at the desk and
under Privacy. No password exists that could be guessed or reused.
"""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.throttling import SimpleRateThrottle

from backend.accounts.actions import revoke_device
from backend.core.problems import Invalid
from backend.patients.actions import WEB, enrol_device
from backend.patients.phones import device_of
from backend.portal.doors import COOKIE, browser_language, draw_bare, now

STAYS = timedelta(days=90)
NAME = "Browser"


class Guesses(SimpleRateThrottle):
    """As many codes as a phone may try, by address."""

    scope = "enrol"

    def get_cache_key(self, request: HttpRequest, view: object) -> str:
        """The same count as the phones' door."""
        ident = self.get_ident(request)  # type: ignore[arg-type]
        return self.cache_format % {"scope": self.scope, "ident": ident}


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The code on the letter, once; then this browser is known."""
    if request.method != "POST":
        return draw_bare(request, "enter", {"problem": ""})
    said = browser_language(request)
    if not Guesses().allow_request(request, None):  # type: ignore[arg-type]
        problem = said.gettext("That was too often. Please wait a minute.")
        return draw_bare(request, "enter", {"problem": problem}, status=429)
    try:
        code = request.POST.get("code", "").replace("\0", "")[:40]
        enrolled = enrol_device(code, name=NAME, platform=WEB, now=now())
    except Invalid:
        problem = said.gettext("This code does not work. It may be used or too old.")
        return draw_bare(request, "enter", {"problem": problem}, status=400)
    response = redirect("me:today")
    response.set_cookie(
        COOKIE,
        enrolled.token,
        max_age=STAYS,
        path="/me",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """This browser is forgotten, here and at the server."""
    device = device_of(request.COOKIES.get(COOKIE, ""))
    if device is not None:
        revoke_device(device.id, now=now())
    response = redirect("me:enter")
    response.delete_cookie(COOKIE, path="/me")
    return response
