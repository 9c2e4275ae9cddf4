"""WebSockets enter here, and nothing else: HTTP is WSGI's, at a quarter of the CPU."""

import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
get_asgi_application()  # sets Django up, before any consumer imports a model


async def no_page(scope: Any, receive: Any, send: Any) -> None:
    """Plain HTTP is served elsewhere."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body"})


application = ProtocolTypeRouter(
    {
        "http": no_page,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(
                URLRouter(import_string("backend.visits.routing.websocket_urlpatterns"))
            )
        ),
    }
)
