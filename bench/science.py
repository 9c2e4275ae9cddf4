"""The science: a year of glucose through the whole set, a patient's findings, a night of beats."""

import math
import time
from collections.abc import Callable

import numpy as np

from backend.science.glucose_certainty import cv_interval, gri_interval, weekly
from backend.science.glucose_consensus import GlucoseConsensus, glucose_consensus
from backend.science.heart_rest import resting_variability
from bench.house import Running
from bench.results import Result, median

DAY_MS, FIVE_MIN_MS = 86_400_000, 300_000
RUNS = 7
ALLOWED_S = 0.2


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    return [cgm_year(), beats_night()]


def cgm_year() -> Result:
    """Every number of the consensus set, with its intervals, over 105,120 readings."""
    at = np.arange(365 * 288, dtype=np.int64) * FIVE_MIN_MS
    rng = np.random.default_rng(1)
    meals = 45 * np.sin(at / 13_000_000) + 25 * np.sin(at / 3_700_000)
    mg_dl = np.clip(140 + meals + rng.normal(0, 12, len(at)), 40, 400).round()
    # As sensors have them: hours lost at each change, and minutes out of reach.
    keep = (at % (10 * DAY_MS) > 2 * 3_600_000) & (rng.random(len(at)) > 0.01)
    at, mg_dl = at[keep], mg_dl[keep]

    def everything() -> None:
        found = glucose_consensus(at, mg_dl)
        assert isinstance(found, GlucoseConsensus)
        assert isinstance(found.below_70, tuple)
        cv_interval(at, mg_dl, found.profile.cv_percent, start_ms=int(at[0]))
        gri_interval(at, mg_dl, found.gri, start_ms=int(at[0]))
        weekly(len(found.below_70), 365 * found.profile.active_percent / 100)

    detail = {"readings": len(at)}
    return _timed("cgm_year_s", everything, ALLOWED_S, detail)


def beats_night() -> Result:
    """Eight hours of beats in five-minute stretches, time domain and spectrum."""
    phase = np.arange(8 * 3600) / 4
    beats = 900 + 40 * np.sin(2 * math.pi * phase / 4) + 25 * np.sin(2 * math.pi * phase / 10)
    at = np.cumsum(beats).astype(np.int64)
    none = np.array([], np.int64), np.array([], np.float64)
    return _timed(
        "beats_night_s", lambda: resting_variability(at, beats, *none), None, {"beats": len(at)}
    )


def _timed(
    name: str, run: Callable[[], object], allowed_s: float | None, detail: dict[str, int]
) -> Result:
    seconds = []
    for _ in range(RUNS):
        began = time.process_time()
        run()
        seconds.append(time.process_time() - began)
    took = median(seconds)
    ratio = None if allowed_s is None else round(took / allowed_s, 3)
    against = "" if allowed_s is None else f"{allowed_s} s allowed"
    return Result(name, took, "s", against, ratio, RUNS, dict(detail))
