"""One worker that merges whatever is due, until it is ended: `python -m bench.worker`."""

import os
import time
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()

from backend.agenda.actions import work_off  # noqa: E402
from backend.streams.merging import merge_patient  # noqa: E402

while True:
    if not work_off({"streams.merge": merge_patient}, now=datetime.now(UTC)):
        time.sleep(0.05)
