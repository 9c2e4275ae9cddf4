"""What is long past goes: an occurrence together with its delivery, a page at a time.

Together, for a delivery that goes alone would let its occurrence be said again; and later than
anybody looks back, be it a sweep (two days) or an answer (four months). The cards stay: they are
the patient's.
"""

import time
from datetime import timedelta
from typing import Any

from django.db import connection

from backend.core.models import BUCKETS

KEPT = timedelta(days=150)
PAGE = 5000
AT_MOST_S = 60.0

OCCURRENCES = """
WITH old AS MATERIALIZED (
    SELECT o.key
    FROM generate_series(0, %(last)s) AS b
    CROSS JOIN LATERAL (
        SELECT key FROM notices_occurrence
        WHERE bucket = b AND due_at < clock_timestamp() - %(kept)s LIMIT %(page)s
    ) AS o
    LIMIT %(page)s
), said AS (
    DELETE FROM notices_delivery d USING old WHERE d.key = old.key
)
DELETE FROM notices_occurrence o USING old
WHERE o.key = old.key AND o.due_at < clock_timestamp() - %(kept)s
"""
# Answers settle keys that never became an occurrence, as that of a dose taken as needed.
SETTLED = """
DELETE FROM notices_delivery d
WHERE d.claimed_at < clock_timestamp() - %(kept)s AND d.outcome = 'cancelled'
  AND NOT EXISTS (SELECT FROM notices_occurrence o WHERE o.key = d.key)
"""


def forget(*, page: int = PAGE, at_most_s: float = AT_MOST_S) -> int:
    """Delete what is older than KEPT, each page in a transaction of its own; how many occurrences.

    What there is no time for goes the next night.
    """
    asked: dict[str, Any] = {"last": BUCKETS - 1, "kept": KEPT, "page": page}
    until, gone = time.monotonic() + at_most_s, 0
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(OCCURRENCES, asked)
            gone += cursor.rowcount
            if cursor.rowcount < page:
                cursor.execute(SETTLED, asked)
                break
    return gone
