"""The version of a learned method that is in use, with its numbers.

Which one it is is asked of the registry with every refresh; the numbers of a version never change
and are read once. What comes with the project enters the registry when it is first asked for.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from backend.insights import shipped
from backend.insights.models import LearnedModel, ModelState

REMEMBERED_S: Final = 60.0
_lately: dict[str, tuple[float, "InUse | None"]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class InUse:
    """One version's numbers; the same object for the same version, so that it can be a key."""

    version: str
    digest: str
    artefact: Mapping[str, Any]


def in_use(method: str, *, now: datetime) -> InUse | None:
    """What a clinician, or the project, has deployed; None where it was retired."""
    found = _deployed(method)
    if found is None and shipped.adopt(method, now=now):
        found = _deployed(method)
    return found


def in_version(method: str, version: str) -> InUse | None:
    """A version that is, or was, in use."""
    found = LearnedModel.objects.filter(method=method, version=version)
    id_ = found.values_list("id", flat=True).first()
    return None if id_ is None else _numbers(id_)


def in_use_lately(method: str, *, now: datetime) -> InUse | None:
    """The same for doors that are asked many times a second: as it stood within a minute."""
    moment = time.monotonic()
    until, known = _lately.get(method, (0.0, None))
    if moment >= until:
        known = in_use(method, now=now)
        _lately[method] = moment + REMEMBERED_S, known
    return known


def forget() -> None:
    """Ask anew, before the minute is over."""
    _lately.clear()


def _deployed(method: str) -> InUse | None:
    found = LearnedModel.objects.filter(method=method, state=ModelState.DEPLOYED)
    id_ = found.values_list("id", flat=True).first()
    return None if id_ is None else _numbers(id_)


@lru_cache(maxsize=64)
def _numbers(model_id: UUID) -> InUse:
    found = LearnedModel.objects.only("version", "digest", "artefact").get(pk=model_id)
    return InUse(found.version, found.digest, found.artefact)
