"""Columns as JSON text, a whole column at a time.

A day of one-second samples is 170,000 numbers; json.dumps writes them one by one. Here the texts
of all numbers that occur are written once and taken by index; they are padded with spaces to one
width, which JSON allows before a number and gzip takes away.
"""

import json

import numpy as np
import numpy.typing as npt

from backend.streams.columns import Columns, Values, scaled
from backend.wire.codec import wire_time

MOST_TEXTS = 20_000
SHORT = 500  # below it the table costs more than it saves
LOW_DIGITS = 10_000
FURTHEST = LOW_DIGITS**2

Texts = npt.NDArray[np.bytes_]


def raw_json(kind: str, unit: str, found: Columns, *, may_step: bool = False) -> bytes:
    """RawColumns; with `may_step` an even series says so instead of naming every instant."""
    if not len(found):
        nothing: dict[str, object] = {"start": None, "offsets_ms": [], "values": []}
        return json.dumps({"kind": kind, "unit": unit} | nothing, separators=(",", ":")).encode()
    first = int(found.instants[0])
    head = {"kind": kind, "unit": unit, "start": wire_time(first)}
    opened = json.dumps(head, separators=(",", ":")).encode()[:-1]
    offsets = found.instants - first
    step = int(offsets[1]) if len(offsets) > 1 else 0
    if may_step and step and (np.diff(offsets) == step).all():
        return b'%b,"step_ms":%d,"values":[%b]}' % (opened, step, values_text(found.values))
    times = offsets_text(offsets)
    return b'%b,"offsets_ms":[%b],"values":[%b]}' % (opened, times, values_text(found.values))


def values_text(values: Values) -> bytes:
    """Numbers between commas; whole ones without a point."""
    whole, decimals = scaled(values)
    if whole is not None and len(values) >= SHORT:
        least, most = int(whole.min()), int(whole.max())
        if most - least < min(MOST_TEXTS, len(values)):
            texts = [_text(n / 10.0**decimals).encode() for n in range(least, most + 1)]
            width = max(map(len, texts))
            table: Texts = np.array([b"%b," % text.rjust(width) for text in texts])
            return table[whole - least].tobytes()[:-1]
    return ",".join(map(_text, values.tolist())).encode()


def _text(value: float) -> str:
    return repr(int(value)) if value.is_integer() else repr(value)


def offsets_text(offsets: npt.NDArray[np.int64]) -> bytes:
    """Whole numbers from 0 between commas, in order."""
    if len(offsets) < SHORT or int(offsets[-1]) >= FURTHEST:
        return ",".join(map(str, offsets.tolist())).encode()
    high, low = np.divmod(offsets, LOW_DIGITS)
    text = np.empty(len(offsets), OFFSET)
    below = int(np.searchsorted(high, 1))
    text["high"] = SPACED[high]
    text["high"][:below] = BLANK
    text["low"][:below] = SPACED[low[:below]]
    text["low"][below:] = ZEROED[low[below:]]
    text["comma"] = ord(",")
    return text.tobytes()[:-1]


def _digits(form: str) -> npt.NDArray[np.uint32]:
    texts = "".join(format(n, form) for n in range(LOW_DIGITS)).encode()
    return np.frombuffer(texts, np.uint32)


OFFSET = np.dtype([("high", np.uint32), ("low", np.uint32), ("comma", np.uint8)])
SPACED, ZEROED = _digits("4d"), _digits("04d")
(BLANK,) = np.frombuffer(b"    ", np.uint32)
