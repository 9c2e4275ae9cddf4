"""Who the simulated people are: drawn from a seed, nothing of them is real.

Person 0 is the one whose phone a visitor takes over; person 1 is the one who gets worse.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

MARK = " (simulated)"
FIRST = 0
DETERIORATING = 1

GIVEN = {
    "female": (
        "Amina", "Ingrid", "Mei", "Sofia", "Priya", "Chloe", "Fatou", "Hana", "Marta", "Zainab",
        "Elif", "Lucia", "Naledi", "Olga", "Rosa", "Yuki", "Aisha", "Beatriz", "Dalia", "Freya",
    ),
    "male": (
        "Jonas", "Kwame", "Diego", "Arjun", "Liam", "Tariq", "Wei", "Pavel", "Mateo", "Samir",
        "Emeka", "Lars", "Hiro", "Andre", "Omar", "Nikhil", "Tomas", "Bilal", "Felix", "Rafael",
    ),
}  # fmt: skip
FAMILY = (
    "Okafor", "Lind", "Chen", "Moreno", "Sharma", "Dubois", "Diallo", "Novak", "Silva", "Haddad",
    "Yilmaz", "Rossi", "Mokoena", "Ivanova", "Garcia", "Tanaka", "Khan", "Costa", "Weber", "Berg",
    "Mensah", "Reyes", "Patel", "Murphy", "Aziz", "Wang", "Petrov", "Lopez", "Osei", "Keller",
)  # fmt: skip
ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata",
    "Africa/Lagos", "Australia/Sydney", "America/Sao_Paulo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Medicine:
    """What is prescribed, in the terms of a schedule; local times, none for a fixed spacing."""

    name: str
    dose: str
    instructions: str
    mode: Literal["wall", "elapsed"]
    rule: str
    times: tuple[str, ...] = ()


AMLODIPINE = Medicine(
    "Amlodipine", "5 mg", "One tablet in the morning.", "wall", "FREQ=DAILY", ("08:00",)
)
METFORMIN = Medicine(
    "Metformin", "500 mg", "One tablet with breakfast and one with dinner.",
    "wall", "FREQ=DAILY", ("08:00", "19:00"),
)  # fmt: skip
SEMAGLUTIDE = Medicine(
    "Semaglutide", "0.5 mg", "One injection under the skin.",
    "wall", "FREQ=WEEKLY;BYDAY=SU", ("10:00",),
)  # fmt: skip
GABAPENTIN = Medicine(
    "Gabapentin", "300 mg", "One capsule every eight hours.", "elapsed", "FREQ=HOURLY;INTERVAL=8"
)
ATORVASTATIN = Medicine(
    "Atorvastatin", "20 mg", "One tablet in the evening.", "wall", "FREQ=DAILY", ("21:00",)
)
BISOPROLOL = Medicine(
    "Bisoprolol", "2.5 mg", "One tablet in the morning.", "wall", "FREQ=DAILY", ("09:00",)
)


@dataclass(frozen=True, slots=True)
class Persona:
    """One simulated person: how she lives, not what happened to her."""

    index: int
    name: str
    sex: str
    birth_date: date
    zone: str
    diabetes: bool
    hypertension: bool
    resting_rate: float
    daily_steps: float
    adherence: float
    weight_kg: float
    medicines: tuple[Medicine, ...]
    treated_days: int
    deteriorates: bool = False
    goes_offline: bool = False


def draw_personas(count: int, *, seed: int, today: date) -> list[Persona]:
    """The first `count` people of this seed; a smaller cohort is the start of a larger one."""
    return [_draw(index, seed, today) for index in range(count)]


def _draw(index: int, seed: int, today: date) -> Persona:
    rng = np.random.default_rng([seed, index])
    sex = "female" if index % 2 == 0 else "male"
    given = GIVEN[sex][index // 2 % len(GIVEN[sex])]
    family = FAMILY[(index + index // len(FAMILY)) % len(FAMILY)]
    diabetes = index % 4 == 2
    hypertension = index == FIRST or (not diabetes and rng.random() < 0.5)
    age = float(rng.uniform(58, 78) if index == DETERIORATING else rng.uniform(28, 78))
    return Persona(
        index=index,
        name=f"{given} {family}{MARK}",
        sex=sex,
        birth_date=date(today.year - round(age), int(rng.integers(1, 13)), 1),
        zone=ZONES[index % len(ZONES)],
        diabetes=diabetes,
        hypertension=hypertension,
        resting_rate=_about(62, 5, 50, 74, rng),
        daily_steps=_about(7000, 2000, 2500, 12_000, rng),
        adherence=0.93 if index == DETERIORATING else float(rng.beta(9, 1.5)),
        weight_kg=_about(78, 13, 48, 125, rng),
        medicines=_medicines(index, diabetes, hypertension),
        treated_days=int(rng.integers(31, 46)),
        deteriorates=index == DETERIORATING,
        goes_offline=index % 3 == 2,
    )


def _about(
    middle: float, spread: float, low: float, high: float, rng: np.random.Generator
) -> float:
    return min(high, max(low, rng.normal(middle, spread)))


def _medicines(index: int, diabetes: bool, hypertension: bool) -> tuple[Medicine, ...]:
    """Every schedule of the house is taken by somebody: daily, twice a day, weekly, every 8 h."""
    if index == DETERIORATING:
        return (BISOPROLOL, ATORVASTATIN)
    found = [METFORMIN, SEMAGLUTIDE] if diabetes else []
    found += [AMLODIPINE] if hypertension else []
    found += [ATORVASTATIN] if index % 3 == 0 or not found else []
    found += [GABAPENTIN] if index % 10 == 5 else []
    return tuple(found)
