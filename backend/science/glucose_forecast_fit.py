"""Learning the weights of glucose_forecast.py: ridge by normal equations, errors by cross-fitting.

Errors for the intervals come from stretches that the coefficients were not made from, or a model
would be as sure of itself as it is of the past that it has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from backend.science.conformal import MISSES, ScoreQuantiles, score_quantiles
from backend.science.glucose_forecast import (
    HORIZONS,
    LADDER,
    GlucoseForecastWeights,
    LinearModel,
    experts,
    forecast_glucose,
    local_scale,
    roughness,
)
from backend.science.glucose_forecast_grid import MOST_POINTS

PENALTY: Final = 1e3  # (mg/dL)²
FOLDS: Final = 4
CALIBRATION_STRIDE: Final = 6
HOUR: Final = 12
Floats = NDArray[np.float64]
_HeldOut = tuple[GlucoseForecastWeights, list[Floats]]  # and stretches that they never saw


def fit_glucose_forecast(
    stretches: Sequence[Floats], *, horizons: int = HORIZONS, made_from: str
) -> GlucoseForecastWeights:
    """From even stretches of many people; raises ValueError where there are too few."""
    folds = [list(stretches[i::FOLDS]) for i in range(FOLDS)]
    if min(map(len, folds)) == 0:
        raise ValueError(f"at least {FOLDS} stretches of readings are needed")
    held_out = []
    for i, fold in enumerate(folds):
        others = [one for j, rest in enumerate(folds) if j != i for one in rest]
        held_out.append((_coefficients(others, horizons, made_from), fold))
    final = _coefficients(stretches, horizons, made_from)
    unseen = {lags: _unseen_trust(lags, held_out) for lags in LADDER}
    held_out = [(_with_trust(weights, unseen), fold) for weights, fold in held_out]
    final = _with_trust(final, unseen)
    models = {lags: _calibrated(lags, final.models[lags], held_out) for lags in LADDER}
    return replace(final, models=models)


def windows_of(
    stretches: Sequence[Floats], length: int, horizons: int, *, stride: int = 1, start: int = 0
) -> tuple[Floats, Floats]:
    """Windows of `length` readings and the `horizons` after each; `start`: the first one ahead."""
    skip = max(0, start - length)
    views = [
        sliding_window_view(one, length + horizons)[skip::stride]
        for one in stretches
        if len(one) >= length + horizons + skip
    ]
    if not views:
        raise ValueError(f"no stretch is {length + horizons + skip} readings long")
    both = np.concatenate(views)
    return both[:, :length], both[:, length:]


def _coefficients(
    stretches: Sequence[Floats], horizons: int, made_from: str
) -> GlucoseForecastWeights:
    """Every length of model, with no intervals yet."""
    models = {}
    for lags in LADDER:
        windows, ahead = windows_of(stretches, lags, horizons)
        last = windows[:, -1:]
        inputs = np.concatenate([windows[:, :-1] - last, last], axis=1)
        found, intercept = _ridge(inputs, ahead - last)
        unknown = ScoreQuantiles(
            np.zeros((len(MISSES), horizons)), np.zeros((len(MISSES), horizons))
        )
        models[lags] = LinearModel(found, intercept, np.array([10.0, 0, 0, 0]), unknown)
    return GlucoseForecastWeights(models, made_from)


def _ridge(inputs: Floats, outputs: Floats) -> tuple[Floats, Floats]:
    centre, usual = inputs.mean(axis=0), outputs.mean(axis=0)
    inputs = inputs - centre
    square = inputs.T @ inputs + PENALTY * np.eye(inputs.shape[1])
    found: Floats = np.linalg.solve(square, inputs.T @ (outputs - usual))
    return found, usual - centre @ found


def _with_trust(
    weights: GlucoseForecastWeights, unseen: Mapping[int, Floats]
) -> GlucoseForecastWeights:
    models = {lags: replace(model, unseen=unseen[lags]) for lags, model in weights.models.items()}
    return replace(weights, models=models)


def _unseen_trust(lags: int, held_out: Sequence[_HeldOut]) -> Floats:
    """The experts' shares, in twentieths, that did best on windows with no past to go by."""
    products = np.zeros((3, 3))
    for weights, fold in held_out:
        try:
            windows, ahead = windows_of(fold, lags, HOUR, stride=CALIBRATION_STRIDE)
        except ValueError:
            continue
        errors = (experts(weights.models[lags], windows, HOUR) - ahead).reshape(3, -1)
        products += errors @ errors.T
    shares = [np.array([20 - i - j, i, j]) / 20 for i in range(21) for j in range(21 - i)]
    best: Floats = min(shares, key=lambda share: float(share @ products @ share))
    return best


def _calibrated(lags: int, model: LinearModel, held_out: Sequence[_HeldOut]) -> LinearModel:
    """With the scale and the quantiles of errors on windows as long as this model serves."""
    length = MOST_POINTS if lags == LADDER[0] else lags
    horizons = len(model.intercept)
    seen, errors = [], []
    for weights, fold in held_out:
        try:
            windows, ahead = windows_of(fold, length, horizons, stride=CALIBRATION_STRIDE)
        except ValueError:
            continue
        seen.append(windows)
        errors.append(ahead - forecast_glucose(weights, windows).mean)
    if not seen:
        raise ValueError(f"no stretch is {length + horizons} readings long")
    windows, error = np.concatenate(seen), np.concatenate(errors)
    hour = np.abs(error[:, : min(HOUR, horizons)]).mean(axis=1)
    # Least squares on logs would forget the rare large errors; plain ones with a floor do not.
    scale, *_ = np.linalg.lstsq(roughness(windows, lags), hour, rcond=None)
    scaled = replace(model, scale=scale)
    scores = error / local_scale(scaled, windows)[:, None]
    return replace(scaled, quantiles=score_quantiles(scores))
