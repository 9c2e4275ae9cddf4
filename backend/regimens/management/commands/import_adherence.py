"""manage.py import_adherence: load dispensings or a pill monitor's file for a patient.

manage.py import_adherence ecap.csv --patient ID --medicine Mercaptopurine
manage.py import_adherence fills.csv --patient ID --format dispensings --person 76
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

from backend.accounts.actors import job
from backend.core.problems import NotFound
from backend.patients.access import Category, Deed, open_chart
from backend.regimens.importers.sheets import Reading, Unreadable
from backend.regimens.importers.table import AUTO, FORMATS, read_file
from backend.regimens.importing import Report, store_file


class Command(BaseCommand):
    help = (
        "Load dispensings (csv) or the export of a pill monitor (csv, xlsx, xls) for a patient. "
        "Rows that cannot be used are named by number and field; the others are stored, each once."
    )
    requires_system_checks: list[str] = []  # no route is asked, and loading all takes time

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE --patient ID [--format …] [--json], and what the file leaves open."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--patient", type=UUID, required=True, help="the patient's id")
        parser.add_argument("--format", choices=[AUTO, *FORMATS], default=AUTO)
        parser.add_argument("--medicine", default="", help="which one (default: as in the file)")
        parser.add_argument("--monitor", default="", help="the device (default: as in the file)")
        parser.add_argument("--person", help="whose rows, in a table of several people")
        parser.add_argument("--zone", help="of times without an offset (default: the patient's)")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """All that can be used is stored, or nothing if the file is not one."""
        if options["zone"] and options["zone"] not in available_timezones():
            raise CommandError("There is no such time zone; one looks like Europe/Berlin.")
        try:
            with transaction.atomic():
                report = _load(options, now=datetime.now(UTC))
        except NotFound:
            raise CommandError("There is no patient with this id.") from None
        except Unreadable as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            json.dumps(dataclasses.asdict(report)) if options["json"] else told(report)
        )


def _load(options: dict[str, Any], *, now: datetime) -> Report:
    chart = open_chart(
        job("import_adherence"),
        options["patient"],
        Category.MEDICINES,
        deed=Deed.CHANGE,
        subject="import of a file",
        now=now,
    )
    reading = Reading(
        ZoneInfo(options["zone"] or chart.patient.zone),
        options["medicine"],
        options["monitor"],
        options["person"],
    )
    found = read_file(options["file"], reading, name=options["format"])
    return store_file(chart, found, now=now)


def told(report: Report) -> str:
    """The report for people; rows are named by their number, never by what stands in them."""
    passed = sum(report.passed_over.values())
    lines = [
        f"{report.format}: {report.rows} rows: {report.stored} stored, {report.duplicate}"
        f" duplicate, {passed} passed over, {report.refused_count} refused"
    ]
    lines += [f"  row {bad.row} refused: {bad.field} {bad.why}" for bad in report.refused]
    if report.refused_count > len(report.refused):
        lines.append(f"  and {report.refused_count - len(report.refused)} more")
    lines += [f"  {count} passed over: {why}" for why, count in report.passed_over.items()]
    lines += [f"  {count} noted: {note}" for note, count in report.notes.items()]
    if report.first:
        lines.append(f"  from {report.first} to {report.last}")
    return "\n".join(lines)
