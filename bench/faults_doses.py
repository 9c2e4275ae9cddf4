"""The doses of the chaos run: three years in forty zones by the house's own expander, and a twin.

Every dose is a real slot: a course of one local time a day, expanded by `wire.schedule.slots` in
its zone, with its real key and due moment. The twin finds those moments without attaching a zone
to a local time: it walks along UTC and reads the wall clock. Only then is due time pressed
linearly into the run's minutes: order and coincidences stay, the distances shrink.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core.models import new_id
from backend.wire.messages import ScheduleRow
from backend.wire.schedule import Slot, from_row, slots

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
FIRST, LAST = date(2026, 1, 1), date(2029, 1, 1)  # from, and up to but not including
ABOUT = timedelta(days=2)  # days looked at on either side of a change, in the small run

ZONES = """
America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage
America/Halifax America/St_Johns America/Havana America/Santiago America/Sao_Paulo
America/Nuuk America/Scoresbysund America/Miquelon America/Port-au-Prince
America/Tijuana Atlantic/Azores Europe/London Europe/Lisbon Europe/Berlin Europe/Athens
Europe/Chisinau Europe/Istanbul Africa/Casablanca Africa/El_Aaiun Africa/Cairo
Africa/Nairobi Asia/Beirut Asia/Jerusalem Asia/Kathmandu Asia/Kolkata Asia/Tehran
Antarctica/Troll Australia/Lord_Howe Australia/Sydney Australia/Eucla Pacific/Auckland
Pacific/Chatham Pacific/Norfolk Pacific/Kiritimati Etc/GMT+12
""".split()  # noqa: SIM905
# Thick where clocks are changed, from midnight (Havana, Cairo, Santiago) to four (Troll, Chatham).
TIMES = """
02:30 00:30 01:30 03:30 00:00 02:00 08:00 23:30 01:00 03:00 02:45 20:00 00:15 01:15
02:15 03:15 01:45 03:45 04:00 12:00 16:00 22:30 23:00
""".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Course:
    """One daily dose at one local time, from a day up to another."""

    id: UUID
    zone: str
    at: str
    first: date
    last: date

    def slots(self) -> list[Slot]:
        """Its doses, by the house's expander."""
        row = ScheduleRow(
            id=self.id,
            mode="wall",
            rule="FREQ=DAILY",
            times=[self.at],
            starts_local=f"{self.first}T00:00",
            zone=self.zone,
            zone_mode="fixed",
            ends_local=f"{self.last}T00:00",
        )
        start, end = (datetime.combine(day, time(), UTC) for day in (self.first, self.last))
        return slots(from_row(row), zone=self.zone, start=start - 2 * DAY, end=end + 2 * DAY)


def changes(zone: str) -> list[date]:
    """The days, by UTC, on which the zone's clocks are changed."""
    here, found, moment = ZoneInfo(zone), [], datetime.combine(FIRST, time(), UTC)
    while moment.date() < LAST:
        if moment.astimezone(here).utcoffset() != (moment + DAY).astimezone(here).utcoffset():
            found.append(moment.date())
        moment += DAY
    return found


def courses(*, times: int, parts: int) -> list[Course]:
    """So many times of day in every zone: the three years in so many parts, or with none only the
    days around every change of a clock.
    """
    return [
        Course(new_id(), zone, at, first, last)
        for zone in ZONES
        for first, last in (_parts(parts) if parts else _around(changes(zone) or [FIRST + ABOUT]))
        for at in TIMES[:times]
    ]


def _parts(count: int) -> list[tuple[date, date]]:
    days = (LAST - FIRST).days
    cuts = [FIRST + n * days // count * DAY for n in range(count + 1)]
    return list(zip(cuts, cuts[1:], strict=False))


def _around(days: Sequence[date]) -> list[tuple[date, date]]:
    """Runs of days; those of changes that lie close together are one."""
    found: list[tuple[date, date]] = []
    for day in days:
        first, last = max(day - ABOUT, FIRST), min(day + ABOUT + DAY, LAST)
        if found and first <= found[-1][1]:
            first = found.pop()[0]
        found.append((first, last))
    return found


def check(expanded: Sequence[tuple[Course, list[Slot]]]) -> int:
    """Each local day's dose is there exactly once, at the moment the twin finds; how many.

    Raises AssertionError naming the first that is not so.
    """
    by_zone: dict[str, list[tuple[Course, list[Slot]]]] = defaultdict(list)
    for course, found in expanded:
        by_zone[course.zone].append((course, found))
    for zone, those in by_zone.items():
        spans = sorted({(course.first, course.last) for course, _ in those})
        moments = {local: at for span in spans for local, at in _walk(zone, *span)}
        for course, found in those:
            days = (course.last - course.first).days
            at = time.fromisoformat(course.at)
            wanted = [datetime.combine(course.first + n * DAY, at) for n in range(days)]
            assert Counter(s.nominal_local for s in found) == Counter(map(_text, wanted)), course
            for slot in found:
                assert slot.due_at == moments[slot.nominal_local], slot
    return sum(len(found) for _, found in expanded)


def _text(local: datetime) -> str:
    return local.isoformat(timespec="minutes")


def _walk(zone: str, first: date, last: date) -> Iterator[tuple[str, datetime]]:
    """Every local quarter of an hour and when it comes: the first time that a clock on the wall
    shows it, or, where it never does, as long after the last that it showed as it is later.
    """
    here = ZoneInfo(zone)
    moment = datetime.combine(first, time(), UTC) - DAY
    end = datetime.combine(last, time(), UTC) + DAY
    seen = moment.astimezone(here).replace(tzinfo=None)
    while (moment := moment + QUARTER) < end:
        local = moment.astimezone(here).replace(tzinfo=None)
        unseen = moment  # were the clock not put forward, it would show the next quarter now
        while seen < local:
            seen += QUARTER
            yield _text(seen), moment if seen == local else unseen
            unseen += QUARTER
