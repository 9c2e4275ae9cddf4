"""Biomarkers of a file as one JSON object: each name of the contract, a number or null with why."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.insights.tables import Unusable, instants_ms, measured, moment, read_rows, refuse
from backend.science.glucose_consensus import EpisodesOrNot, GlucoseConsensus, glucose_consensus
from backend.science.heart_spectrum import heart_spectrum
from backend.science.heart_variability import heart_variability
from backend.science.refusal import Refusal
from backend.wire.measures import MEASURES

GLUCOSE_NAMES: Final = (
    *("mean", "sd", "cv", "gmi", "ea1c"),
    *("tir_70_180", "tbr_54_69", "tbr_below_54", "tar_181_250", "tar_above_250"),
    *("lbgi", "hbgi", "gri", "mage", "modd", "j_index", "active_percent", "episodes"),
)
TIME_NAMES: Final = ("sdnn_ms", "rmssd_ms", "nn50", "pnn50_percent")
SPECTRUM_NAMES: Final = ("lf_ms2", "hf_ms2", "lf_hf")
LONGEST_RR_MS: Final = (
    600_000.0  # a strap that was off for minutes; artefact rules take it from there
)


def glucose_biomarkers(path: Path, *, limits: bool) -> dict[str, Any]:
    """From `time,mg_dl`; raises Unusable."""
    at, mg_dl = _read_glucose(path)
    found = glucose_consensus(at, mg_dl, limits=limits)
    if isinstance(found, Refusal):
        return told(dict.fromkeys(GLUCOSE_NAMES, found))
    return told(_glucose_numbers(found))


def rr_biomarkers(path: Path, *, limits: bool) -> dict[str, Any]:
    """From `rr_ms`, in order; raises Unusable."""
    rows = read_rows(path, {"rr_ms": measured(0, LONGEST_RR_MS)})
    rr_ms = np.array([cells[0] for _, cells in rows], np.float64)
    variability = heart_variability(rr_ms, limits=limits)
    spectrum = heart_spectrum(rr_ms, limits=limits)
    return told(_parts(variability, TIME_NAMES) | _parts(spectrum, SPECTRUM_NAMES))


def told(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers, null for a refused one; `refused` says why, where anything was."""
    reasons: dict[Refusal, list[str]] = {}
    for name, number in numbers.items():
        if isinstance(number, Refusal):
            reasons.setdefault(number, []).append(name)
    plain = {n: None if isinstance(v, Refusal) else v for n, v in numbers.items()}
    if not reasons:
        return plain
    refused = [{"of": names, **_told(why)} for why, names in reasons.items()]
    return plain | {"refused": refused}


def _told(why: Refusal) -> dict[str, Any]:
    found = dataclasses.asdict(why)
    return found if why.missing else {name: found[name] for name in found if name != "missing"}


def _read_glucose(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """In order of time, the same reading given twice once; raises Unusable."""
    kind = MEASURES["glucose"]
    rows = read_rows(path, {"time": moment, "mg_dl": measured(kind.low, kind.high)})
    seen: dict[int, float] = {}
    bad = []
    for at, (line, (_, value)) in zip(instants_ms(path, rows), rows, strict=True):
        if np.isnan(value):
            continue
        if seen.setdefault(at, value) != value:
            bad.append(f"line {line}: time has another mg_dl in an earlier row")
    refuse(path, bad)
    if not seen:
        raise Unusable(f"{path.name} has no reading.")
    order = sorted(seen)
    return np.array(order, np.int64), np.array([seen[at] for at in order], np.float64)


def _glucose_numbers(found: GlucoseConsensus) -> dict[str, Any]:
    profile, risk, mage = found.profile, found.risk, found.mage
    numbers = (
        profile.mean_mg_dl,
        profile.sd_mg_dl,
        profile.cv_percent,
        profile.gmi_percent,
        found.ea1c_percent,
        profile.in_70_180_percent,
        profile.from_54_to_69_percent,
        profile.below_54_percent,
        profile.from_181_to_250_percent,
        profile.above_250_percent,
        risk if isinstance(risk, Refusal) else risk.lbgi,
        risk if isinstance(risk, Refusal) else risk.hbgi,
        found.gri,
        mage if isinstance(mage, Refusal) else mage.mage_mg_dl,
        found.modd_mg_dl,
        found.j_index,
        profile.active_percent,
        _episodes(found),
    )
    return dict(zip(GLUCOSE_NAMES, numbers, strict=True))


def _episodes(found: GlucoseConsensus) -> dict[str, Any] | Refusal:
    """How many, and their minutes together, at each threshold."""
    counted: dict[str, Any] = {}
    for name in ("below_70", "below_54", "above_180", "above_250"):
        ones: EpisodesOrNot = getattr(found, name)
        if isinstance(ones, Refusal):
            return ones
        counted[name] = {"count": len(ones), "minutes": sum((one.minutes for one in ones), 0.0)}
    return counted


def _parts(found: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {n: found if isinstance(found, Refusal) else getattr(found, n) for n in names}
