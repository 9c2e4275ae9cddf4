"""Devices by Bluetooth: look around, and fetch from one that the patient uses."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from mobile.device.clock import utc_now
from mobile.sources.ble import Found, Heard, Radio, RadioOff, follow
from mobile.sources.memory import MEMORIES
from mobile.sync.connections import Connection, connections, note
from mobile.sync.devices import keep_heard, source_of
from mobile.sync.nearby import Nearby, NoRadio
from mobile.sync.visiting import visit

SCAN_S = 8.0
LISTEN_S = 30.0


class RealBluetooth:
    """See `Bluetooth`; a radio is made anew for each call, for it belongs to one event loop."""

    def __init__(
        self, radio: Callable[[], Radio] = lambda: Radio(lambda: datetime.now().astimezone())
    ) -> None:
        self._radio = radio

    def look_around(self) -> list[Nearby]:
        """See `Bluetooth`."""
        try:
            found = asyncio.run(self._radio().scan(seconds=SCAN_S))
        except RadioOff:
            raise NoRadio from None
        return [Nearby(source_of(f), f.name, f.address, f.services) for f in found]

    def fetch(
        self, connect: Callable[[], sqlite3.Connection], source: str, *, zone: ZoneInfo
    ) -> None:
        """See `Bluetooth`."""
        db = connect()
        try:
            each = next(c for c in connections(db) if c.source == source)
            asyncio.run(fetch_from(db, self._radio(), each, zone=zone, clock=utc_now))
        except RadioOff:
            raise NoRadio from None
        finally:
            db.close()


async def fetch_from(
    db: sqlite3.Connection,
    radio: Radio,
    each: Connection,
    *,
    zone: ZoneInfo,
    clock: Callable[[], datetime],
    scan_s: float = SCAN_S,
    listen_s: float = LISTEN_S,
) -> None:
    """Keep what a device has stored, or what it tells while one listens, and note how it went."""
    seen = await radio.scan(seconds=scan_s)
    found = next((f for f in seen if f.address == each.address), None)
    if found is None:
        note(db, each.source, problem="out_of_reach")
    elif any(memory.service in found.services for memory in MEMORIES):
        await visit(db, radio, found, source=each.source, zone=zone, clock=clock)
    else:
        await _listen(db, radio, found, each.source, zone, listen_s)


async def _listen(
    db: sqlite3.Connection, radio: Radio, found: Found, source: str, zone: ZoneInfo, seconds: float
) -> None:
    heard: list[bool] = []

    def take(packet: Heard) -> None:
        heard.append(True)
        keep_heard(db, packet, source=source, zone=zone)

    with suppress(TimeoutError):
        await asyncio.wait_for(follow(radio, found, take), seconds)
    if not heard:
        note(db, source, problem="out_of_reach")
