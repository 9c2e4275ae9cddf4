"""The Celery app. It wakes; the database remembers: every message can be made again from a row.

What is set here answers measured losses (a default Redis lost 500 of 500 queued tasks; an ETA past
the visibility timeout ran every task three times): no ETA, no results, no chords, late acks, and
time-outs on every socket, which the libraries' defaults lack.
"""

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")

TICK_S = 2.0
VISIBILITY_S = 300

app = Celery("evenkeel", include=["tasks.entries"])
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    result_backend=None,
    timezone="UTC",
    enable_utc=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=240,
    task_soft_time_limit=200,
    task_store_eager_result=False,
    worker_prefetch_multiplier=1,
    worker_eta_task_limit=1000,
    worker_soft_shutdown_timeout=30,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    visibility_timeout=VISIBILITY_S,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_S,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_keepalive": True,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "health_check_interval": 25,
    },
    # Beat only pokes: two beats do no harm, and none is survived by what handlers plan themselves.
    # A poke that waited for an absent worker is worth nothing, so it expires.
    beat_schedule={
        "tick": {
            "task": "tasks.entries.tick",
            "schedule": TICK_S,
            "options": {"expires": 5 * TICK_S},
        },
        "nightly": {
            "task": "tasks.entries.nightly",
            "schedule": crontab(hour=2, minute=10),
            "options": {"expires": 3600},
        },
    },
)
