"""Statements about devices: how long they measured, and steps that are theirs, not the body's."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from backend.insights.device_evidence import LEVEL_KINDS, LevelKind
from backend.insights.evidence import Column, Evidence
from backend.insights.statements import Answer, Statement, rounded, statement
from backend.insights.words import said
from backend.science import level_step
from backend.science.refusal import Refusal
from backend.science.wear import HOURS, wear
from backend.wire.measures import MEASURES, Linear

Levels = Mapping[str, tuple[Column, Column]]  # by source: days and medians


def hours_measured(evidence: Evidence) -> Answer:
    """Hours a day that it was worn; each day's own, and its coverage, stand in the detail."""
    worn, coverage = evidence.columns["worn"], evidence.columns["coverage"]
    found = wear(worn, coverage)
    if isinstance(found, Refusal):
        return found
    told = statement(
        found,
        evidence,
        value=found.hours_per_day,
        lower=found.hours_lower,
        upper=found.hours_upper,
    )
    dates = [str(evidence.first_day + timedelta(days=n)) for n in range(len(worn))]
    by_day = {
        "hours_by_day": dict(zip(dates, (HOURS * worn).round(1).tolist(), strict=True)),
        "coverage_percent_by_day": dict(zip(dates, (100 * coverage).round().tolist(), strict=True)),
    }
    return Statement(told.value, told.lower, told.upper, told.detail | by_day)


def doubtful_levels(evidence: Evidence) -> Answer:
    """How many kinds have a step that looks like another unit or another device."""
    levels = _levels_of(evidence)
    judged, doubts, refusals = 0, [], []
    for kind in LEVEL_KINDS:
        answers = _judge(kind, levels.get(kind.kind, {}))
        refusals += [one for one in answers if isinstance(one, Refusal)]
        judged += any(not isinstance(one, Refusal) for one in answers)
        doubts += [one for one in answers if isinstance(one, dict)][:1]
    if not judged:
        none = Refusal("too_few_days_to_judge", 0.0, level_step.LEAST_REFERENCE_DAYS + 1, "days")
        return max([none, *refusals], key=lambda refusal: refusal.have)
    detail: dict[str, Any] = {
        "kinds_judged": judged,
        "doubts": doubts,
        "first_day": str(evidence.first_day),
        "last_day": str(evidence.last_day),
    }
    return Statement(float(len(doubts)), None, None, detail)


def _levels_of(evidence: Evidence) -> dict[str, dict[str, tuple[Column, Column]]]:
    found: dict[str, dict[str, tuple[Column, Column]]] = defaultdict(dict)
    for name, days in evidence.columns.items():
        kind, part, source = name.split(":", 2)
        if part == "days":
            found[kind][source] = (days, evidence.columns[f"{kind}:level:{source}"])
    return found


def _judge(kind: LevelKind, levels: Levels) -> list[Refusal | dict[str, Any] | None]:
    """A slip of units first: it explains the step between two devices as well."""
    if not levels:
        return []
    answers: list[Refusal | dict[str, Any] | None] = [_slip(kind, levels)]
    days = {source: days.tolist() for source, (days, _) in levels.items()}
    for old, new, first in level_step.changes_of_source(days):
        step = level_step.device_step(
            _until(levels[old], first), levels[new], least_change=kind.least_change
        )
        answers.append(
            _told_step(kind, step, old, new) if isinstance(step, level_step.DeviceStep) else step
        )
    return answers


def _until(level: tuple[Column, Column], day: int) -> tuple[Column, Column]:
    days, medians = level
    return days[days < day], medians[days < day]


def _slip(kind: LevelKind, levels: Levels) -> Refusal | dict[str, Any] | None:
    days = np.concatenate([days for days, _ in levels.values()])
    medians = np.concatenate([medians for _, medians in levels.values()])
    order = np.argsort(days, kind="stable")
    found = level_step.unit_slip(days[order], medians[order], units_of(kind.kind), usual=kind.usual)
    if not isinstance(found, level_step.UnitSlip):
        return found
    canonical = MEASURES[kind.kind].unit.replace("[", "").replace("]", "")
    wrong, right = (canonical, found.unit) if found.inverse else (found.unit, canonical)
    words = {
        "label": MEASURES[kind.kind].label,
        "days": len(set(found.days)),
        "of_days": len(set(days.tolist())),
        "first": date.fromordinal(min(found.days)).isoformat(),
        "last": date.fromordinal(max(found.days)).isoformat(),
        "wrong": wrong,
        "right": right,
        "sources": sorted(s for s, (d, _) in levels.items() if np.isin(d, found.days).any()),
    }
    return _doubt(kind, "unit", words, level=found.level, usual_level=found.usual_level)


def _told_step(kind: LevelKind, step: level_step.DeviceStep, old: str, new: str) -> dict[str, Any]:
    words = {
        "label": MEASURES[kind.kind].label,
        "unit": MEASURES[kind.kind].shown or MEASURES[kind.kind].unit,
        "before": step.before,
        "after": step.after,
        "day": date.fromordinal(step.day).isoformat(),
        "old": old,
        "new": new,
    }
    return _doubt(kind, "device", words, level=step.after, usual_level=step.before)


def _doubt(
    kind: LevelKind, cause: str, words: Mapping[str, Any], **levels: float
) -> dict[str, Any]:
    told = {name: rounded(level) for name, level in levels.items()}
    says = said(f"doubt_{cause}", words)
    return {"kind": kind.kind, "cause": cause, "says": says, "says_of": dict(words), **told}


@cache
def units_of(kind: str) -> dict[str, level_step.Unit]:
    """The units that a value may have been in, each once, by the name that people use."""
    names: dict[Linear, str] = {}
    for name, scale in MEASURES[kind].units.items():
        plain = names.get(scale, name)
        names[scale] = name if "[" in plain else plain
    return {name: level_step.Unit(*scale) for scale, name in names.items()}
