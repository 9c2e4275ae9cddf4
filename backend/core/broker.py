"""Whether the broker answers. Apart from health.py, for importing redis takes half a second."""

import redis
from django.conf import settings

from backend.core.health import Reading

TIMEOUT_S = 1.0


def answers(url: str) -> bool:
    """Whether a Redis or Valkey at this URL says PONG within a second."""
    options = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    try:
        with redis.Redis.from_url(url, **options) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def probe() -> Reading:
    """The broker of the settings."""
    return Reading(answers(settings.REDIS_URL))
