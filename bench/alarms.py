"""Glucose alarms on virtual people that nothing was learnt from: python -m bench.alarms."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from backend.science.glucose_forecast import WEIGHTS
from backend.wire.codec import moment_of
from backend.wire.glucose_ahead import Ahead
from backend.wire.glucose_alarm import HIGH, LOW, Alarm, alarm_of
from backend.wire.glucose_treated import leaning
from bench.house import Running
from bench.results import Result
from bench.virtual_people import (
    TEST,
    WINDOW,
    Counted,
    Person,
    count,
    events,
    forecasts,
    parts_of,
    people,
    raised,
)
from mobile.sync.forecasting import foreseen

EACH: Final = 60  # readings
PUBLISHED = "Faccioli 2022: recall 0.88, 0.29 false a day, 15 min"


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    return [*alarms(), phone()]


def alarms() -> list[Result]:
    """Recall of lows and highs; false alarms, lead and slices in the detail."""
    found = []
    for kind in ("low", "high"):
        told = counted(kind)
        ratio = round(told.recall / 0.88, 4)
        against = PUBLISHED if kind == "low" else "recall 0.88"
        found.append(
            Result(f"alarm_{kind}_recall", told.recall, "", against, ratio, 1, asdict(told))
        )
    return found


def phone() -> Result:
    """How often the phone by itself, as it works it out from readings, says what the server says.

    After each reading that alarms on the server, the one before it and each sixtieth.
    """
    weights = json.loads(WEIGHTS.read_text())
    looked, same, alarming = 0, 0, 0
    for person in people(TEST).values():
        told = dict(forecasts(person))
        server = {n: _decided(weights, person, n, ahead) for n, ahead in told.items()}
        near = {n - back for n, alarm in server.items() if alarm for back in (0, 1)}
        for n in sorted(near.intersection(told) | {n for n in told if n % EACH == 0}):
            here = _on_phone(weights, person, n)
            looked += 1
            alarming += server[n] is not None
            same += here == server[n]
    detail = {"readings": looked, "alarming": alarming}
    return Result("alarm_phone_same", same / looked, "", "server", same / looked, 1, detail)


def _on_phone(weights: dict[str, Any], person: Person, n: int) -> Alarm | None:
    at, mg_dl = person.at_ms[: n + 1].tolist(), person.mg_dl[: n + 1].tolist()
    now = moment_of(at[-1]) + timedelta(minutes=1)
    seen = foreseen(weights, at[-WINDOW:], mg_dl[-WINDOW:], now=now)
    return None if seen is None else _decided(weights, person, n, seen.ahead)


def _decided(weights: dict[str, Any], person: Person, n: int, ahead: Ahead) -> Alarm | None:
    """With what is known of meals and insulin."""
    parts = parts_of(person, int(person.at_ms[n]))
    return alarm_of(float(person.mg_dl[n]), leaning(weights, ahead, parts))


def counted(kind: str, *, treated: bool = True) -> Counted:
    """Of one kind of alarm, with or without what is known of meals and insulin."""
    weights = json.loads(WEIGHTS.read_text())
    rows = []
    for person in people(TEST).values():

        def decide(n: int, ahead: Ahead, person: Person = person) -> Alarm | None:
            parts = parts_of(person, int(person.at_ms[n])) if treated else ()
            leant = leaning(weights, ahead, parts) if parts else ahead
            return alarm_of(float(person.mg_dl[n]), leant)

        beyond = person.mg_dl < LOW.mg_dl if kind == "low" else person.mg_dl > HIGH.mg_dl
        rows.append((person, events(beyond), raised(person, decide, kind)))
    return count(rows)


if __name__ == "__main__":
    for kind in ("low", "high"):
        for treated in (True, False):
            known = "meals and insulin known" if treated else "readings alone"
            print(kind, known, json.dumps(asdict(counted(kind, treated=treated))))
