"""What eaten carbohydrate and injected insulin will still do to glucose, for alarms alone.

How much is learnt from virtual people (bench/forecast_weights.py says whom), by how long ago it
was, as a share of what the person eats or injects in a usual day. It leans the alarm and is not in
the forecast that is shown, which was made from real people and is measured on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.wire.glucose_ahead import Ahead

TREATMENTS: Final = ("carbohydrate", "insulin_bolus")  # in the order of the weights' rows
AGES_MIN: Final = (0, 15, 30, 60, 90, 120, 180, 240, 360)
USUAL_DAYS: Final = 7
LEAST_USUAL_MS: Final = 86_400_000  # of records, before a usual day is known
MOST_MG_DL: Final = 60.0
MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Taken:
    """Of one kind: when, how much, and how much in a usual day (0: not known)."""

    at_ms: Sequence[int]
    amounts: Sequence[float]
    usual: float


def usual_of(at_ms: Sequence[int], amounts: Sequence[float], now_ms: int) -> float:
    """What is taken in a day, from up to a week before now; 0 where less than a day is known."""
    since = max(min(at_ms, default=now_ms), now_ms - USUAL_DAYS * 86_400_000)
    if now_ms - since < LEAST_USUAL_MS:
        return 0.0
    taken = sum(much for at, much in zip(at_ms, amounts, strict=True) if since <= at <= now_ms)
    return taken / ((now_ms - since) / 86_400_000)


def shares(taken: Taken, now_ms: int) -> list[float]:
    """By age, what was taken as a share of a usual day; nothing where no usual day is known."""
    found = [0.0] * (len(AGES_MIN) - 1)
    if taken.usual <= 0:
        return found
    for at, much in zip(taken.at_ms, taken.amounts, strict=True):
        age = (now_ms - at) / MINUTE_MS
        for n, (newest, oldest) in enumerate(zip(AGES_MIN, AGES_MIN[1:], strict=False)):
            if newest <= age < oldest:
                found[n] += much / taken.usual
    return found


def leaning(weights: Mapping[str, Any], ahead: Ahead, parts: Sequence[float]) -> Ahead:
    """The forecast moved by the shares of carbohydrate and of insulin, one after another."""
    rows = weights["treated"]
    steps = len(rows[0])
    moved = [
        min(
            max(sum(p * row[n] for p, row in zip(parts, rows, strict=True)), -MOST_MG_DL),
            MOST_MG_DL,
        )
        for n in range(steps)
    ]
    return Ahead(
        *(
            [one + by for one, by in zip(side[:steps], moved, strict=True)]
            for side in (ahead.mean, ahead.lower, ahead.upper)
        )
    )
