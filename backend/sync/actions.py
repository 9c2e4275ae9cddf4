"""One round of sync."""

from datetime import datetime
from uuid import UUID

from backend.accounts.actions import note_device_seen
from backend.patients.access import Chart
from backend.sync.changes import changes_past
from backend.sync.cursors import read_cursor, write_cursor
from backend.sync.items import take_items
from backend.wire.messages import SyncReply, SyncRequest


def sync_phone(
    chart: Chart,
    asked: SyncRequest,
    *,
    device_id: UUID,
    page_rows: int,
    now: datetime,
) -> SyncReply:
    """Take what the phone sends, tell what it has not seen.

    Noting the device first holds its row, so a repeated request waits for the one before and then
    meets its receipts. Raises CursorGone, before anything is taken, or Unavailable.
    """
    patient = chart.patient
    after = read_cursor(asked.cursor, patient.id, newest=patient.revision)
    note_device_seen(device_id, armed_until=asked.armed_until, now=now)
    results, wrote_rows = take_items(chart, asked, now=now)
    if wrote_rows:
        patient.refresh_from_db()
    page = changes_past(chart, after, limit=page_rows)
    cursor = write_cursor(patient.id, page.last)
    return SyncReply(now, cursor, page.more, results, page.changes)
