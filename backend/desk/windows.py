"""The stretch of time that charts show: a day to a year of the patient's own days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backend.desk.drawing import Frame

# What the address says, how many days, and what the button says.
SPANS: Final = {
    "day": (1, "Day"),
    "week": (7, "Week"),
    "month": (30, "30 days"),
    "quarter": (90, "90 days"),
    "year": (365, "Year"),
}
USUAL: Final = "month"
FINE: Final = frozenset({"day", "week"})  # drawn by samples, the others by days
TICK_DAYS: Final = {"week": 1, "month": 7, "quarter": 14}
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
OLDEST: Final = 1990


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of `span` that ends with the day `last`, in the patient's zone."""

    zone: ZoneInfo
    span: str
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return SPANS[self.span][0]

    @property
    def first(self) -> date:
        """The day that it begins with."""
        return self.last - timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        """Midnight before the first day."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """Midnight after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def is_fine(self) -> bool:
        """Whether samples are drawn, and not days."""
        return self.span in FINE

    def midnight_ms(self, day: date) -> float:
        """Where a day begins."""
        return datetime.combine(day, time(), self.zone).timestamp() * 1000

    def frame(self) -> Frame:
        """The axis along which everything is drawn."""
        start, end = self.start.timestamp() * 1000, self.end.timestamp() * 1000
        return Frame(start, end, tuple(self._ticks(start)))

    def _ticks(self, start_ms: float) -> list[tuple[float, str]]:
        if self.span == "day":
            return [(start_ms + hour * HOUR_MS, f"{hour:02}") for hour in range(0, 24, 3)]
        days = [self.first + timedelta(days=n) for n in range(self.days)]
        if self.span == "year":
            return [(self.midnight_ms(day), f"{day:%b}") for day in days if day.day == 1]
        shown = days[:: TICK_DAYS[self.span]]
        form = "{0:%a} {0.day}" if self.span == "week" else "{0.day} {0:%b}"
        return [(self.midnight_ms(day), form.format(day)) for day in shown]

    def earlier(self) -> date:
        """Where the stretch before ends."""
        return self.last - timedelta(days=self.days)

    def later(self, today: date) -> date:
        """Where the stretch after ends, never beyond today."""
        return min(self.last + timedelta(days=self.days), today)


def window_of(zone: ZoneInfo, span: str, day: str, *, now: datetime) -> Window:
    """As the address asks; what is no span or no day is the last month."""
    today = now.astimezone(zone).date()
    try:
        last = date.fromisoformat(day)
    except ValueError:
        last = today
    if last.year < OLDEST or last > today:
        last = today
    return Window(zone, span if span in SPANS else USUAL, last)
