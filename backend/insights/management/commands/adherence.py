"""manage.py adherence: CMA1 to CMA9 of anybody's dispensings.

manage.py adherence --input fills.csv --start 2033-10-25 --end 2034-10-25 > cmas.csv
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.insights.dispensed import ISO, adherence_table, read_window, write_table
from backend.insights.tables import Unusable
from backend.science.cma import Carrying


class Command(BaseCommand):
    help = (
        "CMA1 to CMA9 (as AdhereR defines them; CMA1 is the MPR) of each patient in a csv file of "
        "the columns patient,date,daily_dose,medicine,days, as csv. Empty: the definition gives no "
        "number. A bad cell is an error that names line and column; nothing is left out."
    )
    requires_system_checks: list[str] = []  # it needs no database, and may run without one

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--input F --start D --end D [--carry-only-same] [--dose-change]."""
        parser.add_argument("--input", type=Path, required=True, metavar="F", help="a csv file")
        parser.add_argument(
            "--start", required=True, metavar="D", help="first day of the observation window"
        )
        parser.add_argument(
            "--end",
            required=True,
            metavar="D",
            help="its last day: fills on it count; the window's length is end minus start",
        )
        parser.add_argument(
            "--carry-only-same",
            action="store_true",
            help="supply left over counts only if the next fill is of the same medicine",
        )
        parser.add_argument(
            "--dose-change",
            action="store_true",
            help="supply left over lasts longer or shorter when the daily dose changes",
        )
        parser.add_argument(
            "--follow-up-end",
            metavar="D",
            help="for CMA9: until when people were followed (default: to the window's end, or to "
            "their last fill)",
        )
        parser.add_argument(
            "--date-format", default=ISO, metavar="FORMAT", help="of the file's dates, as strptime"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Numbers are not rounded; other columns are ignored."""
        try:
            window = read_window(options["start"], options["end"], options["follow_up_end"])
            table = adherence_table(
                options["input"],
                window,
                carrying=Carrying(options["carry_only_same"], options["dose_change"]),
                date_format=options["date_format"],
            )
        except Unusable as error:
            raise CommandError(str(error)) from None
        write_table(table, self.stdout)  # type: ignore[arg-type]
