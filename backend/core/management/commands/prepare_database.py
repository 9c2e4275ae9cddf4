"""Bring the database up to this code."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """`manage.py prepare_database`"""

    help = "Apply migrations and make the cache table; safe to run again."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """In one process: starting Python costs more than either."""
        verbosity = options["verbosity"]
        call_command("migrate", interactive=False, skip_checks=True, verbosity=verbosity)
        call_command("createcachetable", verbosity=verbosity)
