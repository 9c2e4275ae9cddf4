"""What a meter or a sensor has stored since the last time, without gaps or repeats.

The device numbers its records (a glucose meter counts them, a CGM counts the minutes of its
session); the number of the last one kept is all that must be remembered. What arrived is compared
with the count that the device names, and a transfer that broke off goes on where it stopped, also
in a later session of the phone. A device whose numbers start anew (reset, or after 65535) is
noticed by its newest record and read from the beginning; a CGM's new session by its start.
"""

import asyncio
from collections.abc import Callable, Sequence

from mobile.sources.ble import FAULTS, PAUSES_S, Found, Radio
from mobile.sources.gatt import Refused
from mobile.sources.gatt.racp import (
    Opcode,
    RecordAnswer,
    decode_answer,
    request_last,
    request_records,
)
from mobile.sources.link import Link, Lost, Session
from mobile.sources.memory import SENSOR, Gathered, History, Memory

CONTROL_POINT = "2A52"
ANSWER_S = 15.0
STRAGGLERS_S = 1.0  # some stacks deliver the answer before the last records
LAST_NUMBER = 0xFFFF
NOTHING_NEW = LAST_NUMBER + 1
UNSUPPORTED = {
    "opcode not supported",
    "operator not supported",
    "operand not supported",
    "invalid operator",
    "invalid operand",
}


class BrokeOff(Lost):
    """The records would not come complete; `history` holds those before the break, for keeping."""

    def __init__(self, history: History | None) -> None:
        """None where what came cannot be told from a gap."""
        super().__init__("the device's records did not come complete")
        self.history = history


async def fetch_history(
    radio: Radio,
    found: Found,
    memory: Memory,
    *,
    after: int | None = None,
    session_of: Callable[[Session | None], int | None] | None = None,
    attempts: int = 5,
    pauses_s: Sequence[float] = PAUSES_S,
) -> History:
    """All records that follow number `after`; raises BrokeOff if they would not come complete.

    `session_of` is asked instead of `after` once the session is known: numbers of an earlier one
    mean nothing. A wrong clock is set at the end, when nothing measured by it is left behind.
    """
    gathered = Gathered(memory, after)
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(pauses_s[min(attempt - 1, len(pauses_s) - 1)])
        try:
            async with radio.connected(found) as link:
                if session_of is not None and not gathered.records:
                    gathered.after = session_of(link.session)
                gathered.meet(link)
                await _transfer(link, gathered)
                history = gathered.history()
                await _put_right(radio, link)
                return history
        except FAULTS:
            continue
    raise BrokeOff(gathered.safe())


async def _put_right(radio: Radio, link: Link) -> None:
    if link.clock.is_wrong:
        try:
            await link.set_clock(radio.now)
        except FAULTS:
            return


async def _transfer(link: Link, gathered: Gathered) -> None:
    memory = gathered.memory
    await _subscribe(link, memory)
    newest = await _newest(link, gathered)
    first = _first_wanted(newest, gathered.resume_after())
    if first == NOTHING_NEW:
        return
    count = (await _ask(link, memory, request_records(Opcode.COUNT, first=first)))[0].records
    if count == 0:
        return
    if gathered.promised is None:
        gathered.promised, gathered.newest = count, newest
    answer = await _report(link, gathered, first=first, count=count or 0, newest=newest)
    if answer.outcome in UNSUPPORTED and first is not None:
        answer = await _report(link, gathered, first=None, count=0, newest=newest)
    if answer.outcome not in ("success", "no records found"):
        raise Lost("the device broke off")
    if gathered.is_short():
        gathered.incomplete = True
        raise Lost("a record is missing")


async def _subscribe(link: Link, memory: Memory) -> None:
    for code in (CONTROL_POINT, memory.record, memory.context):
        if code and (code != memory.context or link.has(code, memory.service)):
            await link.listen(code, memory.service)


async def _newest(link: Link, gathered: Gathered) -> int | None:
    """The number of the newest record, NOTHING_NEW if there is none, None if it is not told."""
    answer, packets = await _ask(link, gathered.memory, request_last())
    if answer.outcome == "no records found":
        return NOTHING_NEW
    last = Gathered(gathered.memory, None, heard=gathered.heard)
    for code, data in packets:
        last.take(code, data)
    return max(last.records, default=None)


def _first_wanted(newest: int | None, after: int | None) -> int | None:
    """The number to begin with, None for all, or NOTHING_NEW."""
    if newest == NOTHING_NEW or (after is not None and newest == after):
        return NOTHING_NEW
    if after is None or after == LAST_NUMBER or (newest is not None and newest < after):
        return None
    return after + 1


async def _report(
    link: Link, gathered: Gathered, *, first: int | None, count: int, newest: int | None
) -> RecordAnswer:
    """Ask for records and take each as it comes, so that a loss in the middle loses none."""
    memory = gathered.memory
    await link.write(CONTROL_POINT, request_records(first=first), memory.service)
    arrived: set[bytes] = set()
    answer = None
    while answer is None or (answer.outcome == "success" and len(arrived) < count):
        gathered.incomplete = answer is not None
        code, data = await link.next(within_s=STRAGGLERS_S if answer else ANSWER_S)
        if code == CONTROL_POINT:
            answer = _answer(data)
        elif not _is_live(gathered, code, data, newest):
            arrived |= gathered.take(code, data)
    gathered.incomplete = False
    return answer


def _is_live(gathered: Gathered, code: str, data: bytes, newest: int | None) -> bool:
    """A sensor goes on measuring: what it sends meanwhile must not stand for a stored record.

    It is left to the next fetch, which finds it in the memory.
    """
    if gathered.memory is not SENSOR or code != SENSOR.record or newest is None:
        return False
    live = Gathered(SENSOR, None, heard=gathered.heard)
    live.take(code, data)
    return bool(live.records) and min(live.records) > newest


async def _ask(
    link: Link, memory: Memory, request: bytes
) -> tuple[RecordAnswer, list[tuple[str, bytes]]]:
    await link.write(CONTROL_POINT, request, memory.service)
    packets: list[tuple[str, bytes]] = []
    while True:
        code, data = await link.next(within_s=ANSWER_S)
        if code == CONTROL_POINT:
            return _answer(data), packets
        packets.append((code, data))


def _answer(data: bytes) -> RecordAnswer:
    try:
        return decode_answer(data)
    except Refused as reason:
        raise Lost(f"the device's answer was refused: {reason}") from reason
