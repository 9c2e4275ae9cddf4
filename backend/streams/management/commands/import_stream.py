"""manage.py import_stream: load a real export into a patient's streams.

A csv table of whatever make, its columns named:

    manage.py import_stream pulse.csv --patient ID --map time=Datum --map clock=Uhrzeit \\
        --map value=Puls --kind heart_rate --unit /min --dates day-first --zone Europe/Berlin
    manage.py import_stream diary.csv --patient ID --map time=Zeit --decimal comma \\
        --map glucose=Zucker --unit glucose=mmol/L --map body_weight=Gewicht
"""

import dataclasses
import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from backend.accounts.actors import job
from backend.core.problems import NotFound
from backend.patients.access import Category, Deed, open_chart
from backend.streams.importers.mapped import (
    DATES,
    DECIMALS,
    ENCODINGS,
    SEPARATORS,
    BadMapping,
    parse_mapping,
)
from backend.streams.importers.reading import Export, Mapping, Options, Unreadable, slug
from backend.streams.importers.table import AUTO, CSV, FORMATS, read_export
from backend.streams.importing import import_rows
from backend.streams.verdicts import Report


class Command(BaseCommand):
    help = "Load an export of a wearable or phone into a patient's streams, all of it or nothing."
    requires_system_checks = []  # no route is asked, and loading all takes time

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE --patient ID [--format …] [--person ID] [--json], and what a table's columns are."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--patient", type=UUID, required=True, help="the patient's id")
        parser.add_argument("--format", choices=[AUTO, *FORMATS], default=AUTO)
        parser.add_argument("--person", help="whose rows, in a file of many (default: the first)")
        parser.add_argument("--zone", help="of times without an offset (default: the patient's)")
        parser.add_argument("--source", default="", help="name of the device (default: the file's)")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        table = parser.add_argument_group("a csv table, its columns named")
        table.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="WORD=COLUMN",
            help="time, clock (time of day), person, value (with --kind) or the code of a kind;"
            " COLUMN is a name of the header, or #3 for the third",
        )
        table.add_argument("--kind", default="", help="what the value measures")
        table.add_argument(
            "--unit",
            action="append",
            default=[],
            metavar="[KIND=]UNIT",
            help="of the value or a kind (default: the kind's own)",
        )
        table.add_argument("--dates", choices=DATES, default="auto")
        table.add_argument("--decimal", choices=DECIMALS, default="point")
        table.add_argument("--separator", choices=SEPARATORS, default="auto")
        table.add_argument("--encoding", choices=ENCODINGS, default="auto")
        table.add_argument("--skip", type=int, default=0, help="rows above the data, with #3 alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Times without an offset are read in the patient's zone unless another is named."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        if options["zone"] and options["zone"] not in available_timezones():
            raise CommandError("There is no such time zone; one looks like Europe/Berlin.")
        now = datetime.now(UTC)
        try:
            mapping = _mapping(options)
            with transaction.atomic():
                report = self._run(path, options, mapping, now)
        except NotFound:
            raise CommandError("There is no patient with this id.") from None
        except (Unreadable, BadMapping) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            json.dumps(dataclasses.asdict(report)) if options["json"] else told(report)
        )

    def _run(
        self, path: Path, options: dict[str, Any], mapping: Mapping | None, now: datetime
    ) -> Report:
        chart = open_chart(
            job("import_stream"),
            options["patient"],
            Category.STREAMS,
            deed=Deed.CHANGE,
            subject="import of a file",
            now=now,
        )
        reading = Options(
            ZoneInfo(options["zone"] or chart.patient.zone),
            options["person"],
            mapping,
            slug(options["source"]),
            ENCODINGS[options["encoding"]],
            SEPARATORS[options["separator"]],
        )
        size = path.stat().st_size
        with tqdm(total=size, unit="B", unit_scale=True, desc=path.name, file=self.stderr) as bar:
            rows = read_export(Export(path, bar.update), reading, name=options["format"])
            return import_rows(chart, rows, now=now)


def _mapping(options: dict[str, Any]) -> Mapping | None:
    if not options["map"]:
        return None
    if options["format"] not in (AUTO, CSV):
        raise BadMapping("Only a csv table has columns to name.")
    return parse_mapping(
        options["map"],
        kind=options["kind"],
        units=options["unit"],
        dates=options["dates"],
        decimal=options["decimal"],
        skip=options["skip"],
    )


def told(report: Report) -> str:
    """The report for people; rows are named by their number, never by what stands in them."""
    lines = [
        f"{report.rows} rows: {report.stored} stored, {report.duplicate} duplicate,"
        f" {report.refused} refused"
    ]
    if report.samples.get("refused"):
        of = sum(report.samples.values())
        lines.append(f"  {of} samples in them, {report.samples['refused']} of these refused")
    for reason, count in report.reasons.items():
        at = ", ".join(str(number) for number in report.examples[reason])
        more = ", …" if count > len(report.examples[reason]) else ""
        lines.append(f"  {count} refused: {reason} (row {at}{more})")
    lines += [f"  {count} {note}" for note, count in report.notes.items()]
    lines += [f"  {count} new samples of {kind}" for kind, count in report.kinds.items() if count]
    if report.first:
        lines.append(f"  from {report.first} to {report.last}")
    return "\n".join(lines)
