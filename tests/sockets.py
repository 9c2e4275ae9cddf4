"""A client's end of a WebSocket to the real ASGI application."""

import json
from collections.abc import Sequence
from typing import Any

from asgiref.testing import ApplicationCommunicator

from backend.asgi import application


class Socket(ApplicationCommunicator):
    """One client's end of a WebSocket (channels' own communicator needs daphne)."""

    def __init__(self, path: str, offered: Sequence[str], headers: Sequence[tuple[bytes, bytes]]):
        super().__init__(
            application,
            {
                "type": "websocket",
                "path": path,
                "query_string": b"",
                "headers": [*headers, (b"host", b"testserver")],
                "subprotocols": list(offered),
            },
        )

    async def connect(self) -> str | None:
        """The subprotocol that was chosen, None if we were not let in."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(timeout=5)
        return answer["subprotocol"] if answer["type"] == "websocket.accept" else None

    async def say(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def hear(self) -> dict[str, Any]:
        said = await self.receive_output(timeout=5)
        heard: dict[str, Any] = json.loads(said["text"])
        return heard

    async def closing_code(self) -> int:
        closed = await self.receive_output(timeout=5)
        assert closed["type"] == "websocket.close"
        return int(closed["code"])

    async def hang_up(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=5)
