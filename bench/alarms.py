"""Glucose alarms on virtual people that nothing was learnt from: python -m bench.alarms."""

import json
from dataclasses import asdict

from backend.science.glucose_forecast import WEIGHTS
from backend.wire.glucose_ahead import Ahead
from backend.wire.glucose_alarm import HIGH, LOW, Alarm, alarm_of
from backend.wire.glucose_treated import leaning
from bench.house import Running
from bench.results import Result
from bench.virtual_people import TEST, Counted, Person, count, events, parts_of, people, raised

PUBLISHED = "Faccioli 2022: recall 0.88, 0.29 false a day, 15 min"


def measure(_: Running) -> list[Result]:
    """Pure: no house is needed, but the suite has one."""
    return alarms()


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
