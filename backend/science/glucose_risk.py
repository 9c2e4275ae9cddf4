"""How much low and high glucose endangers: LBGI and HBGI, and the grade that sums up a profile.

LBGI and HBGI: Kovatchev et al., Diabetes Care 1997;20:1655 and 2006;29:2433 (doi
10.2337/dc06-1085), means over all readings. (iglu rounds 10 · 1.509² to 22.77: 4 parts in 100,000
less.) GRI: Klonoff et al., J Diabetes Sci Technol 2023;17:1226 (doi 10.1177/19322968221085273).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science.refusal import Refusal

VERSION: Final = "1.0"
LEAST_MG_DL: Final = 1.0  # below it the logarithm is negative and the scale has no meaning
MOST_GRI: Final = 100.0


@dataclass(frozen=True, slots=True)
class GlucoseRisk:
    """Means of the risk of low and of high readings; each from 0, without unit."""

    lbgi: float
    hbgi: float


def glucose_risk(mg_dl: NDArray[np.float64]) -> GlucoseRisk | Refusal:
    """Both indices; refuses where no reading, or one that no blood has, is among them."""
    if len(mg_dl) == 0:
        return Refusal("no_readings", 0, 1, "readings")
    least = float(mg_dl.min())
    if not least >= LEAST_MG_DL:
        return Refusal("impossible_reading", least, LEAST_MG_DL, "mg/dL")
    symmetric = 1.509 * (np.log(mg_dl) ** 1.084 - 5.381)
    risk = 10.0 * symmetric**2
    return GlucoseRisk(
        lbgi=float(np.where(symmetric < 0, risk, 0.0).mean()),
        hbgi=float(np.where(symmetric > 0, risk, 0.0).mean()),
    )


def glycemia_risk_index(
    *,
    below_54_percent: float,
    from_54_to_69_percent: float,
    from_181_to_250_percent: float,
    above_250_percent: float,
) -> float:
    """GRI, 0 (best) to 100, of the four shares out of range."""
    low = 3.0 * below_54_percent + 2.4 * from_54_to_69_percent
    high = 1.6 * above_250_percent + 0.8 * from_181_to_250_percent
    return min(MOST_GRI, low + high)
