"""Signalling between the people in one visit's room; media goes from peer to peer.

The one-time ticket comes as the second WebSocket subprotocol: it stands in no URL, so in no log,
and a bad one is refused before the socket opens. What is relayed is never read, kept or logged.
"""

import asyncio
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from backend.core.parsers import strict_loads
from backend.core.problems import Malformed, Problem
from backend.visits.actions import Entrance, enter_room

PROTOCOL = "evenkeel.visit"
MOST_BYTES = 32_768  # an SDP with video is about 8 KB
BURST, PER_SECOND = 100.0, 20.0


class RoomConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One person's socket. Codes: 4400 not understood, 4409 entered elsewhere, 4413, 4429."""

    entrance: Entrance | None = None

    async def connect(self) -> None:
        """Let in who holds a good ticket for this very visit; anybody else gets a bare 403."""
        entered = await self._entrance()
        if entered is None:
            await self.close()
            return
        self.entrance, self.peer = entered, secrets.token_hex(8)
        self.group = f"visit.{entered.visit_id.hex}"
        self.allowance, self.last_heard = BURST, asyncio.get_running_loop().time()
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept(subprotocol=PROTOCOL)
        await self._say("welcome", peer=self.peer)
        await self._tell("entered", user=str(entered.user_id))

    async def _entrance(self) -> Entrance | None:
        offered = self.scope["subprotocols"]
        if len(offered) != 2 or offered[0] != PROTOCOL:
            return None
        visit_id = self.scope["url_route"]["kwargs"]["visit_id"]
        enter = database_sync_to_async(enter_room)
        try:
            entered: Entrance = await enter(visit_id, offered[1], now=datetime.now(UTC))
        except Problem:
            return None
        return entered

    async def disconnect(self, code: int) -> None:
        """Tell the others."""
        if self.entrance is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)
            await self._tell("left")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Relay `{"to": peer, "data": {...}}`; anything else closes the socket."""
        if text_data is None or len(text_data) > MOST_BYTES:
            await self.close(4413)
        elif not self._is_within_rate():
            await self.close(4429)
        elif (signal := _read(text_data)) is None:
            await self.close(4400)
        else:
            await self._tell("signal", **signal)

    def _is_within_rate(self) -> bool:
        """A bucket of BURST messages that fills by PER_SECOND."""
        heard = asyncio.get_running_loop().time()
        filled = self.allowance + (heard - self.last_heard) * PER_SECOND
        self.allowance, self.last_heard = min(BURST, filled) - 1, heard
        return self.allowance >= 0

    async def _tell(self, word: str, **more: Any) -> None:
        """Tell the room, under our own name and peer id whatever the client claims."""
        assert self.entrance is not None  # noqa: S101 (only those inside speak)
        said = {"type": f"room.{word}", "peer": self.peer, "name": self.entrance.name}
        await self.channel_layer.group_send(self.group, said | more)

    async def _say(self, word: str, **more: Any) -> None:
        await self.send(json.dumps({"type": word} | more))

    async def room_entered(self, event: dict[str, Any]) -> None:
        """Somebody came: greet; if it is the same person on another screen, give way."""
        if event["peer"] == self.peer:
            return
        if self.entrance is not None and event["user"] == str(self.entrance.user_id):
            await self.close(4409)
            return
        await self._say("entered", peer=event["peer"], name=event["name"])
        await self._tell("here", to=event["peer"])

    async def room_here(self, event: dict[str, Any]) -> None:
        """Somebody was here before us; the newcomer makes the offer."""
        if event["to"] == self.peer:
            await self._say("here", peer=event["peer"], name=event["name"])

    async def room_signal(self, event: dict[str, Any]) -> None:
        """A message for us alone."""
        if event["to"] == self.peer:
            await self._say("signal", peer=event["peer"], data=event["data"])

    async def room_left(self, event: dict[str, Any]) -> None:
        """Somebody went."""
        if event["peer"] != self.peer:
            await self._say("left", peer=event["peer"])


def _read(text: str) -> dict[str, Any] | None:
    """To whom and what, or None if it is not that."""
    try:
        message = strict_loads(text.encode())
    except (Malformed, UnicodeEncodeError):
        return None
    if not isinstance(message, dict) or set(message) != {"to", "data"}:
        return None
    fits = isinstance(message["to"], str) and isinstance(message["data"], dict)
    return message if fits else None
