"""What a device's memory holds, and what has come of it so far."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from mobile.sources.gatt import Refused
from mobile.sources.gatt.cgm import CgmRecord, decode_record, split_records
from mobile.sources.gatt.clock import DeviceClock
from mobile.sources.gatt.glucose import (
    Glucose,
    GlucoseContext,
    decode_glucose,
    decode_glucose_context,
)
from mobile.sources.link import Link, Session

Stored = Glucose | CgmRecord


def _number(record: Stored) -> int:
    return record.sequence if isinstance(record, Glucose) else record.offset_min


@dataclass(frozen=True, slots=True)
class Memory:
    """How one kind of device tells its records: one or more in a packet, each decoded alone."""

    service: str
    record: str
    context: str
    split: Callable[[bytes], list[bytes]]
    decode: Callable[[bytes, bool], Stored]


METER = Memory("1808", "2A18", "2A34", lambda data: [data], lambda data, _: decode_glucose(data))
SENSOR = Memory(
    "181F", "2AA7", "", split_records, lambda data, safe: decode_record(data, protected=safe)
)
MEMORIES = (METER, SENSOR)


@dataclass(frozen=True, slots=True)
class History:
    """New records in the device's order; `last_number` is to be given as `after` next time."""

    records: tuple[Stored, ...]
    contexts: tuple[GlucoseContext, ...]
    refused: tuple[str, ...]
    last_number: int | None
    clock: DeviceClock
    session: Session | None = None
    battery_percent: int | None = None


@dataclass
class Gathered:
    """What has come so far, over all connections."""

    memory: Memory
    after: int | None
    records: dict[int, Stored] = field(default_factory=dict)
    contexts: dict[int, GlucoseContext] = field(default_factory=dict)
    refused: dict[bytes, str] = field(default_factory=dict)
    incomplete: bool = False
    promised: int | None = None
    newest: int | None = None
    heard: tuple[DeviceClock, Session | None, int | None] = (DeviceClock(), None, None)

    def meet(self, link: Link) -> None:
        """Another connection. A sensor that began a new session meanwhile has new numbers."""
        before, now = self.heard[1], link.session
        if before and now and before.start != now.start:
            self.forget()
            self.after = None
        self.heard = (link.clock, now, link.battery_percent)

    def forget(self) -> None:
        """Begin anew."""
        self.records, self.contexts, self.refused = {}, {}, {}
        self.incomplete, self.promised, self.newest = False, None, None

    def take(self, code: str, data: bytes) -> set[bytes]:
        """One packet; the records that stood in it, as bytes."""
        if code == self.memory.context:
            try:
                context = decode_glucose_context(data)
                self.contexts[context.sequence] = context
            except Refused as reason:
                self.refused[data] = str(reason)
            return set()
        try:
            pieces = self.memory.split(data)
        except Refused as reason:
            self.refused[data] = str(reason)
            return {data}
        for piece in pieces:
            self._take_one(piece)
        return set(pieces)

    def _take_one(self, data: bytes) -> None:
        session = self.heard[1]
        try:
            record = self.memory.decode(data, session is not None and session.protected)
        except Refused as reason:
            self.refused[data] = str(reason)
            return
        self.records.pop(_number(record), None)  # the device's latest order counts
        self.records[_number(record)] = record

    def is_in_order(self) -> bool:
        """Whether the device sends oldest first as it should, and left nothing out."""
        numbers = list(self.records)
        return numbers == sorted(numbers) and not self.incomplete

    def resume_after(self) -> int | None:
        """The last number, if all before it came; else begin again."""
        numbers = list(self.records)
        return numbers[-1] if numbers and self.is_in_order() else self.after

    def is_short(self) -> bool:
        """Whether fewer came, over all connections, than the device promised at first."""
        return self.promised is not None and len(self.records) + len(self.refused) < self.promised

    def safe(self) -> History | None:
        """What came of a transfer that broke off, up to the first step that may hide a gap."""
        numbers = list(self.records)
        if not numbers or not self.is_in_order():
            return None
        steps = [after - before for before, after in pairwise(numbers)]
        usual = 1 if self.memory is METER else min(steps, default=1)
        if not self._begins(numbers[0], usual):
            return None
        until = next((at for at, step in enumerate(steps, 1) if step > usual), len(numbers))
        part = replace(self, records={number: self.records[number] for number in numbers[:until]})
        return part.history()

    def _begins(self, first: int, usual: int) -> bool:
        """Whether nothing is missing before the first: it follows the last one that was kept, or
        stands where a memory without holes would begin. A wider step than the true one never fits.
        """
        if self.memory is METER and self.after is not None and first - self.after == 1:
            return True
        if self.promised is None or self.newest is None:
            return False
        return first == self.newest - (self.promised - 1) * usual

    def history(self) -> History:
        """In the device's order, without what was known before."""
        numbers = list(self.records)
        if self.after in numbers:  # a second round from the beginning brought old ones too
            numbers = numbers[numbers.index(self.after) + 1 :]
        return History(
            tuple(self.records[number] for number in numbers),
            tuple(self.contexts[number] for number in numbers if number in self.contexts),
            tuple(self.refused.values()),
            numbers[-1] if numbers else self.after,
            *self.heard,
        )
