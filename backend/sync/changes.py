"""What changed past a cursor, page by page, in the order of its revision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.guidance import queries as guidance
from backend.insights import queries as insights
from backend.messages import queries as messages
from backend.notices import queries as notices
from backend.patients import queries as patients
from backend.patients.access import Chart
from backend.regimens import queries as regimens
from backend.streams.plans import plans_changed_since
from backend.surveys import queries as surveys
from backend.visits import queries as visits
from backend.wire.messages import SYNC_PAGE_ROWS, Changes

# kind of row -> reader(chart, *, after, limit), which answers in the order of the revision
Readers = Mapping[str, Callable[..., list[Any]]]
READERS: Readers = {
    "profile": patients.profile_changed_since,
    "regimens": regimens.regimens_changed_since,
    "doses": regimens.doses_changed_since,
    "notices": notices.changed_since,
    "advice": guidance.changed_since,
    "findings": insights.changed_since,
    "visits": visits.changed_since,
    "surveys": surveys.changed_since,
    "grants": patients.grants_changed_since,
    "plans": plans_changed_since,
    "messages": messages.changed_since,
}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the last revision that they cover, and whether there are more."""

    changes: Changes
    last: int
    more: bool


def changes_past(
    chart: Chart, after: int, *, limit: int = SYNC_PAGE_ROWS, readers: Readers = READERS
) -> Page:
    """At most `limit` rows whose revision lies past `after`.

    Nothing beyond the patient's revision as the chart knows it is given out: what commits while we
    read may be seen by one reader and not by another, and belongs to the next page.
    """
    newest = chart.patient.revision
    if newest == after:
        return Page(Changes(), newest, more=False)
    found = [
        (row.revision, kind, row)
        for kind, read in readers.items()
        for row in read(chart, after=after, limit=limit + 1)
        if row.revision <= newest
    ]
    found.sort(key=lambda one: one[:2])
    more = len(found) > limit
    kept: dict[str, list[Any]] = {}
    for _, kind, row in found[:limit]:
        kept.setdefault(kind, []).append(row)
    return Page(Changes(**kept), found[limit - 1][0] if more else newest, more)
