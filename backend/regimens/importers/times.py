"""Days and times as the makers of pill monitors write them; raises BadCell."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from backend.regimens.importers.sheets import BadCell, Cell

_NUMBERED = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? +(\d{1,2}):(\d{2})(?::(\d{2}))? ?([AP]M)?)?", re.I
)
_FORMS = ("%Y-%b-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z")
EARLIEST = 1990


def is_day_first(cells: Iterable[Cell]) -> bool | None:
    """How a file writes 3/4/2026, judged by all of its cells; None: they leave it open."""
    pairs = [(int(m[1]), int(m[2])) for c in cells if (m := _NUMBERED.match(str(c).strip()))]
    if any(second > 12 for _, second in pairs):
        return False
    return True if any(first > 12 for first, _ in pairs) else None


def moment(cell: Cell, column: str) -> datetime:
    """A time with an offset."""
    text = str(cell).strip()
    if not text:
        raise BadCell(column, "is empty")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _by_form(text, column)
    if found.tzinfo is None or found.year < EARLIEST:
        raise BadCell(column, "is not a time with an offset")
    return found


def _by_form(text: str, column: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (%z)
        except ValueError:
            continue
    raise BadCell(column, "is not a time")


def local(cell: Cell, column: str, *, day_first: bool) -> datetime:
    """A time without an offset."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if not str(cell).strip():
        raise BadCell(column, "is empty")
    found = _NUMBERED.fullmatch(str(cell).strip())
    if found is None:
        raise BadCell(column, "is not a time")
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    month, day = (second, first) if day_first else (first, second)
    try:
        return datetime(year, month, day, *_clock(found))  # noqa: DTZ001 (its zone comes later)
    except ValueError:
        raise BadCell(column, "is not a time") from None


def _clock(found: re.Match[str]) -> tuple[int, int, int]:
    if found[4] is None:
        return 0, 0, 0
    hour = int(found[4])
    if found[7]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if found[7].upper() == "PM" else 0)
    return hour, int(found[5]), int(found[6] or 0)


def clock(cell: Cell, column: str) -> time:
    """A time of day, 7:30 or 19:30."""
    if isinstance(cell, time):
        return cell
    try:
        return time.fromisoformat(str(cell).strip().zfill(5))
    except ValueError:
        raise BadCell(column, "is not a time of day") from None


def placed(wall: datetime, zone: ZoneInfo) -> datetime:
    """On the clock of a zone; an hour that comes twice is its first."""
    return wall.replace(tzinfo=zone).astimezone(UTC)
