"""manage.py import_stream: load a real export into a patient's streams."""

import dataclasses
import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from backend.accounts.actors import job
from backend.core.problems import NotFound
from backend.patients.access import Category, Deed, open_chart
from backend.streams.importers.reading import Export, Options, Unreadable
from backend.streams.importers.table import AUTO, FORMATS, read_export
from backend.streams.importing import Report, import_rows


class Command(BaseCommand):
    help = "Load an export of a wearable or phone into a patient's streams, all of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE --patient ID [--format …] [--person ID] [--json]."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--patient", type=UUID, required=True, help="the patient's id")
        parser.add_argument("--format", choices=[AUTO, *FORMATS], default=AUTO)
        parser.add_argument("--person", help="whose rows, in a file of many (default: the first)")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Times without an offset are read in the patient's zone."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        now = datetime.now(UTC)
        try:
            with transaction.atomic():
                report = self._run(path, options, now)
        except NotFound:
            raise CommandError("There is no patient with this id.") from None
        except Unreadable as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            json.dumps(dataclasses.asdict(report)) if options["json"] else told(report)
        )

    def _run(self, path: Path, options: dict[str, Any], now: datetime) -> Report:
        chart = open_chart(
            job("import_stream"),
            options["patient"],
            Category.STREAMS,
            deed=Deed.CHANGE,
            subject="import of a file",
            now=now,
        )
        reading = Options(ZoneInfo(chart.patient.zone), options["person"])
        size = path.stat().st_size
        with tqdm(total=size, unit="B", unit_scale=True, desc=path.name, file=self.stderr) as bar:
            rows = read_export(Export(path, bar.update), reading, name=options["format"])
            return import_rows(chart, rows, now=now)


def told(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{report.rows} rows: {report.stored} stored, {report.duplicate} duplicate,"
        f" {report.refused} refused"
    ]
    lines += [f"  {count} refused: {reason}" for reason, count in report.reasons.items()]
    lines += [f"  {count} new samples of {kind}" for kind, count in report.kinds.items() if count]
    return "\n".join(lines)
