"""What a glucose meter has stored since the last time, without gaps or repeats.

The meter counts its records; the number of the last one kept is all that must be remembered. What
arrived is compared with the count that the meter names, and a transfer that broke off goes on
where it stopped. A meter whose numbers start anew (reset, or after 65535) is noticed by its newest
record and read from the beginning.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from mobile.sources.ble import FAULTS, PAUSES_S, Found, Link, Lost, Radio
from mobile.sources.gatt import Refused
from mobile.sources.gatt.clock import DeviceClock
from mobile.sources.gatt.glucose import (
    Glucose,
    GlucoseContext,
    decode_glucose,
    decode_glucose_context,
)
from mobile.sources.gatt.racp import (
    Opcode,
    RecordAnswer,
    decode_answer,
    request_last,
    request_records,
)

RECORD, CONTEXT, CONTROL_POINT = "2A18", "2A34", "2A52"
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


@dataclass(frozen=True, slots=True)
class History:
    """New records in the meter's order; `last_sequence` is to be given as `after` next time."""

    records: tuple[Glucose, ...]
    contexts: tuple[GlucoseContext, ...]
    refused: tuple[str, ...]
    last_sequence: int | None
    clock: DeviceClock


@dataclass
class _Gathered:
    """What has come so far, over all connections."""

    after: int | None
    records: dict[int, Glucose] = field(default_factory=dict)
    contexts: dict[int, GlucoseContext] = field(default_factory=dict)
    refused: dict[bytes, str] = field(default_factory=dict)
    incomplete: bool = False

    def take(self, code: str, data: bytes) -> None:
        try:
            if code == RECORD:
                record = decode_glucose(data)
                self.records.pop(record.sequence, None)  # the meter's latest order counts
                self.records[record.sequence] = record
            elif code == CONTEXT:
                context = decode_glucose_context(data)
                self.contexts[context.sequence] = context
        except Refused as reason:
            self.refused[data] = str(reason)

    def resume_after(self) -> int | None:
        """The last number, if the meter sends oldest first as it should; else begin again."""
        numbers = list(self.records)
        in_order = numbers == sorted(numbers) and not self.incomplete
        return numbers[-1] if numbers and in_order else self.after

    def history(self, clock: DeviceClock) -> History:
        numbers = list(self.records)
        if self.after in numbers:  # a second round from the beginning brought old ones too
            numbers = numbers[numbers.index(self.after) + 1 :]
        return History(
            tuple(self.records[number] for number in numbers),
            tuple(self.contexts[number] for number in numbers if number in self.contexts),
            tuple(self.refused.values()),
            numbers[-1] if numbers else self.after,
            clock,
        )


async def fetch_glucose(
    radio: Radio,
    found: Found,
    *,
    after: int | None = None,
    attempts: int = 5,
    pauses_s: Sequence[float] = PAUSES_S,
) -> History:
    """All records that follow number `after`; raises Lost if they would not come complete."""
    gathered = _Gathered(after)
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(pauses_s[min(attempt - 1, len(pauses_s) - 1)])
        try:
            async with radio.connected(found) as link:
                await _transfer(link, gathered)
                return gathered.history(link.clock)
        except FAULTS:
            continue
    raise Lost("the meter's records did not come complete")


async def _transfer(link: Link, gathered: _Gathered) -> None:
    for code in (CONTROL_POINT, RECORD, CONTEXT):
        if code != CONTEXT or link.has(code):
            await link.listen(code)
    first = await _first_wanted(link, gathered.resume_after())
    if first == NOTHING_NEW:
        return
    count = (await _ask(link, request_records(Opcode.COUNT, first=first)))[0].records
    if count == 0:
        return
    answer = await _report(link, gathered, first=first, count=count or 0)
    if answer.outcome in UNSUPPORTED and first is not None:
        answer = await _report(link, gathered, first=None, count=0)
    if answer.outcome not in ("success", "no records found"):
        raise Lost("the meter broke off")


async def _first_wanted(link: Link, after: int | None) -> int | None:
    """The number to begin with, None for all, or NOTHING_NEW."""
    if after is None:
        return None
    answer, packets = await _ask(link, request_last())
    newest = _Gathered(None)
    for code, data in packets:
        newest.take(code, data)
    if answer.outcome == "no records found" or after in newest.records:
        return NOTHING_NEW
    restarted = any(number < after for number in newest.records)
    return None if restarted or after == LAST_NUMBER else after + 1


async def _report(
    link: Link, gathered: _Gathered, *, first: int | None, count: int
) -> RecordAnswer:
    """Ask for records and take each as it comes, so that a loss in the middle loses none."""
    await link.write(CONTROL_POINT, request_records(first=first))
    arrived: set[bytes] = set()
    answer = None
    while answer is None or (answer.outcome == "success" and len(arrived) < count):
        gathered.incomplete = answer is not None
        code, data = await link.next(within_s=STRAGGLERS_S if answer else ANSWER_S)
        if code == CONTROL_POINT:
            answer = _answer(data)
        else:
            gathered.take(code, data)
            arrived |= {data} if code == RECORD else set()
    gathered.incomplete = False
    return answer


async def _ask(link: Link, request: bytes) -> tuple[RecordAnswer, list[tuple[str, bytes]]]:
    await link.write(CONTROL_POINT, request)
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
        raise Lost(f"the meter's answer was refused: {reason}") from reason
