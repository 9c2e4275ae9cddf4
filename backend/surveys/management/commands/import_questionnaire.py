"""manage.py import_questionnaire foot-check.json --every-days 7"""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.core.problems import Invalid
from backend.surveys.actions import bring_in


class Command(BaseCommand):
    help = (
        "A FHIR R4 Questionnaire (JSON) that patients are asked from now on. Nothing is kept if "
        "one of its items cannot be asked here: each is named by its linkId, with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE [--language en] [--every-days N]."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--language", default="", help="else what the file says, else en")
        parser.add_argument("--every-days", type=int, help="how often Today asks for it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what is asked now."""
        try:
            resource = json.loads(options["file"].read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"This file cannot be read: {type(error).__name__}.") from None
        told = str(resource.get("language", "")) if isinstance(resource, dict) else ""
        language = (options["language"] or told or "en")[:2].lower()
        try:
            with transaction.atomic():
                form = bring_in(
                    resource, language=language, every_days=options["every_days"],
                    now=datetime.now(UTC),
                )  # fmt: skip
        except Invalid as refused:
            lines = [f"{error.field}: {error.detail}" for error in refused.errors]
            raise CommandError("\n".join(["This cannot be asked here.", *lines])) from None
        self.stdout.write(f"Asked from now on: {form} ({form.language})")
