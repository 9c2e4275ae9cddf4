"""What a patient's journal says must, and may, be with the server."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Done:
    """`must` be there, `may` be there: events by id. `values`: for each instant that was measured
    the value that counts, and those after it of which nobody can say whether they were kept.
    """

    writes: int = 0
    edited: int = 0
    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    values: dict[int, set[float]] = field(default_factory=dict)


def facts_of(path: Path) -> list[dict[str, Any]]:
    """Its facts; a last line that a kill cut short is none."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def read_done(path: Path) -> Done:
    """The journal's sum."""
    done, doubtful = Done(), set[str]()
    measured: dict[int, tuple[list[int], float]] = {}
    values: dict[int, set[float]] = defaultdict(set)
    for fact in facts_of(path):
        done.writes += "done" in fact
        done.edited += "edited_in_flight" in fact
        if fact.get("kind") == "samples":
            _measure(fact, measured, values)
        elif "will" in fact:
            done.may.add(fact["will"])
        elif "done" in fact:
            done.must.add(fact["done"])
        elif "will_undo" in fact:
            doubtful.add(fact["will_undo"])
        elif "undone" in fact:
            done.undone.add(fact["undone"])
        elif "stays" in fact:
            doubtful.discard(fact["stays"])
    done.must -= doubtful
    done.may -= done.undone
    done.values = {at: found for at, found in values.items() if found}
    return done


def _measure(
    fact: dict[str, Any],
    measured: dict[int, tuple[list[int], float]],
    values: dict[int, set[float]],
) -> None:
    """What was surely kept displaces all before it; what may have been kept stands beside."""
    if "will" in fact:
        measured[fact["will"]] = fact["at"], fact["value"]
        for at in fact["at"]:
            values[at].add(fact["value"])
    else:
        instants, value = measured[fact["done"]]
        for at in instants:
            values[at] = {value}
