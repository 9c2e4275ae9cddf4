"""What a phone says to the server, by Django's test client: bodies, items, one round of sync."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from backend.core.models import new_id
from tests.people import Person

# The door reads the real clock, so what is sent here is of now.
TODAY = datetime.now(UTC).replace(microsecond=0)
SYNC = "/api/v1/sync"


def upload(id_: UUID | None = None, **changed: Any) -> dict[str, Any]:
    """Three good heart rates."""
    item = {
        "id": str(id_ or new_id()),
        "kind": "heart_rate",
        "source": "polar-h10",
        "unit": "/min",
        "start": (TODAY - timedelta(hours=2)).isoformat(),
        "offsets_ms": [0, 1000, 2000],
        "values": [61, 62, 61],
    }
    return item | changed


def visit(id_: UUID | None = None, **changed: Any) -> dict[str, Any]:
    """A visit asked for, in two days."""
    item = {
        "id": str(id_ or new_id()),
        "type": "visit",
        "at": TODAY.isoformat(),
        "starts_at": (TODAY + timedelta(days=2)).isoformat(),
        "reason": "My knee",
    }
    return item | changed


def survey(id_: UUID | None = None, **changed: Any) -> dict[str, Any]:
    """A GAD-7 with the score 7."""
    item = {
        "id": str(id_ or new_id()),
        "type": "survey",
        "at": TODAY.isoformat(),
        "survey": "gad-7",
        "answers": {f"q{n}": 1 for n in range(1, 8)},
    }
    return item | changed


def envelope(
    *, cursor: str | None = None, uploads: Any = (), events: Any = (), **more: Any
) -> dict[str, Any]:
    return {
        "cursor": cursor,
        "device_time": TODAY.isoformat(),
        "uploads": list(uploads),
        "events": list(events),
    } | more


@dataclass
class Line:
    """One phone's line to the server."""

    person: Person
    client: Client

    def post(self, body: bytes, **headers: str) -> HttpResponse:
        """Raw bytes there, whatever comes back."""
        return self.client.post(
            SYNC, body, content_type="application/json", **self.person.bearer, **headers
        )

    def sync(self, **parts: Any) -> dict[str, Any]:
        """One round that must go well."""
        answer = self.post(json.dumps(envelope(**parts)).encode())
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told
