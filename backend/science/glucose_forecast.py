"""Glucose 5 to 120 minutes ahead, with 90 % intervals.

Three simple experts, weighted by how well each did on the same window's own past: a linear model of
differences from the last reading (which on GlucoBench beats every published deep model on three of
five sets), Nightscout's AR2 (fixed, so that it holds for anybody) and persistence. A window too
short to look back on gets the experts' usual weights. Intervals are conformal on errors over a
local scale, adapted to the misses in the window's past; see conformal.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from backend.science.conformal import TARGET_MISS, ScoreQuantiles, adapt, bearable_miss, interval

VERSION: Final = "1.1"
READS: Final = ("1.0", VERSION)  # 1.0's weights do not say how the experts are usually trusted
WEIGHTS: Final = Path(__file__).with_name("glucose_forecast_weights.json")
HORIZONS: Final = 24  # steps of five minutes
LADDER: Final = (84, 36, 12)  # how many readings a linear model looks at: the longest that fits
LOWEST, HIGHEST = 36.0, 400.0  # as AR2 has it; beyond sensors read Low and High

# AR2: ln(BG / 140) follows x' = 1.716 x - 0.723 x_before (Nightscout, lib/plugins/ar2.js).
AR2_CENTRE: Final = 140.0
AR2: Final = (1.716, -0.723)

# Linear, AR2, persistence, before any past: in 1.0, and since.
USUAL_THEN: Final = (0.65, 0.30, 0.05)
USUAL: Final = (0.78, 0.19, 0.03)
SHARPNESS: Final = 2.0  # weights go by error variance to this power
PRIOR_VARIANCE: Final = 50.0  # (mg/dL)²: no expert is trusted wholly after a quiet spell
PAST_HORIZONS: Final = 12
PAST_STRIDE: Final = 6
LEAST_PAST: Final = 4  # origins
MOST_PAST: Final = 17
ADAPT_RATE: Final = 0.04
AT_ONCE: Final = 500  # windows: more do not fit into a processor's cache
LEAST_SCALE: Final = 2.0  # mg/dL: no sensor is surer
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """`coefficients` (lags by horizons) of [x_i - x_last ..., x_last] to x_ahead - x_last."""

    coefficients: Floats
    intercept: Floats
    scale: Floats  # coefficients of `roughness` to the error's size an hour ahead
    quantiles: ScoreQuantiles
    unseen: Floats = field(
        default_factory=lambda: np.array(USUAL)
    )  # trust in a window with no past


@dataclass(frozen=True, slots=True)
class GlucoseForecastWeights:
    """One linear model for each length of window, and what they were made from."""

    models: Mapping[int, LinearModel]
    made_from: str
    usual: tuple[float, ...] = USUAL


@dataclass(frozen=True, slots=True)
class GlucoseForecast:
    """mg/dL, windows by horizons, with the ends of 90 % intervals and the experts' weights."""

    mean: Floats
    lower: Floats
    upper: Floats
    trust: Floats  # windows by expert: linear, AR2, persistence


def forecast_glucose(weights: GlucoseForecastWeights, windows: Floats) -> GlucoseForecast:
    """From windows of equal length (rows), even steps of five minutes, at least 12 long."""
    pieces = range(0, max(len(windows), 1), AT_ONCE)
    told = [_forecast(weights, windows[start : start + AT_ONCE]) for start in pieces]
    return told[0] if len(told) == 1 else _joined(told)


def _joined(told: Sequence[GlucoseForecast]) -> GlucoseForecast:
    return GlucoseForecast(
        mean=np.concatenate([one.mean for one in told]),
        lower=np.concatenate([one.lower for one in told]),
        upper=np.concatenate([one.upper for one in told]),
        trust=np.concatenate([one.trust for one in told]),
    )


def _forecast(weights: GlucoseForecastWeights, windows: Floats) -> GlucoseForecast:
    model = weights.models[lags_for(windows.shape[1])]
    past = _past(weights, windows)
    trust = (
        np.tile(model.unseen, (len(windows), 1)) if past is None else _trust(past, weights.usual)
    )
    mean = _mix(trust, experts(model, windows, len(model.intercept)))
    miss = np.full(len(windows), TARGET_MISS) if past is None else _adapted(past, trust)
    lower, upper = interval(model.quantiles, mean, local_scale(model, windows), miss)
    return GlucoseForecast(_readable(mean), _readable(lower), _readable(upper), trust)


def _readable(mg_dl: Floats) -> Floats:
    return np.clip(mg_dl, LOWEST, HIGHEST)


def lags_for(length: int) -> int:
    """The longest model that fits into so many readings."""
    return next(lags for lags in LADDER if lags <= length)


def roughness(windows: Floats, lags: int) -> Floats:
    """What the size of errors goes by: one, lately's steps, the spread, the height."""
    seen = windows[:, -lags:]
    steps = np.abs(np.diff(seen[:, -12:], axis=1)).mean(axis=1)
    height = np.abs(seen[:, -1] - 110)
    return np.column_stack([np.ones(len(seen)), steps, seen.std(axis=1), height])


def local_scale(model: LinearModel, windows: Floats) -> Floats:
    """The size of an hour's error to expect after each window."""
    return np.maximum(roughness(windows, len(model.coefficients)) @ model.scale, LEAST_SCALE)


def experts(model: LinearModel, windows: Floats, horizons: int) -> Floats:
    """Experts by windows by horizons."""
    last = windows[:, -1:]
    lags = len(model.coefficients)
    lately = np.concatenate([windows[:, -lags:-1] - last, last], axis=1)
    linear = last + lately @ model.coefficients[:, :horizons] + model.intercept[:horizons]
    logs = np.log(np.maximum(windows[:, -2:], 1.0) / AR2_CENTRE)
    ar2 = np.clip(AR2_CENTRE * np.exp(logs @ _ar2_powers(horizons)), LOWEST, HIGHEST)
    return np.stack([linear, ar2, np.broadcast_to(last, linear.shape)])


@cache
def _ar2_powers(horizons: int) -> Floats:
    """What the last two readings count for at each horizon."""
    before, last = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    found = []
    for _ in range(horizons):
        before, last = last, AR2[0] * last + AR2[1] * before
        found.append(last)
    return np.array(found).T


@dataclass(frozen=True, slots=True)
class _Past:
    """What each expert would have told earlier in the window, and what came."""

    told: Floats  # experts by windows by origins by horizons, origins in the order of time
    ahead: Floats
    scale: Floats
    model: LinearModel


def _past(weights: GlucoseForecastWeights, windows: Floats) -> _Past | None:
    """None where the window is too short to look back on."""
    rows, length = windows.shape
    lags = _past_lags(length)
    if lags is None:
        return None
    model = weights.models[lags]
    newest = length - PAST_HORIZONS - lags
    starts = np.arange(newest, -1, -PAST_STRIDE)[:MOST_PAST][::-1]
    pieces = sliding_window_view(windows, lags + PAST_HORIZONS, axis=1)[:, starts]
    seen = pieces[:, :, :lags].reshape(-1, lags)
    told = experts(model, seen, PAST_HORIZONS)
    shape = (rows, len(starts))
    return _Past(
        told.reshape(len(told), *shape, -1),
        pieces[:, :, lags:],
        local_scale(model, seen).reshape(shape),
        model,
    )


def _trust(past: _Past, usual: Sequence[float]) -> Floats:
    """How far each expert is to be trusted, windows by experts."""
    variance = ((past.told - past.ahead) ** 2).mean(axis=(2, 3)) + PRIOR_VARIANCE
    trust = np.array(usual)[:, None] * variance**-SHARPNESS
    shares: Floats = (trust / trust.sum(axis=0)).T
    return shares


def _adapted(past: _Past, trust: Floats) -> Floats:
    """The share of misses to aim at, after the misses in each window's past."""
    error = past.ahead - _mix(trust, past.told)
    bearable = bearable_miss(past.model.quantiles, error / past.scale[:, :, None])
    miss = np.full(len(error), TARGET_MISS)
    for origin in range(error.shape[1]):
        missed = np.add.reduce(miss[:, None] > bearable[:, origin], axis=1) / PAST_HORIZONS
        miss = adapt(miss, missed, rate=ADAPT_RATE)
    return miss


def _past_lags(length: int) -> int | None:
    """The longest model that can be tried often enough inside a window; None where none can."""
    room = length - PAST_HORIZONS - PAST_STRIDE * (LEAST_PAST - 1)
    return next((lags for lags in LADDER if lags <= room), None)


def _mix(trust: Floats, told: Floats) -> Floats:
    """Each expert's word by its weight; `told` is experts by windows by whatever follows."""
    mixed = np.zeros(told.shape[1:])
    for weight, one in zip(trust.T, told, strict=True):
        mixed += weight.reshape(-1, *[1] * (one.ndim - 1)) * one
    return mixed


@cache
def glucose_forecast_weights(path: Path = WEIGHTS) -> GlucoseForecastWeights:
    """The weights that come with the project, or another file's."""
    return weights_from_json(json.loads(path.read_text()))


def weights_from_json(found: Mapping[str, Any]) -> GlucoseForecastWeights:
    """The inverse of `weights_to_json`; refuses weights of a version that it does not read."""
    if found.get("version") not in READS:
        raise ValueError(f"weights are of version {found.get('version')}, not {VERSION}")
    models = {int(lags): _model_from_json(model) for lags, model in found["models"].items()}
    return GlucoseForecastWeights(models, found["made_from"], tuple(found.get("usual", USUAL_THEN)))


def _model_from_json(found: Mapping[str, Any]) -> LinearModel:
    def array(name: str) -> Floats:
        return np.array(found[name], np.float64)

    quantiles = ScoreQuantiles(array("lower"), array("upper"))
    parts = (array("coefficients"), array("intercept"), array("scale"))
    return LinearModel(*parts, quantiles, array("unseen"))


def weights_to_json(weights: GlucoseForecastWeights) -> dict[str, Any]:
    """Plain lists, for a file or the phone; six digits are more than the model is worth."""

    def plain(values: Floats) -> Any:
        return [plain(row) if row.ndim else float(f"{row:.6g}") for row in values]

    models = {
        str(lags): {
            "coefficients": plain(model.coefficients),
            "intercept": plain(model.intercept),
            "scale": plain(model.scale),
            "unseen": plain(model.unseen),
            "lower": plain(model.quantiles.lower),
            "upper": plain(model.quantiles.upper),
        }
        for lags, model in weights.models.items()
    }
    kept = {"version": VERSION, "made_from": weights.made_from, "usual": list(weights.usual)}
    return kept | {"models": models}
