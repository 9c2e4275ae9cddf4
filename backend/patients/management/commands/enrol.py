"""Print a one-time enrolment code."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from backend.accounts.actors import job
from backend.core.problems import NotFound
from backend.patients.access import Category, Deed, open_chart
from backend.patients.actions import make_enrolment_code


class Command(BaseCommand):
    """`manage.py enrol PATIENT`"""

    help = "Print a one-time code that enrols one phone for this patient."

    def add_arguments(self, parser: CommandParser) -> None:
        """The patient's id."""
        parser.add_argument("patient", type=UUID, help="the patient's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """One line, or one clear line of failure."""
        now = datetime.now(UTC)
        try:
            chart = open_chart(
                job("manage.enrol"),
                options["patient"],
                Category.PROFILE,
                deed=Deed.CHANGE,
                subject="enrolment code",
                now=now,
            )
        except NotFound:
            raise CommandError("There is no patient of this id.") from None
        code = make_enrolment_code(chart, now=now)
        self.stdout.write(
            json.dumps({"enrolment_code": code}) if options["json"] else f"enrolment code: {code}"
        )
