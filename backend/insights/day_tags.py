"""Which nights the patient's own notes explain: they are neither judged nor a yardstick."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from backend.insights.reading import ONE_DAY, midnight
from backend.patients.access import Chart
from backend.streams import queries as streams
from backend.wire import diary
from backend.wire.diary import TagName

# Fever after a vaccine lasts a day or two; clocks of the body follow by about a zone a day.
NIGHTS_AFTER: Final[dict[TagName, int]] = {"alcohol": 1, "vaccine": 2, "travel": 3}


def explained(chart: Chart, mornings: Sequence[date], zone: ZoneInfo) -> NDArray[np.bool_]:
    """Of the night before each of these mornings, which follow one another, whether a note does."""
    first = mornings[0] - timedelta(days=max(NIGHTS_AFTER.values()))
    start, end = midnight(first, zone), midnight(mornings[-1], zone)
    found = streams.samples(chart, diary.TAG, start=start, end=end)
    tags = diary.tags_of(found.instants.tolist(), found.values.tolist(), zone)
    nights = {
        day + n * ONE_DAY
        for day, names in tags.items()
        for name in names
        for n in range(1, NIGHTS_AFTER[name] + 1)
    }
    return np.array([morning in nights for morning in mornings], np.bool_)
