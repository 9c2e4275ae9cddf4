"""Taking deliveries in hand, by PostgreSQL's clock alone. Nothing is sent in here.

A bucket's watermark says up to which due moment its occurrences have been claimed; whoever moves it
holds its row. What commits behind the watermark (a long transaction) is lost to it, which is what
the sweeper is for: without it 40 of 30,349 were never announced in an experiment.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from backend.core.models import BUCKETS

LEASE = timedelta(seconds=60)
OVERLAP = timedelta(seconds=5)  # short late commits are found without the sweeper
STALE = timedelta(seconds=60)  # a quiet bucket's watermark is moved this seldom, to write little
MOST_ATTEMPTS = 8
PAGE = 2000

ENSURE = """
INSERT INTO notices_pumpbucket (bucket, watermark)
SELECT b, clock_timestamp() - interval '48 hours' FROM generate_series(0, %s) AS b
ON CONFLICT DO NOTHING
"""
# Locks nothing: a row lock is a write, and a quiet pump shall not write all day.
WAITING = """
SELECT b.bucket FROM notices_pumpbucket b
WHERE b.watermark < clock_timestamp() - %(stale)s
   OR EXISTS (
    SELECT 1 FROM notices_occurrence o
    WHERE o.bucket = b.bucket
      AND o.due_at > b.watermark - %(overlap)s AND o.due_at <= clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM notices_delivery d WHERE d.key = o.key)
)
"""
# The rows are counted before the conflicts: a full page is full whoever else took some of it.
CLAIM = """
WITH due AS (
    SELECT o.key, o.bucket
    FROM unnest(%(buckets)s::smallint[], %(marks)s::timestamptz[]) AS mine(bucket, watermark)
    CROSS JOIN LATERAL (
        SELECT o.key, o.bucket FROM notices_occurrence o
        WHERE o.bucket = mine.bucket
          AND o.due_at > mine.watermark - %(overlap)s AND o.due_at <= %(until)s
          AND NOT EXISTS (SELECT 1 FROM notices_delivery d WHERE d.key = o.key)
        ORDER BY o.due_at LIMIT %(page)s
    ) AS o
    LIMIT %(page)s
), made AS (
    INSERT INTO notices_delivery (key, bucket, claimed_at, lease_until, attempts)
    SELECT key, bucket, clock_timestamp(), clock_timestamp() + %(lease)s, 1 FROM due
    ON CONFLICT DO NOTHING
    RETURNING key, bucket
)
SELECT (SELECT count(*) FROM due), array(SELECT key FROM made),
       array(SELECT DISTINCT bucket FROM due)
"""
SWEEP = """
INSERT INTO notices_delivery (key, bucket, claimed_at, lease_until, attempts, swept)
SELECT o.key, o.bucket, clock_timestamp(), clock_timestamp() + %(lease)s, 1, true
FROM generate_series(0, %(last)s) AS b
CROSS JOIN LATERAL (
    SELECT o.key, o.bucket FROM notices_occurrence o
    WHERE o.bucket = b
      AND o.due_at > clock_timestamp() - %(window)s
      AND o.due_at <= clock_timestamp() - %(overlap)s
      AND NOT EXISTS (SELECT 1 FROM notices_delivery d WHERE d.key = o.key)
    LIMIT %(page)s
) AS o
LIMIT %(page)s
ON CONFLICT DO NOTHING
RETURNING key
"""
RETRY = """
UPDATE notices_delivery
SET attempts = attempts + 1, lease_until = clock_timestamp() + %(lease)s
WHERE key IN (
    SELECT key FROM notices_delivery
    WHERE outcome = '' AND lease_until < clock_timestamp() AND attempts < %(most)s
    ORDER BY lease_until LIMIT %(page)s FOR UPDATE SKIP LOCKED
) AND outcome = ''
RETURNING key
"""
BURY = """
UPDATE notices_delivery SET outcome = 'failed', lease_until = NULL
WHERE key IN (
    SELECT key FROM notices_delivery
    WHERE outcome = '' AND lease_until < clock_timestamp() AND attempts >= %s
    FOR UPDATE SKIP LOCKED
)
"""


def ensure_buckets() -> None:
    """Every bucket has its row; a new one begins two days back."""
    with connection.cursor() as cursor:
        cursor.execute(ENSURE, [BUCKETS - 1])


def clock() -> datetime:
    """PostgreSQL's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]


def waiting() -> list[int]:
    """Buckets in which something is due, or whose watermark has not moved for long."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"stale": STALE, "overlap": OVERLAP}
        cursor.execute(WAITING, asked)
        return [bucket for (bucket,) in cursor.fetchall()]


def claim(
    buckets: Collection[int], *, page: int = PAGE, lease: timedelta = LEASE
) -> tuple[list[str], bool]:
    """Claim what is due in those of these buckets that no other pump holds.

    Returns the keys, and whether the page was full: then the buckets hold more. Commits on its own.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT bucket, watermark, clock_timestamp() FROM notices_pumpbucket"
            " WHERE bucket = ANY(%s::smallint[]) FOR UPDATE SKIP LOCKED",
            [list(buckets)],
        )
        mine = cursor.fetchall()
        if not mine:
            return [], False
        # Read before the rows are: what commits later is behind the watermark only by its due_at.
        until = min(now for _, _, now in mine)
        asked: dict[str, Any] = {
            "buckets": [bucket for bucket, _, _ in mine],
            "marks": [mark for _, mark, _ in mine],
            "overlap": OVERLAP,
            "until": until,
            "page": page,
            "lease": lease,
        }
        cursor.execute(CLAIM, asked)
        found, keys, touched = cursor.fetchone()
        is_full = found >= page
        if not is_full:
            _move_watermarks({b: mark for b, mark, _ in mine}, set(touched), until)
    return list(keys), is_full


def _move_watermarks(marks: Mapping[int, datetime], touched: set[int], until: datetime) -> None:
    moved = [b for b, mark in marks.items() if b in touched or until - mark > STALE]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE notices_pumpbucket SET watermark = %s WHERE bucket = ANY(%s::smallint[])",
                [until, moved],
            )


def sweep(*, window: timedelta, page: int = PAGE, lease: timedelta = LEASE) -> list[str]:
    """Claim what was due within `window` and has no delivery: commits behind a watermark."""
    asked: dict[str, Any] = {"last": BUCKETS - 1, "window": window, "overlap": OVERLAP}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SWEEP, asked | {"page": page, "lease": lease})
        return [key for (key,) in cursor.fetchall()]


def retry(*, page: int = PAGE, lease: timedelta = LEASE) -> list[str]:
    """Claim again what a dead pump left or a channel refused; after MOST_ATTEMPTS it is dead."""
    asked: dict[str, Any] = {"lease": lease, "most": MOST_ATTEMPTS, "page": page}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BURY, [MOST_ATTEMPTS])
        cursor.execute(RETRY, asked)
        return [key for (key,) in cursor.fetchall()]


def mark(keys: Collection[str], outcome: str, *, channel: str) -> None:
    """The last word on these deliveries, unless an answer has settled them meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_delivery SET outcome = %s, channel = %s, lease_until = NULL,"
            " sent_at = CASE WHEN %s = 'sent' THEN clock_timestamp() END"
            " WHERE key = ANY(%s) AND outcome = ''",
            [outcome, channel, outcome, list(keys)],
        )


def note_reached(key: str, names: Collection[str]) -> None:
    """These channels took it: no retry troubles them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_delivery SET reached = reached || %s::varchar[] WHERE key = %s",
            [list(names), key],
        )


def put_off(keys: Collection[str], error: str) -> None:
    """Try again after 10 s, 20 s, 40 s …; `error` names a class, never what a notice says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_delivery SET last_error = %s,"
            " lease_until = clock_timestamp() + interval '5 s' * 2 ^ least(attempts, 8)"
            " WHERE key = ANY(%s) AND outcome = ''",
            [error[:80], list(keys)],
        )


def release(keys: Collection[str]) -> None:
    """Give back what there was no time for: another pump takes it at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_delivery SET lease_until = clock_timestamp(), attempts = attempts - 1"
            " WHERE key = ANY(%s) AND outcome = ''",
            [list(keys)],
        )
