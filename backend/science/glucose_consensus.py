"""The whole set of numbers that consensus papers ask of continuous glucose, for one person.

Battelino et al., Diabetes Care 2019;42:1593: 14 days, 70 % of them active. eA1c: Nathan et al.,
Diabetes Care 2008;31:1473 (doi 10.2337/dc08-0545). J-index: Wojcicki, Horm Metab Res 1995;27:41
(doi 10.1055/s-2007-979906). The others stand in their own files.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.science import modd
from backend.science.glucose import (
    DAY_MS,
    LEAST_ACTIVE_PERCENT,
    GlucoseProfile,
    glucose_profile,
    sensor_interval_ms,
)
from backend.science.glucose_episodes import Episode, episodes
from backend.science.glucose_risk import GlucoseRisk, glucose_risk, glycemia_risk_index
from backend.science.mage import Mage, mage
from backend.science.modd import modd_mg_dl
from backend.science.refusal import Refusal

VERSION: Final = "1.0"
LEAST_DAYS: Final = 14.0

EpisodesOrNot = tuple[Episode, ...] | Refusal


@dataclass(frozen=True, slots=True)
class GlucoseConsensus:
    """The profile and what it does not hold; a part that cannot be told carries its own reason."""

    profile: GlucoseProfile
    ea1c_percent: float
    j_index: float
    gri: float
    risk: GlucoseRisk | Refusal
    mage: Mage | Refusal
    modd_mg_dl: float | Refusal
    below_70: EpisodesOrNot
    below_54: EpisodesOrNot
    above_180: EpisodesOrNot
    above_250: EpisodesOrNot


def ea1c_percent(mean_mg_dl: float) -> float:
    """The HbA1c that goes with this mean by the ADAG study."""
    return (46.7 + mean_mg_dl) / 28.7


def j_index(mean_mg_dl: float, sd_mg_dl: float) -> float:
    """Level and spread in one number."""
    return 0.001 * (mean_mg_dl + sd_mg_dl) ** 2


def glucose_consensus(
    instants_ms: NDArray[np.int64],
    mg_dl: NDArray[np.float64],
    *,
    window: tuple[int, int] | None = None,
    limits: bool = True,
) -> GlucoseConsensus | Refusal:
    """Everything from readings in order; refuses under 14 days or 70 % of sensor time.

    The time looked at is `window`, which holds them all, or else that from first to last reading.
    Without limits it computes what can be computed; no reading at all is still refused.
    """
    known = np.isfinite(mg_dl)
    at, values = instants_ms[known], mg_dl[known]
    if len(at) == 0:
        return Refusal("too_little_sensor_time", 0.0, LEAST_ACTIVE_PERCENT, "%")
    start, end = window or (int(at[0]), int(at[-1]) + sensor_interval_ms(at))
    days = round((end - start) / DAY_MS, 1)
    if limits and days < LEAST_DAYS:
        return Refusal("too_few_days_of_sensor", days, LEAST_DAYS, "days")
    profile = glucose_profile(
        at,
        values,
        start_ms=start,
        end_ms=end,
        least_active_percent=LEAST_ACTIVE_PERCENT if limits else 0.0,
    )
    if isinstance(profile, Refusal):
        return profile
    paired_hours = modd.LEAST_PAIRED_HOURS if limits else 0.0
    return GlucoseConsensus(
        profile=profile,
        ea1c_percent=ea1c_percent(profile.mean_mg_dl),
        j_index=j_index(profile.mean_mg_dl, profile.sd_mg_dl),
        gri=_gri(profile),
        risk=glucose_risk(values),
        mage=mage(at, values),
        modd_mg_dl=modd_mg_dl(at, values, least_paired_hours=paired_hours),
        below_70=episodes(at, values, below=70),
        below_54=episodes(at, values, below=54),
        above_180=episodes(at, values, above=180),
        above_250=episodes(at, values, above=250),
    )


def _gri(profile: GlucoseProfile) -> float:
    return glycemia_risk_index(
        below_54_percent=profile.below_54_percent,
        from_54_to_69_percent=profile.from_54_to_69_percent,
        from_181_to_250_percent=profile.from_181_to_250_percent,
        above_250_percent=profile.above_250_percent,
    )
