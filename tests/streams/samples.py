"""Uploads for tests, made and stored through the real doors."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from backend.agenda.actions import call_up, work_off
from backend.patients.access import Category
from backend.streams.actions import store_upload
from backend.streams.merging import merge_patient
from backend.wire.codec import ms_of, upload_item
from backend.wire.ids import uuid7_from_ms
from backend.wire.messages import ItemResult
from tests.people import NOW, Cast, Person, chart

MORNING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)  # 08:00 in Berlin, the day before NOW


def made_id(number: int) -> UUID:
    """A UUIDv7 whose order is that of `number`."""
    return uuid7_from_ms(ms_of(NOW) + number, 7)


def upload(
    number: int,
    values: Sequence[float] = (61, 62, 63),
    *,
    start: datetime = MORNING,
    step: timedelta = timedelta(seconds=1),
    kind: str = "heart_rate",
    unit: str = "/min",
    source: str = "watch",
) -> dict[str, Any]:
    """A well-formed upload."""
    instants = [ms_of(start + n * step) for n in range(len(values))]
    return upload_item(made_id(number), kind, source, unit, (instants, values))


def send(who: Person, raw: Any, *, now: datetime = NOW) -> ItemResult:
    """Stored as the patient's own phone would."""
    return store_upload(chart(who, who, Category.STREAMS, change=True), raw, now=now)


def merge(cast: Cast, now: datetime = NOW, **how: int) -> None:
    """Everything that is due is merged; what merging calls up stays on the agenda."""
    work_off({"streams.merge": partial(merge_patient, **how)}, now=now)


def merge_and_bind(cast: Cast, hours: int = 1) -> None:
    """As some hours later, and every single upload is worth a volume."""
    call_up(cast.amina.id, "streams.merge")
    merge(cast, NOW + timedelta(hours=hours), bind_from=1)
