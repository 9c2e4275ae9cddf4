"""One round of sync."""

from datetime import datetime

from django.db import transaction

from backend.accounts.actions import note_device_seen
from backend.accounts.models import Device
from backend.core.problems import NotFound
from backend.core.statements import together
from backend.patients.access import EVERYDAY, Chart, Deed, open_own_chart
from backend.streams.actions import store_uploads
from backend.sync.changes import changes_past
from backend.sync.cursors import read_cursor, write_cursor
from backend.sync.items import take_items
from backend.wire.messages import Changes, SyncReply, SyncRequest

SUBJECT = "POST SyncView"


def sync_phone(
    phone: Device, asked: SyncRequest, *, page_rows: int, now: datetime, one_by_one: bool = False
) -> SyncReply:
    """Take what the phone sends, tell what it has not seen; its own transaction.

    Raises NotFound where the phone is no patient's, CursorGone, before anything is taken, or
    Unavailable. `one_by_one` takes what went wrong together.
    """
    patient = getattr(phone.user, "patient", None)
    if patient is None:
        raise NotFound()
    after = read_cursor(asked.cursor, patient.id, newest=patient.revision)
    if after == patient.revision and not asked.events and not one_by_one:
        return _take_samples(phone, asked, now=now)
    with transaction.atomic():
        chart = open_own_chart(phone, *EVERYDAY, deed=Deed.CHANGE, subject=SUBJECT, now=now)
        return _take_all(chart, phone, asked, after, page_rows, now, one_by_one)


def _take_samples(phone: Device, asked: SyncRequest, *, now: datetime) -> SyncReply:
    """The round of every minute, nothing to learn: one message to the database and back."""
    with together():
        chart = open_own_chart(phone, *EVERYDAY, deed=Deed.CHANGE, subject=SUBJECT, now=now)
        if phone.has_news(asked.armed_until, now=now):
            note_device_seen(phone.id, armed_until=asked.armed_until, now=now)
        stored = store_uploads(chart, asked.uploads, now=now)
    cursor = asked.cursor or write_cursor(chart.patient.id, chart.patient.revision)
    return SyncReply(now, cursor, False, stored.answers(), Changes())


def _take_all(
    chart: Chart,
    phone: Device,
    asked: SyncRequest,
    after: int,
    page_rows: int,
    now: datetime,
    one_by_one: bool,
) -> SyncReply:
    """Noting the device first holds its row, so a repeated request waits for the one before and
    then meets its receipts.
    """
    note_device_seen(phone.id, armed_until=asked.armed_until, now=now)
    results, wrote_rows = take_items(chart, asked, now=now, one_by_one=one_by_one)
    if wrote_rows:
        chart.patient.refresh_from_db()
    page = changes_past(chart, after, limit=page_rows)
    cursor = write_cursor(chart.patient.id, page.last)
    return SyncReply(now, cursor, page.more, results, page.changes)
