"""How fast something can go, whatever else this machine is doing."""

import time
import timeit
from collections.abc import Callable


def fastest(run: Callable[[], object]) -> float:
    """CPU seconds of the fastest of five runs: somebody else's work does not count."""
    return min(timeit.repeat(run, number=1, repeat=5, timer=time.process_time))
