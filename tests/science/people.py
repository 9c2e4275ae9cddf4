"""Daily medians of real people's sensor glucose, from the data sets that lie beside the project."""

import csv
import io
import zipfile
from collections import defaultdict
from datetime import datetime

import numpy as np

from tests.realdata import shared_data

SETS = ("cgm-hall-2018", "cgm-bigideas", "cgm-hupa-ucm", "cgm-physiocgm")
LEAST_READINGS = 48


def daily_medians():
    """(day numbers, medians) of each person who has six days or more."""
    found = []
    for name in SETS:
        for path in sorted(shared_data(name).glob("*.zip")):
            with zipfile.ZipFile(path) as archive:
                inside = [n for n in archive.namelist() if n.endswith(".csv") and "__" not in n]
                found += [_person(archive.read(n)) for n in inside if "metadata" not in n]
    return [(days, medians) for days, medians in found if len(days) >= 6]


def _person(raw):
    by_day = defaultdict(list)
    for row in csv.reader(io.StringIO(raw.decode("utf-8", "replace"))):
        try:
            by_day[datetime.fromisoformat(row[0]).date().toordinal()].append(float(row[1]))
        except (ValueError, IndexError):
            continue  # the header, and readings such as Low
    whole = {day: v for day, v in sorted(by_day.items()) if len(v) >= LEAST_READINGS}
    days = np.array(list(whole), np.int64)
    return days, np.array([np.median(v) for v in whole.values()], np.float64)
