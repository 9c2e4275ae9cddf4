"""manage.py prevent: the PREVENT risks of anybody's table of people.

manage.py prevent --input people.csv --output risks.csv
"""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from backend.science.prevent import (
    ADDITIONAL,
    HORIZONS,
    OUTCOMES,
    PreventInput,
    Risk,
    prevent_risk,
)

COLUMNS: Final = tuple(field.name for field in fields(PreventInput))
YES_OR_NO: Final = ("bp_tx", "statin", "dm", "smoking")
SEXES: Final = {"female": "female", "f": "female", "male": "male", "m": "male"}
ANSWERS: Final = {"1": True, "0": False}
OUT: Final = (
    *(f"{outcome}_{years}" for years in HORIZONS for outcome in OUTCOMES),
    *("problem", "model"),
)


class Command(BaseCommand):
    help = (
        "Risks in percent by the PREVENT equations, for each row of a csv file of the columns "
        "age,sex,sbp,bp_tx,total_c,hdl_c,statin,dm,smoking,egfr,bmi (mg/dL, mL/min/1.73 m2; 1 or "
        "0) and, if known, hba1c (%), uacr (mg/g), sdi (decile), which choose the model. What is "
        "missing or out of range is named in the row's problem and never guessed."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--input F --output G."""
        parser.add_argument("--input", type=Path, required=True, metavar="F", help="a csv file")
        parser.add_argument("--output", type=Path, required=True, metavar="G", help="to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Numbers are not rounded; other columns are ignored; rows keep their order."""
        try:
            rows = [_row(cells) for cells in _read(options["input"])]
            with options["output"].open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(OUT)
                writer.writerows(rows)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise CommandError("The input is not UTF-8 text.") from None
        except csv.Error:
            raise CommandError("The input is not a csv table.") from None
        self.stdout.write(f"{len(rows)} rows, {sum(bool(row[-2]) for row in rows)} with a problem.")


def _read(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        if missing := [n for n in COLUMNS if n not in header and n not in ADDITIONAL]:
            raise CommandError(f"{path.name} has no column {' and no column '.join(missing)}.")
        yield from reader


def _row(cells: Mapping[str, str | None]) -> list[Any]:
    person, unread = _person(cells)
    told: list[Any] = []
    problems: list[str] = []
    model = ""
    for years in HORIZONS:
        found = unread or prevent_risk(person, years)
        if isinstance(found, Risk):
            told += [found.percent[outcome] for outcome in OUTCOMES]
            model = found.model
        else:
            told += [""] * len(OUTCOMES)
            problems += found
    return [*told, "; ".join(dict.fromkeys(problems)), model]


def _person(cells: Mapping[str, str | None]) -> tuple[PreventInput, list[str]]:
    """The person as far as the cells can be read, and what cannot."""
    known: dict[str, Any] = {}
    problems = []
    for name in COLUMNS:
        text = (cells.get(name) or "").strip()
        try:
            known[name] = _value(name, text) if text else None
        except ValueError as error:
            known[name] = None
            problems.append(f"{name} {error}")
    return PreventInput(**known), problems


def _value(name: str, text: str) -> float | bool | str:
    if name == "sex":
        if text.lower() not in SEXES:
            raise ValueError("is not female or male")
        return SEXES[text.lower()]
    if name in YES_OR_NO:
        if text not in ANSWERS:
            raise ValueError("is not 1 or 0")
        return ANSWERS[text]
    try:
        return float(text)
    except ValueError:
        raise ValueError("is not a number") from None
