"""How well risks tell those apart to whom it happened: the area under the ROC curve.

The Mann-Whitney form with half a point for ties (Hanley & McNeil, Radiology 1982;143:29). Each
person's placement is the share of the other class that she is on the right side of (DeLong et al.,
Biometrics 1988;44:837): their mean is the area, their spread its error.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = "1.0"

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def auroc(happened: Flags, probability: Floats) -> float:
    """NaN where only one class is there."""
    if happened.all() or not happened.any():
        return float("nan")
    return float(placements(happened, probability)[happened].mean())


def placements(happened: Flags, probability: Floats) -> Floats:
    """Of each event the share of non-events below it, of each non-event that of events above it."""
    order = np.argsort(probability, kind="stable")  # a search for what is in order is quick
    ordered, which = probability[order], happened[order]
    events, others = ordered[which], ordered[~which]
    found = np.empty(len(probability))
    found[order[which]] = _below(others, events)
    found[order[~which]] = 1 - _below(events, others)
    return found


def _below(ordered: Floats, values: Floats) -> Floats:
    """The share of `ordered` below each value, ties by half."""
    left, right = np.searchsorted(ordered, values), np.searchsorted(ordered, values, side="right")
    return (left + right) / (2 * len(ordered))
