"""A million dispensings of eighty thousand people: all nine CMAs, and PQA's PDC, on one core."""

import time
from collections.abc import Callable

import numpy as np

from backend.science.cma import Carrying, cmas
from backend.science.dispensing import in_order
from backend.science.pdc import ClassFills, Stays, proportion_of_days_covered
from bench.house import Running
from bench.results import Result, median

FILLS, PEOPLE, DAYS = 1_000_000, 80_000, 730
RUNS = 3
ALLOWED_S = 10.0


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one. Sorting counts too."""
    rng = np.random.default_rng(1)
    person = rng.integers(0, PEOPLE, FILLS)
    day = 735_000 + rng.integers(0, DAYS, FILLS)
    days = rng.choice([30, 60, 90], FILLS)
    dose = rng.choice([1.0, 2.0, 4.0], FILLS)
    medicine = rng.integers(0, 3, FILLS)
    start = np.full(PEOPLE, 735_100)

    def nine() -> None:
        fills = in_order(
            person, day.astype(float), days.astype(float), dose, medicine, people=PEOPLE
        )
        begins = start.astype(float)
        found = cmas(fills, start=begins, end=begins + 365, carrying=Carrying(True, True))
        assert 0.5 < np.nanmean(found.cma7) < 1

    def pqa() -> None:
        order = np.lexsort((day, person))
        fills = ClassFills(person[order], day[order], days[order], medicine[order][:, None], PEOPLE)
        away = Stays(np.arange(PEOPLE), start + 50, start + 57)
        found = proportion_of_days_covered(fills, start=start, end=start + 364, stays=away)
        assert 0.5 < np.nanmean(found.pdc) < 1

    return [_timed("cma_1m_s", nine), _timed("pdc_1m_s", pqa)]


def _timed(name: str, run: Callable[[], object]) -> Result:
    seconds = []
    for _ in range(RUNS):
        began = time.process_time()
        run()
        seconds.append(time.process_time() - began)
    took = median(seconds)
    detail = {"fills": FILLS, "people": PEOPLE}
    return Result(
        name, took, "s", f"{ALLOWED_S:g} s allowed", round(took / ALLOWED_S, 3), RUNS, detail
    )
