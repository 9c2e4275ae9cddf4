"""One PeriodicTask row a reminder, all of one minute: `python -m bench.peer_rows HOUR MINUTE N`.

Runs in the peers' environment; see pump_peers.
"""

import sys

import django
from django.core.management import call_command
from django.utils.module_loading import import_string


def main(hour: str, minute: str, count: int) -> None:
    """Make the tables and the rows, in few statements."""
    django.setup()
    call_command("migrate", "django_celery_beat", verbosity=0)
    models = "django_celery_beat.models"
    schedule = import_string(f"{models}.CrontabSchedule").objects.create(
        hour=hour, minute=minute, timezone="UTC"
    )
    row = import_string(f"{models}.PeriodicTask")
    row.objects.bulk_create(
        row(name=f"reminder {n}", task="peers.tell", args=f"[{n}]", crontab=schedule)
        for n in range(count)
    )
    import_string(f"{models}.PeriodicTasks").update_changed()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
