"""Learned methods that come with the project: they enter the registry like any other.

They arrive as deployed, by the project's own name and against the gate's verdict, which is told
with every look at them: nobody's group could be judged, so nothing may act on them alone. A person
retires them, or deploys another version in their place; what a person has decided stands.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, transaction

from backend.accounts.actors import Actor, job
from backend.insights import registry
from backend.insights.models import LearnedModel, ModelStep
from backend.science import adherence_risk, fairness_gate, glucose_forecast

HERE: Final = Path(__file__).parent
BY: Final[Actor] = job("Evenkeel, as shipped")


@dataclass(frozen=True, slots=True)
class Shipped:
    """One method's version: its numbers, as they are stored, and its card."""

    method: str
    version: str
    numbers: Callable[[], dict[str, Any]]
    card: Path

    def to_json(self) -> dict[str, Any]:
        """As the registry stores it."""
        return self.numbers()


def _glucose() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(glucose_forecast.WEIGHTS.read_text())
    return found


_TABLE = (
    Shipped(
        "glucose.ahead",
        glucose_forecast.VERSION,
        _glucose,
        HERE / "glucose_ahead_card.json",
    ),
    Shipped(
        "adherence.outlook",
        adherence_risk.VERSION,
        adherence_risk.numbers,
        HERE / "adherence_outlook_card.json",
    ),
)
SHIPPED: Final = {shipped.method: shipped for shipped in _TABLE}


def adopt_all(*, now: datetime) -> None:
    """Each of them, where it is not there yet."""
    for method in SHIPPED:
        adopt(method, now=now)


def adopt(method: str, *, now: datetime) -> bool:
    """Whether it is in the registry now and was not before; never against what a person decided."""
    shipped = SHIPPED.get(method)
    if shipped is None or _is_known(shipped):
        return False
    try:
        with transaction.atomic():
            _enter(shipped, now=now)
    except IntegrityError:
        pass  # another process was as fast
    return True


def _is_known(shipped: Shipped) -> bool:
    decided = ModelStep.objects.filter(model__method=shipped.method, actor_id__isnull=False)
    entered = LearnedModel.objects.filter(method=shipped.method, version=shipped.version)
    return entered.exists() or decided.exists()


def _enter(shipped: Shipped, *, now: datetime) -> None:
    card = json.loads(shipped.card.read_text())
    model = registry.register(
        BY,
        method=shipped.method,
        version=shipped.version,
        model=shipped,
        card=card,
        reason="it comes with the project",
        now=now,
    )
    audit = registry.enter_audit(BY, model, _report(model), live=False, now=now)
    registry.put_into_use(
        BY, model, audit, reason=f"It comes with the project. {card['group_audit']}", now=now
    )


def _report(model: LearnedModel) -> Mapping[str, Any]:
    """A report that judges nobody, and says why."""
    card = model.card
    return {
        "model": {"method": model.method, "version": model.version, "digest": model.digest},
        "data": {name: card["data"][name] for name in ("name", "digest", "people", "events")},
        "gate": fairness_gate.VERSION,
        "audited_at": model.trained_at.isoformat(),
        "enough": False,
        "passed": False,
        "blocking": [],
        "insufficient": ["everyone: everyone", *card["subgroups"]],
        "why": card["group_audit"],
    }
