"""The parts of the benchmark, in order."""

import sys
import time
from collections.abc import Callable, Sequence

from bench import (
    adherence,
    alarms,
    app,
    charts,
    early,
    events,
    forecast,
    forecast_person,
    gate,
    genome,
    import_apple,
    ingest,
    latency,
    nudges,
    prune,
    pump,
    pump_peers,
    refresh,
    science,
    storage,
)
from bench.house import Running
from bench.results import Result

PARTS: dict[str, Callable[[Running], list[Result]]] = {
    "ingest": ingest.measure,
    "latency": latency.measure,
    "storage": storage.measure,
    "pump": pump.measure,
    "pump_peers": pump_peers.measure,
    "science": science.measure,
    "refresh": refresh.measure,
    "prune": prune.measure,
    "forecast": forecast.measure,
    "forecast_person": forecast_person.measure,
    "alarms": alarms.measure,
    "early": early.measure,
    "events": events.measure,
    "adherence": adherence.measure,
    "nudges": nudges.measure,
    "gate": gate.measure,
    "import_apple": import_apple.measure,
    "charts": charts.measure,
    "app": app.measure,
    "genome": genome.measure,
}


def measure(running: Running, only: Sequence[str] | None) -> list[Result]:
    """Run the parts, or those named."""
    results: list[Result] = []
    for name, part in PARTS.items():
        if only and name not in only:
            continue
        began = time.monotonic()
        results += part(running)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return results
