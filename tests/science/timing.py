"""How fast something can go, whatever else this machine is doing."""

import timeit
from collections.abc import Callable


def fastest(run: Callable[[], object]) -> float:
    """Seconds of the fastest of five runs: the others waited for somebody else's work."""
    return min(timeit.repeat(run, number=1, repeat=5))
