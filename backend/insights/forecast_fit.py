"""Training the forecast of glucose on a folder of recordings, and judging it by groups of people.

The first four fifths of each record are learnt from; what is measured is of the last fifth. What
meals and insulin do cannot be learnt from readings alone: that part comes from the version that
comes with the project.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.db import transaction

from backend.accounts.actors import Actor
from backend.insights import registry, shipped
from backend.insights.drift import judged_intervals
from backend.insights.glucose_records import Floats, first_and_last, groups_in, read_people
from backend.insights.live_outcomes import Intervals
from backend.insights.models import LearnedModel, ModelAudit
from backend.insights.tables import Unusable
from backend.science import fairness_gate
from backend.science.glucose_forecast import (
    GlucoseForecastWeights,
    forecast_glucose,
    weights_from_json,
    weights_to_json,
)
from backend.science.glucose_forecast_fit import fit_glucose_forecast, windows_of

METHOD: Final = "glucose.ahead"
HOUR, LENGTHS, STRIDE = 12, (12, 192), 6
HALF_HOUR: Final = 6
STEEP: Final = 30.0  # mg/dL up in half an hour: mostly a meal
SAME_KEPT: Final = ("title", "purpose", "not_for", "outcome", "kind", "subgroups", "tripod_ai")
NO_AUDIT: Final = (
    "Groups are judged by whether 90 % intervals hold nine of ten readings, where the folder names "
    "20 people or more of one; alarms were not judged by groups. Nothing may act on it alone."
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A fit, as the registry stores it."""

    artefact: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return self.artefact


@dataclass(frozen=True, slots=True)
class Recordings:
    """Stretches of each person to learn from, and of the time after; groups of each."""

    early: Mapping[str, list[Floats]]
    late: Mapping[str, list[Floats]]
    groups: Mapping[str, Mapping[str, str]]

    @property
    def digest(self) -> str:
        """Of every reading, person by person."""
        hashed = hashlib.sha256()
        for part in (self.early, self.late):
            for person, each in sorted(part.items()):
                hashed.update(person.encode())
                for stretch in each:
                    hashed.update(np.ascontiguousarray(stretch).tobytes())
        return hashed.hexdigest()


def read_recordings(folder: Path) -> Recordings:
    """Raises Unusable where there is nothing to learn from."""
    early, late = first_and_last(read_people(folder))
    if not any(early.values()):
        raise Unusable(f"{folder.name} has no recordings of 100 readings or more.")
    return Recordings(early, late, groups_in(folder))


def train_forecast(
    actor: Actor, found: Recordings, *, name: str, version: str, now: datetime
) -> LearnedModel:
    """A candidate of this version; raises Unusable where the recordings are too short."""
    learn = [one for stretches in found.early.values() for one in stretches]
    try:
        weights = fit_glucose_forecast(learn, made_from=f"the first 80 % of each record of {name}")
    except ValueError as error:
        raise Unusable(str(error)) from None
    ours = shipped.SHIPPED[METHOD]
    treated = {key: one for key, one in ours.to_json().items() if key.startswith("treated")}
    card = _card(json.loads(ours.card.read_text()), found, weights, name)
    numbers = Numbers(weights_to_json(weights) | treated)
    with transaction.atomic():  # not around the fit: a database does not wait for that
        return registry.register(
            actor, method=METHOD, version=version, model=numbers, card=card, now=now
        )


def audit_forecast(
    actor: Actor, model: LearnedModel, found: Recordings, *, name: str, now: datetime
) -> ModelAudit:
    """Whether 90 % intervals hold nine of ten readings, for everyone and each group."""
    intervals = held_out(model, found)
    people = len(np.unique(intervals.person))
    about = {"name": name, "digest": found.digest, "people": people}
    report = {
        "model": {"method": model.method, "version": model.version, "digest": model.digest},
        "data": about | {"outcomes": len(intervals.within), "events": 0},
        "gate": fairness_gate.VERSION,
        "audited_at": now.isoformat(),
        "why": NO_AUDIT,
    }
    whole = report | dict(judged_intervals(intervals))
    with transaction.atomic():
        return registry.enter_audit(actor, model, whole, live=False, now=now)


def held_out(model: LearnedModel, found: Recordings) -> Intervals:
    """Of each person's last fifth, after sixteen hours: whether intervals held, step by step."""
    weights = weights_from_json(model.artefact)
    person, within, labels = [], [], []
    for number, (name, errors) in enumerate(_measured(weights, found, LENGTHS[-1])):
        held = errors.held.ravel()
        within.append(held)
        person.append(np.full(len(held), number))
        labels += [found.groups.get(name, {})] * len(held)
    if not within:
        raise Unusable("Nobody's record is long enough to be judged.")
    names = sorted({of for each in labels for of in each})
    groups = {of: np.array([each.get(of, "not recorded") for each in labels]) for of in names}
    return Intervals(np.concatenate(person), np.concatenate(within), groups)


@dataclass(frozen=True, slots=True)
class Errors:
    """Windows of one person: missed at 30 and 60 minutes, by persistence too; held; risen to."""

    half: Floats
    hour: Floats
    stays: Floats
    held: Any
    rose: Any


def _measured(
    weights: GlucoseForecastWeights, found: Recordings, length: int
) -> Iterator[tuple[str, Errors]]:
    for person, parts in found.late.items():
        try:
            seen, ahead = windows_of(parts, length, HOUR, stride=STRIDE)
        except ValueError:
            continue
        told = forecast_glucose(weights, seen.copy())
        rise = seen[:, -1] - seen[:, -1 - HALF_HOUR]
        yield (
            person,
            Errors(
                told.mean[:, HALF_HOUR - 1] - ahead[:, HALF_HOUR - 1],
                told.mean[:, HOUR - 1] - ahead[:, -1],
                seen[:, -1] - ahead[:, -1],
                (ahead >= told.lower[:, :HOUR]) & (ahead <= told.upper[:, :HOUR]),
                rise >= STEEP,
            ),
        )


def _card(
    text: dict[str, Any], found: Recordings, weights: GlucoseForecastWeights, name: str
) -> dict[str, Any]:
    """The text that people wrote, the numbers of these recordings."""
    rows = {length: dict(_measured(weights, found, length)) for length in LENGTHS}
    whole = list(rows[LENGTHS[-1]].values())
    if not whole:
        raise Unusable("No record's last fifth is 17 hours long: there is nothing to measure on.")
    metrics = _told(whole)
    return {key: text[key] for key in SAME_KEPT} | {
        "group_audit": NO_AUDIT,
        "data": {
            **{"name": name, "source": name, "licence": "the folder's own", "period": "unknown"},
            **{"digest": found.digest, "people": len(found.early), "left_out": {}},
            "events": sum(int(one.rose.sum()) for one in whole) or 1,
        },
        "protocol": text["protocol"]
        | {"trained_on": len(found.early), "held_out": len(whole), "split": "last 20 % held out"},
        "metrics": {
            "rmse_60_min_mg_dl": metrics["rmse_60_min"],
            "mae_60_min_mg_dl": metrics["mae_60_min"],
            "covered_90": metrics["covered_90"],
            "rmse_30_min_mg_dl": metrics["rmse_30_min"],
        },
        "by_group": list(_by_group(rows, found)),
        "slices": list(_slices(whole)),
        "limits": ["Nothing but readings was learnt from and measured.", *text["limits"][1:]],
    }


def _by_group(
    rows: Mapping[int, Mapping[str, Errors]], found: Recordings
) -> Iterator[dict[str, Any]]:
    for length, each in rows.items():
        named: dict[str, list[Errors]] = {"everyone": list(each.values())}
        for person, errors in each.items():
            for of, label in found.groups.get(person, {}).items():
                named.setdefault(f"{of}: {label}", []).append(errors)
        for group, some in sorted(named.items()):
            if some:
                counts = {"group": group, "people": len(some), "readings_known": length}
                yield counts | _told(some)


def _slices(whole: list[Errors]) -> Iterator[dict[str, Any]]:
    for name, steep in (("after a steep rise", True), ("after no steep rise", False)):
        rows = [(one, one.rose == steep) for one in whole]
        some = [
            Errors(one.half[at], one.hour[at], one.stays[at], one.held[at], one.rose[at])
            for one, at in rows
        ]
        count = sum(len(one.hour) for one in some)
        if count:
            yield {"slice": f"real people: {name}", "forecasts": count} | _told(some)


def _told(some: list[Errors]) -> dict[str, float]:
    def root(of: str) -> float:
        return round(
            float(np.sqrt((np.concatenate([getattr(o, of) for o in some]) ** 2).mean())), 2
        )

    hour = np.concatenate([one.hour for one in some])
    return {
        "rmse_30_min": root("half"),
        "rmse_60_min": root("hour"),
        "mae_60_min": round(float(np.abs(hour).mean()), 2),
        "rmse_60_min_persistence": root("stays"),
        "covered_90": round(float(np.concatenate([one.held for one in some]).mean()), 3),
    }
