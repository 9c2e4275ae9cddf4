"""The usual way, as leanly as it can be done: a reminder is a Celery task that writes one row.

No card, no ledger entry, nothing that survives a retry: less than what a reminder of ours does.
Imported by the peers' own environment too, so it knows nothing of the house.
"""

import os
from functools import cache

import psycopg
from celery import Celery

app = Celery("peers", broker=os.environ.get("PEERS_BROKER"))
app.conf.update(
    timezone="UTC", enable_utc=True, task_ignore_result=True, worker_hijack_root_logger=False
)


@cache
def _database() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@app.task(name="peers.tell")
def tell(number: int) -> None:
    """It was told, by the database's clock."""
    _database().execute("INSERT INTO bench_told VALUES (%s, clock_timestamp())", [number])
