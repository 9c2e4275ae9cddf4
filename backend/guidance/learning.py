"""Learning from decisions: once a night what holds for all, at each decision what holds for one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from backend.accounts.actors import job
from backend.guidance.envelope import SAY_NOTHING
from backend.guidance.models import Nudge, NudgePrior
from backend.guidance.policy import FEATURES, features_of
from backend.patients.access import Category, Chart, enter_list, list_patients
from backend.science.thompson_action_centred import (
    VERSION,
    Population,
    Told,
    WorkingBaseline,
    believed,
    gathered,
    newcomers,
    pooled,
)

LEARN: Final = "guidance.learn"
REMEMBERED: Final = timedelta(days=84)  # what works fades: older decisions tell of another time
MOST_OF_ONE: Final = 500
DIGITS: Final = 9  # what is written down is what is drawn with
NEWCOMERS: Final = 0  # the prior that stands before the first night


def learn(*, now: datetime) -> NudgePrior | None:
    """Fit the prior anew from everyone's closed decisions; None if there are none."""
    with transaction.atomic():
        actor = job(LEARN)
        patients = list(list_patients(actor, Category.INSIGHTS, now=now))
        ids = {patient.id for patient in patients}
        closed = [n for n in _closed(since=now - REMEMBERED) if n.patient_id in ids]
        if not closed:
            return None
        heard = {nudge.patient_id for nudge in closed}
        shown = [patient for patient in patients if patient.id in heard]
        enter_list(actor, shown, Category.INSIGHTS, subject=LEARN, now=now)
        arms = sorted({nudge.arm for nudge in closed} - {SAY_NOTHING})
        return NudgePrior.objects.create(
            fitted_at=now,
            algorithm=VERSION,
            people=len(heard),
            decisions=len(closed),
            arms={arm: _written(pooled(told_of(closed, arm), _start())) for arm in arms},
        )


def beliefs_of(chart: Chart, arms: Iterable[str]) -> tuple[int, dict[str, Any]]:
    """The prior's number, and of each arm what is believed of its effect on this patient."""
    chart.need(Category.INSIGHTS)
    prior = NudgePrior.objects.filter(algorithm=VERSION).order_by("-fitted_at", "-pk").first()
    own = list(_closed().filter(patient=chart.patient).order_by("-decided_at")[:MOST_OF_ONE])[::-1]
    beliefs = {}
    for arm in arms:
        raw = prior.arms.get(arm) if prior else None
        told = told_of(own, arm, people=1)
        belief = believed(_read(raw) if raw else _start(), told.precision[0], told.response[0])
        beliefs[arm] = {
            "mean": _plain(belief.mean),
            "covariance": _plain(belief.covariance),
        }
    return prior.pk if prior else NEWCOMERS, beliefs


def told_of(nudges: Sequence[Nudge], arm: str, *, people: int | None = None) -> Told:
    """What decisions between this arm and silence say, each with its chance among the two."""
    numbers: dict[UUID, int] = defaultdict(lambda: len(numbers))
    kept = [n for n in nudges if arm in n.arms and n.arm in (arm, SAY_NOTHING)]
    person = np.array([numbers[n.patient_id] for n in kept], np.int64)
    features = np.array([features_of(n.context) for n in kept]).reshape(-1, len(FEATURES))
    chance = np.array([n.arms[arm] / (n.arms[arm] + n.arms[SAY_NOTHING]) for n in kept])
    spoke = np.array([n.arm == arm for n in kept], bool)
    rewards = np.array([(n.outcome or {})["reward"] for n in kept], np.float64)
    baseline = WorkingBaseline(len(FEATURES))
    baseline.take(person, features, rewards)
    count = people or len(numbers)
    return gathered(person, features, spoke, chance, baseline.left(), people=count)


def _closed(since: datetime | None = None) -> Any:
    """Decisions that were possible and whose reward is known, in order of time."""
    found = Nudge.objects.filter(available=True, outcome__reward__isnull=False)
    found = found.exclude(outcome__reward=None)
    return (found.filter(decided_at__gte=since) if since else found).order_by("decided_at", "id")


def _start() -> Population:
    return newcomers(len(FEATURES), noise=0.1)


def _written(population: Population) -> dict[str, Any]:
    return {
        "mean": _plain(population.mean),
        "doubt": _plain(population.doubt),
        "between": _plain(population.between),
        "noise": round(population.noise, DIGITS),
    }


def _read(raw: dict[str, Any]) -> Population:
    return Population(
        np.array(raw["mean"]), np.array(raw["doubt"]), np.array(raw["between"]), raw["noise"]
    )


def _plain(values: NDArray[np.float64]) -> Any:
    """Rounded, and without a negative zero: the same after the database as before."""
    return (np.round(values, DIGITS) + 0.0).tolist()
