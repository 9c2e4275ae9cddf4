"""The other side of the wire: packets as a device would write them, from the specifications."""

from datetime import datetime


def u8(value: int) -> bytes:
    return value.to_bytes(1, "little")


def u16(value: int) -> bytes:
    return value.to_bytes(2, "little")


def s16(value: int) -> bytes:
    return value.to_bytes(2, "little", signed=True)


def sfloat(mantissa: int, exponent: int = 0) -> bytes:
    return u16((exponent & 0xF) << 12 | mantissa & 0xFFF)


def float32(mantissa: int, exponent: int = 0) -> bytes:
    return (mantissa & 0xFFFFFF).to_bytes(3, "little") + u8(exponent & 0xFF)


def date_time(at: datetime) -> bytes:
    return u16(at.year) + bytes([at.month, at.day, at.hour, at.minute, at.second])


def current_time(at: datetime) -> bytes:
    return date_time(at) + bytes([at.isoweekday(), 0, 0])


def heart_rate(
    rate: int, *, contact: bool | None = None, energy: int | None = None, rr: tuple[int, ...] = ()
) -> bytes:
    wide = rate > 255
    flags = wide | (0 if contact is None else 4 | contact << 1)
    flags |= (energy is not None) << 3 | bool(rr) << 4
    body = u16(rate) if wide else u8(rate)
    body += b"" if energy is None else u16(energy)
    return u8(flags) + body + b"".join(map(u16, rr))


def glucose(
    sequence: int,
    at: datetime,
    mg_dl: int | None,
    *,
    offset: int | None = None,
    nibbles: int = 0x11,
    status: int | None = None,
    context: bool = False,
) -> bytes:
    flags = (offset is not None) | (mg_dl is not None) << 1
    flags |= (status is not None) << 3 | context << 4
    body = u16(sequence) + date_time(at)
    body += b"" if offset is None else s16(offset)
    body += b"" if mg_dl is None else sfloat(mg_dl, -5) + u8(nibbles)
    return u8(flags) + body + (b"" if status is None else u16(status))


def carbohydrate(sequence: int, grams: int, *, food: int = 2) -> bytes:
    return u8(0x01) + u16(sequence) + u8(food) + sfloat(grams, -3)


def crc(data: bytes) -> bytes:
    """Bit by bit from the polynomial x16 + x12 + x5 + 1: the slow twin of the decoder's."""
    register = 0xFFFF
    for bit in (byte >> n & 1 for byte in data for n in range(8)):
        out = (register >> 15) ^ bit
        register = register << 1 & 0xFFFF ^ (0x1021 if out else 0)
    return u16(int(f"{register:016b}"[::-1], 2))


def cgm(offset: int, mg_dl: int, *, status: int = 0, protected: bool = False) -> bytes:
    octets = status.to_bytes(3, "little")
    flags = sum(flag for flag, octet in zip((0x80, 0x40, 0x20), octets, strict=True) if octet)
    body = u8(flags) + sfloat(mg_dl) + u16(offset) + bytes(filter(None, octets))
    record = u8(len(body) + 1 + 2 * protected) + body
    return record + crc(record) if protected else record


def blood_pressure(
    systolic: int,
    diastolic: int,
    at: datetime,
    *,
    pulse: int | None = None,
    user: int | None = None,
) -> bytes:
    flags = 0x02 | (pulse is not None) << 2 | (user is not None) << 3
    body = sfloat(systolic) + sfloat(diastolic) + sfloat(2047) + date_time(at)
    body += b"" if pulse is None else sfloat(pulse)
    return u8(flags) + body + (b"" if user is None else u8(user))


def temperature(hundredths: int, at: datetime | None = None, *, site: int | None = None) -> bytes:
    flags = (at is not None) << 1 | (site is not None) << 2
    body = float32(hundredths, -2) + (b"" if at is None else date_time(at))
    return u8(flags) + body + (b"" if site is None else u8(site))


def weight(steps: int, at: datetime | None = None, *, user: int | None = None) -> bytes:
    """In steps of 5 g."""
    flags = (at is not None) << 1 | (user is not None) << 2
    body = u16(steps) + (b"" if at is None else date_time(at))
    return u8(flags) + body + (b"" if user is None else u8(user))


def spot_check(spo2: int, pulse: int | None, at: datetime | None = None) -> bytes:
    body = sfloat(spo2) + sfloat(2047 if pulse is None else pulse)
    return u8(at is not None) + body + (b"" if at is None else date_time(at))


def continuous(spo2: int, pulse: int, fast: tuple[int, int], slow: tuple[int, int]) -> bytes:
    return u8(0x03) + b"".join(map(sfloat, (spo2, pulse, *fast, *slow)))


def session_start(at: datetime, *, quarters: int = 4, summer: int = 0) -> bytes:
    return date_time(at) + quarters.to_bytes(1, "little", signed=True) + u8(summer)


def cgm_status(offset: int, status: int = 0) -> bytes:
    return u16(offset) + status.to_bytes(3, "little")


def cgm_feature(*, protected: bool) -> bytes:
    body = (0x1000 if protected else 0).to_bytes(3, "little") + u8(0x59)
    return body + (crc(body) if protected else b"\xff\xff")
