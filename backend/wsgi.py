"""HTTP enters here: a phone's sync through a short chain of middleware, all else through the whole.

Sessions, form tokens and page policies mean nothing to a phone, and cost as much as its samples.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
SYNC = "/api/v1/sync"


def _handler(chain: Sequence[str]) -> WSGIHandler:
    whole = settings.MIDDLEWARE
    settings.MIDDLEWARE = list(chain)
    try:
        return WSGIHandler()
    finally:
        settings.MIDDLEWARE = whole


for_all = get_wsgi_application()
for_phones = _handler([m for m in settings.MIDDLEWARE if m in settings.EVENKEEL_PHONE_MIDDLEWARE])


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI."""
    door = for_phones if environ.get("PATH_INFO") == SYNC else for_all
    return door(environ, start_response)
