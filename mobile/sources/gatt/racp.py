"""Record Access Control Point, 0x2A52: ask a device for what it has stored."""

from dataclasses import dataclass
from enum import IntEnum

from mobile.sources.gatt.packet import Packet, Reading, Refused, one_of

SEQUENCE_FILTER = 1  # for CGM the same code filters by time offset


class Opcode(IntEnum):
    """What is asked, and the two answers."""

    REPORT = 1
    DELETE = 2
    ABORT = 3
    COUNT = 4
    COUNT_IS = 5
    RESPONSE = 6


class Operator(IntEnum):
    """Which records."""

    NULL = 0
    ALL = 1
    UP_TO = 2
    FROM = 3
    BETWEEN = 4
    FIRST = 5
    LAST = 6


OUTCOMES = {
    1: "success",
    2: "opcode not supported",
    3: "invalid operator",
    4: "operator not supported",
    5: "invalid operand",
    6: "no records found",
    7: "abort unsuccessful",
    8: "procedure not completed",
    9: "operand not supported",
}
REQUESTS = {code.value: code.name for code in Opcode}


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Either how many records there are, or how a request ended."""

    records: int | None
    request: str | None
    outcome: str | None

    def readings(self) -> tuple[Reading, ...]:
        """An answer measures nothing."""
        return ()

    def doubt(self) -> str:
        """An answer measures nothing."""
        return ""


def request_records(
    opcode: Opcode = Opcode.REPORT, *, first: int | None = None, last: int | None = None
) -> bytes:
    """Ask to report, count or delete: all, from `first`, up to `last`, or between both."""
    bounds = [n for n in (first, last) if n is not None]
    if any(not 0 <= n <= 0xFFFF for n in bounds):
        raise ValueError("a sequence number has 16 bits")
    if not bounds:
        return bytes([opcode, Operator.ALL])
    if last is None:
        operator = Operator.FROM
    else:
        operator = Operator.UP_TO if first is None else Operator.BETWEEN
    operands = b"".join(n.to_bytes(2, "little") for n in bounds)
    return bytes([opcode, operator, SEQUENCE_FILTER]) + operands


def request_last() -> bytes:
    """Ask for the newest record."""
    return bytes([Opcode.REPORT, Operator.LAST])


def request_abort() -> bytes:
    """Ask to stop reporting."""
    return bytes([Opcode.ABORT, Operator.NULL])


def decode_answer(data: bytes) -> RecordAnswer:
    """One indication of the device; raises Refused."""
    packet = Packet(data)
    opcode = packet.unsigned(1, "opcode")
    if packet.unsigned(1, "operator") != Operator.NULL:
        raise Refused("reserved value: an answer carries no operator")
    if opcode == Opcode.COUNT_IS:
        answer = RecordAnswer(packet.unsigned(2, "number of records"), None, None)
    elif opcode == Opcode.RESPONSE:
        request = one_of("request", packet.unsigned(1, "request"), REQUESTS)
        outcome = one_of("response code", packet.unsigned(1, "response code"), OUTCOMES)
        answer = RecordAnswer(None, request.lower(), outcome)
    else:
        raise Refused("reserved value: the opcode is none of an answer")
    packet.end()
    return answer
