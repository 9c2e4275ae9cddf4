"""Many small encoded uploads decoded at once: numpy's price is per call, not per sample."""

import struct
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.streams.columns import (
    ABOVE,
    EVEN,
    FLOATS,
    CorruptColumns,
    Head,
    Instants,
    Values,
    read_head,
    unpack,
)

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """The samples of several uploads, one after the other."""

    counts: Numbers
    instants: Instants
    values: Values


def decode_each(blobs: Sequence[bytes]) -> Batch:
    """The samples of each blob in turn; raises CorruptColumns."""
    try:
        return _decoded([unpack(blob) for blob in blobs])
    except (struct.error, ValueError, OverflowError) as error:
        raise CorruptColumns("stored columns are damaged") from error


def _decoded(plains: list[bytes]) -> Batch:
    """Blobs of one form are decoded together, then each group goes to its places."""
    groups: dict[tuple[int, int], list[tuple[int, Head, bytes]]] = defaultdict(list)
    counts = np.zeros(len(plains), np.int64)
    for number, plain in enumerate(plains):
        if plain:
            head = read_head(plain)
            counts[number] = head.length
            groups[head.width, head.value_width].append((number, head, plain))
    if len(groups) == 1:
        ((form, group),) = groups.items()
        return Batch(counts, *_group(form, group))
    ends = np.cumsum(counts)
    instants, values = np.empty(counts.sum(), np.int64), np.empty(counts.sum(), np.float64)
    for form, group in groups.items():
        sizes = counts[[number for number, _, _ in group]]
        starts = (ends - counts)[[number for number, _, _ in group]]
        places = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
        instants[places], values[places] = _group(form, group)
    return Batch(counts, instants, values)


def _group(form: tuple[int, int], group: list[tuple[int, Head, bytes]]) -> tuple[Instants, Values]:
    width, value_width = form
    heads = [head for _, head, _ in group]
    counts, firsts, steps, first_values, decimals = (
        np.array(column, np.int64)
        for column in zip(
            *((h.length, h.first, h.step, h.first_value, h.decimals) for h in heads), strict=True
        )
    )
    if width == EVEN:
        gaps = np.ones(int(counts.sum()) - len(counts), np.int64)
    else:
        times = b"".join([head.gaps(plain) for _, head, plain in group])
        least = np.array([head.least(plain) for _, head, plain in group], np.int64)
        gaps = np.frombuffer(times, f"<u{width & ~ABOVE}").astype(np.int64)
        gaps += np.repeat(least, counts - 1)
    instants = np.repeat(firsts, counts) + np.repeat(steps, counts) * running(gaps, counts)
    bodies = b"".join([plain[head.split :] for _, head, plain in group])
    if value_width == FLOATS:
        return instants, np.frombuffer(bodies, "<f8").astype(np.float64)
    deltas = np.frombuffer(bodies, f"<i{value_width}").astype(np.int64)
    whole = np.repeat(first_values, counts) + running(deltas, counts)
    return instants, whole / np.repeat(10.0**decimals, counts)


def running(deltas: Numbers, counts: Numbers) -> Numbers:
    """Sums of each part from its start: parts of counts[i] items, the first of each being 0."""
    total = np.zeros(int(counts.sum()), np.int64)
    starts = np.cumsum(counts) - counts
    inner = np.ones(len(total), np.bool_)
    inner[starts] = False
    total[inner] = deltas
    total = np.cumsum(total)
    whole: Numbers = total - np.repeat(total[starts], counts)
    return whole
