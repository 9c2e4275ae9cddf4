"""One visit to a device with a memory: fetch what is new, keep it, say how it went."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from mobile.sources.ble import PAUSES_S, Found, Radio
from mobile.sources.history import BrokeOff, fetch_history
from mobile.sources.memory import MEMORIES
from mobile.sync.connections import note
from mobile.sync.devices import keep_history, last_number


async def visit(
    db: sqlite3.Connection,
    radio: Radio,
    found: Found,
    *,
    source: str,
    zone: ZoneInfo,
    clock: Callable[[], datetime],
    attempts: int = 5,
    pauses_s: Sequence[float] = PAUSES_S,
) -> bool:
    """False if a transfer broke off: what came before is kept, and the next visit goes on there."""
    whole = True
    for memory in MEMORIES:
        if memory.service not in found.services:
            continue
        try:
            history = await fetch_history(
                radio, found, memory, session_of=partial(last_number, db, source),
                attempts=attempts, pauses_s=pauses_s,
            )  # fmt: skip
        except BrokeOff as broken:
            whole = False
            if broken.history is not None:
                keep_history(db, broken.history, source=source, zone=zone, now=clock())
            note(db, source, problem="broke_off" if broken.history else "out_of_reach")
        else:
            keep_history(db, history, source=source, zone=zone, now=clock())
    return whole
