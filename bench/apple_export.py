"""A synthetic export.xml as Apple's Health app writes it: its broken document type included."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np

SEED = 11
DOCTYPE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 14 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!ELEMENT Record ((MetadataEntry|HeartRateVariabilityMetadataList)*)>
<!ATTLIST HeartRateVariabilityMetadataList
  device CDATA #IMPLIED
<!ELEMENT MetadataEntry EMPTY>
]>
<HealthData locale="en_DE">
 <ExportDate value="2026-11-20 08:10:05 +0100"/>
 <Me HKCharacteristicTypeIdentifierDateOfBirth="1980-05-20"/>
"""
DEVICE = (
    "&lt;&lt;HKDevice: 0x3012772a0&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch,"
    " hardware:Watch6,7, software:10.2&gt;"
)
MOTION = '\n  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="0"/>\n </Record>'
# type, unit, share of the records, seconds between two, whether metadata stands inside
TYPES = (
    ("HeartRate", "count/min", 0.45, 40, True),
    ("ActiveEnergyBurned", "kcal", 0.25, 80, False),
    ("BasalEnergyBurned", "kcal", 0.08, 240, False),
    ("StepCount", "count", 0.09, 200, False),
    ("DistanceWalkingRunning", "km", 0.09, 200, False),
    ("OxygenSaturation", "%", 0.02, 900, False),
    ("RespiratoryRate", "count/min", 0.02, 900, False),
)
ENDS = datetime(2026, 11, 20, 8, tzinfo=UTC)
SOURCES = ("Ann’s Apple\xa0Watch", "Ann’s iPhone")


def write_export(path: Path, records: int) -> int:
    """Write it; returns its bytes. Types follow one another and sources mix, as in real ones."""
    with path.open("w", encoding="utf-8") as file:
        file.write(DOCTYPE)
        left = records
        for place, (name, unit, share, step, inside) in enumerate(TYPES):
            count = left if place == len(TYPES) - 1 else round(records * share)
            left -= count
            file.writelines(_records(name, unit, count, step, inside))
        file.write("</HealthData>\n")
    return path.stat().st_size


def _records(name: str, unit: str, count: int, step: int, inside: bool) -> Iterator[str]:
    rng = np.random.default_rng(SEED)
    start = ENDS - timedelta(seconds=count * step)
    values = _values(name, rng, count)
    ending = ">" + MOTION if inside else "/>"
    for number in range(count):
        at = start + timedelta(seconds=number * step)
        zone = timezone(timedelta(hours=2 if 4 <= at.month <= 10 else 1))
        began = at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")
        ended = (
            (at + timedelta(seconds=step // 2)).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")
        )
        source = SOURCES[number % 7 == 0]
        yield (
            f' <Record type="HKQuantityTypeIdentifier{name}" sourceName="{source}"'
            f' sourceVersion="10.2" device="{DEVICE}" unit="{unit}" creationDate="{ended}"'
            f' startDate="{began}" endDate="{ended}" value="{values[number]}"{ending}\n'
        )


def _values(name: str, rng: np.random.Generator, count: int) -> list[str]:
    if name == "HeartRate":
        return [str(v) for v in (70 + rng.normal(0, 8, count)).round().astype(int).tolist()]
    if name == "OxygenSaturation":
        return [f"{v:.2f}" for v in rng.uniform(0.94, 1.0, count).tolist()]
    if name == "StepCount":
        return [str(v) for v in rng.integers(1, 300, count).tolist()]
    if name == "RespiratoryRate":
        return [f"{v:g}" for v in (rng.integers(24, 40, count) / 2).tolist()]
    return [f"{v:.6g}" for v in rng.gamma(2, 0.2, count).tolist()]
