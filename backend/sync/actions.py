"""One round of sync."""

import sys
from datetime import datetime

from django.db import transaction

from backend.accounts.actions import note_device_seen
from backend.accounts.models import Device
from backend.core.statements import together
from backend.core.words import MG_DL
from backend.insights.glucose_ahead import model_for
from backend.patients.access import EVERYDAY, Deed, open_own_chart
from backend.patients.models import Patient
from backend.patients.phones import still_so
from backend.streams.actions import store_uploads
from backend.sync.changes import changes_past
from backend.sync.cursors import read_cursor, write_cursor
from backend.sync.items import take_items
from backend.wire.messages import Changes, SyncReply, SyncRequest

SUBJECT = "POST SyncView"


def sync_samples(phone: Device, asked: SyncRequest, *, now: datetime) -> SyncReply | None:
    """The round of every minute, which brings samples at most and has nothing to learn.

    One message to the database and back, for a phone that is remembered: it is believed on the
    condition that nothing has changed. None if there is more to do; raises NotSo, or CursorGone
    which may be told to nobody yet. In these cases nothing was taken.
    """
    patient = phone.user.patient
    reads = _read_by(patient)
    after = read_cursor(asked.cursor, patient.id, newest=sys.maxsize, **reads)
    if asked.events or after != patient.revision or model_for(asked.glucose_model, now=now):
        return None
    with together(provided=still_so(phone)):
        chart = open_own_chart(phone, *EVERYDAY, deed=Deed.CHANGE, subject=SUBJECT, now=now)
        if phone.has_news(asked.armed_until, now=now):
            note_device_seen(phone.id, armed_until=asked.armed_until, now=now)
            phone.last_seen_at, phone.armed_until = now, asked.armed_until
        stored = store_uploads(chart, asked.uploads, now=now)
    answers = stored.answers()
    cursor = asked.cursor or write_cursor(patient.id, patient.revision, **reads)
    return SyncReply(now, cursor, False, answers, Changes())


def sync_phone(
    phone: Device, asked: SyncRequest, *, page_rows: int, now: datetime, one_by_one: bool = False
) -> SyncReply:
    """Take what the phone sends, tell what it has not seen; its own transaction.

    Noting the device first holds its row, so a repeated request waits for the one before and then
    meets its receipts. Raises NotFound where the phone is no patient's, CursorGone, before anything
    is taken, or Unavailable. `one_by_one` takes apart what went wrong together.
    """
    with transaction.atomic():
        chart = open_own_chart(phone, *EVERYDAY, deed=Deed.CHANGE, subject=SUBJECT, now=now)
        patient = chart.patient
        reads = _read_by(patient)
        after = read_cursor(asked.cursor, patient.id, newest=patient.revision, **reads)
        note_device_seen(phone.id, armed_until=asked.armed_until, now=now)
        results, wrote_rows = take_items(chart, asked, now=now, one_by_one=one_by_one)
        if wrote_rows:
            patient.refresh_from_db()
        page = changes_past(chart, after, limit=page_rows)
        cursor = write_cursor(patient.id, page.last, **reads)
        model = model_for(asked.glucose_model, now=now)
        return SyncReply(
            now, cursor, page.more, results, page.changes, dict(model) if model else None
        )


def _read_by(patient: Patient) -> dict[str, str]:
    """What the texts of a sync depend on: a cursor holds for it."""
    return {
        "language": patient.language,
        "glucose_unit": str(patient.units.get("glucose", MG_DL)),
    }
