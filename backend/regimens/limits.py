"""The prescriber's limits on what a patient may report: too early, too often, too soon again.

The same words stand on the phone, which looks first; here they cannot be passed by.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.core.problems import Invalid, invalid_field
from backend.regimens.models import Regimen
from backend.wire.as_needed import is_too_many, is_too_soon
from backend.wire.problems import Code
from backend.wire.sentences import span


def too_early(regimen: Regimen, due_at: datetime, at: datetime) -> Invalid | None:
    """A dose must not be taken longer before it is due than the prescriber allows."""
    if regimen.early_minutes is None or at >= due_at - timedelta(minutes=regimen.early_minutes):
        return None
    allowed = f"at most {span(regimen.early_minutes)} before it is due"
    if regimen.early_minutes == 0:
        allowed = "not before it is due"
    return invalid_field("at", Code.OUT_OF_RANGE, f"This dose may be taken {allowed}.")


def too_many_snoozes(regimen: Regimen, before: int) -> Invalid | None:
    """A dose must not be put off more often than the prescriber allows."""
    if regimen.most_snoozes is None or before < regimen.most_snoozes:
        return None
    times = {0: "not at all", 1: "once only"}.get(
        regimen.most_snoozes, f"{regimen.most_snoozes} times only"
    )
    return invalid_field("status", Code.OUT_OF_RANGE, f"This dose may be put off {times}.")


def too_much(regimen: Regimen, taken: Sequence[datetime], at: datetime) -> Invalid | None:
    """As needed: not more in any 24 hours, and not sooner after another, than prescribed."""
    if is_too_soon(taken, at, min_gap_minutes=regimen.min_gap_minutes):
        words = f"Leave at least {span(regimen.min_gap_minutes or 0)} between two doses."
        return invalid_field("at", Code.OUT_OF_RANGE, words)
    if is_too_many(taken, at, most_a_day=regimen.most_a_day):
        words = f"At most {regimen.most_a_day} in 24 hours: this would be one more."
        return invalid_field("at", Code.OUT_OF_RANGE, words)
    return None
