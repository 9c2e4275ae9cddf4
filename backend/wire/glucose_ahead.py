"""Glucose five minutes to two hours ahead, on the phone: the server's small model, without numpy.

The same numbers as backend/science/glucose_forecast.py, which says why; golden vectors are run
through both. The weights are data: they come in the sync answer, with their version and digest.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

VERSION: Final = "1.1"
READS: Final = ("1.0", VERSION)
STEP_MS: Final = 5 * 60_000
LONGEST_GAP_MS: Final = 30 * 60_000
LEAST_POINTS, MOST_POINTS, LEAST_READ = 12, 192, 4
LADDER: Final = (84, 36, 12)
LOWEST, HIGHEST = 36.0, 400.0
AR2_CENTRE, AR2 = 140.0, (1.716, -0.723)
USUAL_THEN: Final = (0.65, 0.30, 0.05)  # in 1.0, whose weights do not say it
SHARPNESS, PRIOR_VARIANCE = 2.0, 50.0
PAST_HORIZONS, PAST_STRIDE, LEAST_PAST, MOST_PAST = 12, 6, 4, 17
ADAPT_RATE, TARGET_MISS, LEAST_MISS, MOST_MISS = 0.04, 0.1, 0.005, 0.4
LEAST_SCALE: Final = 2.0
MISSES: Final = (0.005, 0.02, 0.05, 0.08, 0.1, 0.12, 0.16, 0.25, 0.4)
NO_MODEL: Final[Mapping[str, Any]] = {"version": "none"}  # said where no model is in use any more
Numbers = Sequence[float]


@dataclass(frozen=True, slots=True)
class Ahead:
    """mg/dL at each step after the last reading, with the ends of 90 % intervals."""

    mean: list[float]
    lower: list[float]
    upper: list[float]


def digest_of(weights: Mapping[str, Any]) -> str:
    """What names one set of weights, however its file was laid out."""
    plain = json.dumps(weights, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


def latest_window(instants_ms: Sequence[int], mg_dl: Numbers) -> list[float] | None:
    """Up to 16 h on an even grid that ends at the last reading; None where that is too little.

    Readings in the order of time. Nothing is invented across a gap.
    """
    start = max(
        (n for n in range(1, len(instants_ms)) if _apart(instants_ms, n) > LONGEST_GAP_MS),
        default=0,
    )
    at, values = instants_ms[start:], mg_dl[start:]
    if not at:
        return None
    points = min(MOST_POINTS, int((at[-1] - at[0]) / STEP_MS + 0.01) + 1)
    lately = sum(one > at[-1] - LEAST_POINTS * STEP_MS for one in at)
    if points < LEAST_POINTS or lately < LEAST_READ:
        return None
    return [_between(at, values, at[-1] - STEP_MS * n) for n in range(points - 1, -1, -1)]


def _apart(instants_ms: Sequence[int], n: int) -> int:
    return instants_ms[n] - instants_ms[n - 1]


def _between(at: Sequence[int], values: Numbers, moment: float) -> float:
    """On the straight line between two readings."""
    after = bisect_right(at, moment)
    if after == 0 or after == len(at):
        return float(values[0 if after == 0 else -1])
    left, right = at[after - 1], at[after]
    share = (moment - left) / (right - left)
    return float(values[after - 1] + share * (values[after] - values[after - 1]))


def forecast(weights: Mapping[str, Any], window: Numbers) -> Ahead:
    """From one even window of at least 12 readings, five minutes apart.

    Raises ValueError for weights of a version that it does not read.
    """
    if weights.get("version") not in READS:
        raise ValueError(f"weights are of version {weights.get('version')}, not {VERSION}")
    lags = next(lags for lags in LADDER if lags <= len(window))
    model = weights["models"][str(lags)]
    trust, miss = model["unseen"], TARGET_MISS
    if (past := _past(weights, window)) is not None:
        trust = _trust(past, weights.get("usual", USUAL_THEN))
        miss = _adapted(past, trust)
    mean = _mix(trust, _experts(model, window[-lags:], len(model["intercept"])))
    low, high = _ends(model, miss, len(mean))
    scale = _scale(model, window[-lags:])
    return Ahead(
        [_readable(m) for m in mean],
        [_readable(m + scale * end) for m, end in zip(mean, low, strict=True)],
        [_readable(m + scale * end) for m, end in zip(mean, high, strict=True)],
    )


def _readable(mg_dl: float) -> float:
    return min(max(mg_dl, LOWEST), HIGHEST)


def _experts(model: Mapping[str, Any], seen: Numbers, horizons: int) -> list[list[float]]:
    """Linear, AR2, persistence."""
    last = seen[-1]
    lately = [*(one - last for one in seen[:-1]), last]
    linear = [last + constant for constant in model["intercept"][:horizons]]
    for value, row in zip(lately, model["coefficients"], strict=True):
        for n in range(horizons):
            linear[n] += value * row[n]
    before, now = (math.log(max(one, 1.0) / AR2_CENTRE) for one in seen[-2:])
    ar2 = []
    for _ in range(horizons):
        before, now = now, AR2[0] * now + AR2[1] * before
        ar2.append(_readable(AR2_CENTRE * math.exp(now)))
    return [linear, ar2, [last] * horizons]


def _scale(model: Mapping[str, Any], seen: Numbers) -> float:
    """The size of an hour's error to expect."""
    steps = [abs(b - a) for a, b in zip(seen[-12:-1], seen[-11:], strict=True)]
    mean = sum(seen) / len(seen)
    spread = math.sqrt(sum((one - mean) ** 2 for one in seen) / len(seen))
    rough = (1.0, sum(steps) / len(steps), spread, abs(seen[-1] - 110))
    size = sum(r * s for r, s in zip(rough, model["scale"], strict=True))
    return float(max(size, LEAST_SCALE))


@dataclass(frozen=True, slots=True)
class _Past:
    """Earlier in the window: what each expert would have told, what came, in the order of time."""

    told: list[list[list[float]]]  # origins, experts, horizons
    ahead: list[Numbers]
    scale: list[float]
    model: Mapping[str, Any]


def _past(weights: Mapping[str, Any], window: Numbers) -> _Past | None:
    room = len(window) - PAST_HORIZONS - PAST_STRIDE * (LEAST_PAST - 1)
    lags = next((lags for lags in LADDER if lags <= room), None)
    if lags is None:
        return None
    model = weights["models"][str(lags)]
    newest = len(window) - PAST_HORIZONS - lags
    starts = list(range(newest, -1, -PAST_STRIDE))[:MOST_PAST][::-1]
    seen = [window[start : start + lags] for start in starts]
    return _Past(
        told=[_experts(model, one, PAST_HORIZONS) for one in seen],
        ahead=[window[start + lags : start + lags + PAST_HORIZONS] for start in starts],
        scale=[_scale(model, one) for one in seen],
        model=model,
    )


def _trust(past: _Past, usually: Numbers) -> list[float]:
    """How far each expert is to be trusted, by its errors on the window's own past."""
    found = []
    for expert, usual in enumerate(usually):
        squares = [
            (told - came) ** 2
            for origin, ahead in zip(past.told, past.ahead, strict=True)
            for told, came in zip(origin[expert], ahead, strict=True)
        ]
        found.append(usual * (sum(squares) / len(squares) + PRIOR_VARIANCE) ** -SHARPNESS)
    return [one / sum(found) for one in found]


def _mix(trust: Numbers, told: list[list[float]]) -> list[float]:
    return [
        sum(w * one for w, one in zip(trust, each, strict=True)) for each in zip(*told, strict=True)
    ]


def _adapted(past: _Past, trust: Numbers) -> float:
    """The share of misses to aim at, after the misses in the window's past."""
    miss = TARGET_MISS
    for told, ahead, scale in zip(past.told, past.ahead, past.scale, strict=True):
        mean = _mix(trust, told)
        missed = sum(
            miss > _bearable(past.model, n, (came - mean[n]) / scale)
            for n, came in enumerate(ahead)
        )
        miss += ADAPT_RATE * (TARGET_MISS - missed / PAST_HORIZONS)
        miss = min(max(miss, LEAST_MISS), MOST_MISS)
    return miss


def _bearable(model: Mapping[str, Any], horizon: int, score: float) -> float:
    """The largest share of misses whose interval would still have held the error."""
    held = sum(
        low[horizon] <= score <= high[horizon]
        for low, high in zip(model["lower"], model["upper"], strict=True)
    )
    return MISSES[held - 1] if held else 0.0


def _ends(model: Mapping[str, Any], miss: float, horizons: int) -> tuple[list[float], list[float]]:
    """Both ends of the scaled error at each horizon, between the two shares kept around `miss`."""
    below = min(bisect_right(MISSES, miss) - 1, len(MISSES) - 2)
    part = (miss - MISSES[below]) / (MISSES[below + 1] - MISSES[below])
    low, high = (
        [(1 - part) * side[below][n] + part * side[below + 1][n] for n in range(horizons)]
        for side in (model["lower"], model["upper"])
    )
    return low, high
