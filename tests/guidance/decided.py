"""Decisions with outcomes, written as a trial would have left them."""

from datetime import datetime, timedelta

import numpy as np

from backend.core.models import new_id
from backend.guidance.envelope import SAY_NOTHING
from backend.guidance.models import Nudge
from backend.guidance.policy import digest_of
from tests.people import NOW


def decide_many(
    patients, *, each=40, effect=0.3, arm="check_in", seed=1, now: datetime = NOW
) -> None:
    """`each` decisions of every patient, one a day, the last of them yesterday."""
    rng = np.random.default_rng(seed)
    rows = []
    for patient in patients:
        usual = rng.normal(0.5, 0.1)
        for day in range(each, 0, -1):
            chance = float(rng.choice([0.3, 0.6]))
            spoke = bool(rng.random() < chance)
            reward = float(usual + effect * spoke + rng.normal(0, 0.1))
            context = {"nudges_last_week": int(rng.integers(0, 6)), "last_opened": None}
            rows.append(
                Nudge(
                    id=new_id(),
                    patient=patient,
                    bucket=patient.bucket,
                    point=f"day {day} {arm} {seed}",
                    decided_at=now - timedelta(days=day),
                    available=True,
                    context=context,
                    context_digest=digest_of(context),
                    arms={SAY_NOTHING: 1 - chance, arm: chance},
                    arm=arm if spoke else SAY_NOTHING,
                    probability=chance if spoke else 1 - chance,
                    policy="fixed",
                    policy_version="1",
                    seed="",
                    outcome={"reward": reward, "opened": None},
                    outcome_at=now,
                )
            )
    Nudge.objects.bulk_create(rows)
