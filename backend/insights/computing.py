"""What each method says now about a patient; nothing is written here.

A method that raises says nothing, and keeps no other from speaking: the fault is told by its class
and the line that raised it, which hold no word about the patient. What the database refuses is no
method's fault: it ends the refresh, which is tried again.
"""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import DatabaseError

from backend.insights.evidence import Evidence
from backend.insights.in_use import InUse, in_use
from backend.insights.methods import METHODS, Method
from backend.insights.models import Finding
from backend.insights.plain import digest_of
from backend.insights.reading import midnight, read_once
from backend.insights.statements import Answer, refusal_detail
from backend.insights.words import abstained, refused, said
from backend.patients.access import Chart
from backend.science.refusal import Refusal

NOT_IN_USE: Final = Refusal("not_in_use", 0, 1, "models")

logger = logging.getLogger("evenkeel.insights")


@dataclass(frozen=True, slots=True)
class Computed:
    """What a method says now, in this version, from evidence with this digest."""

    method: Method
    version: str
    digest: str
    result: dict[str, Any]
    valid_until: datetime | None

    def is_said_by(self, earlier: Finding | None) -> bool:
        """Whether a finding stands that was made of the same."""
        return _made_of(earlier) == (
            self.version,
            self.digest,
            self.method.label,
            self.method.unit,
        )


@dataclass(frozen=True, slots=True)
class Failed:
    """A method that could not be computed: the error's class and where it was raised."""

    method: str
    version: str
    error: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of all methods: what is new, and which failed."""

    computed: list[Computed] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)


def compute_all(
    chart: Chart,
    standing: Mapping[str, Finding],
    *,
    methods: Mapping[str, Method] = METHODS,
    now: datetime,
) -> Outcome:
    """What the methods say now whose evidence, version or name is not that of what stands.

    What a late day does not touch has the evidence that it had: it is not even computed.
    """
    seen: dict[Callable[..., Evidence], tuple[Evidence, str]] = {}
    outcome = Outcome()
    with read_once():
        for method in methods.values():
            try:
                found = _computed_anew(chart, method, seen, standing.get(method.name), now=now)
            except DatabaseError:
                raise
            except Exception as error:  # of whatever kind: the other methods must speak
                outcome.failed.append(_failed(method, error))
            else:
                outcome.computed.extend(found)
    return outcome


def _failed(method: Method, error: Exception) -> Failed:
    place = traceback.extract_tb(error.__traceback__)[-1]
    told = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
    logger.error("%s could not be computed: %s", method.name, told)
    return Failed(method.name, method.version, told)


def _computed_anew(
    chart: Chart,
    method: Method,
    seen: dict[Callable[..., Evidence], tuple[Evidence, str]],
    earlier: Finding | None,
    *,
    now: datetime,
) -> list[Computed]:
    model = in_use(method.name, now=now) if method.is_learned else None
    if method.is_learned and model is None:
        silent = _not_in_use(method)
        return [] if silent.is_said_by(earlier) else [silent]
    if method.gather not in seen:
        evidence = method.gather(chart, now=now)
        seen[method.gather] = evidence, evidence.digest
    evidence, digest = seen[method.gather]
    version = model.version if model else method.version
    if _made_of(earlier) == (version, digest, method.label, method.unit):
        return []
    return [_computed(method, model, evidence, digest)]


def compute(chart: Chart, method: Method, model: InUse | None, *, now: datetime) -> Computed:
    """What the method says about the patient, read through the chart, with a version's numbers."""
    evidence = method.gather(chart, now=now)
    return _computed(method, model, evidence, evidence.digest)


def _made_of(earlier: Finding | None) -> tuple[str, ...] | None:
    if earlier is None:
        return None
    return earlier.version, earlier.inputs_digest, earlier.label, earlier.unit


def _computed(method: Method, model: InUse | None, evidence: Evidence, digest: str) -> Computed:
    answer = method.state(evidence, model) if model else method.state(evidence)
    version = model.version if model else method.version
    result = _result(method, answer, some_data=not evidence.is_empty)
    return Computed(method, version, digest, result, _valid_until(method, evidence))


def _not_in_use(method: Method) -> Computed:
    """Of no version and no evidence, so that it is written once, not with every reading."""
    result = _result(method, NOT_IN_USE, some_data=False)
    return Computed(method, "", digest_of(NOT_IN_USE.code), result, None)


def _result(method: Method, answer: Answer, *, some_data: bool) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return dict(
            value=None,
            lower=None,
            upper=None,
            detail=refusal_detail(answer, some_data=some_data),
            abstained=sentence(answer),
        )
    told = dict(value=answer.value, lower=answer.lower, upper=answer.upper)
    says = said(method.name, told | {"detail": answer.detail})
    return told | dict(detail=dict(answer.detail) | {"says": says}, abstained="")


def sentence(refusal: Refusal) -> str:
    """Why there is no number, in words for the patient."""
    return abstained(refusal.code, refused(refusal))


def _valid_until(method: Method, evidence: Evidence) -> datetime | None:
    if evidence.is_empty:
        return None  # nothing there is true on any day
    if evidence.valid_until is not None:
        return evidence.valid_until
    return midnight(evidence.last_day + timedelta(days=1 + method.valid_days), evidence.zone)
