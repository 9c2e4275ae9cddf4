"""Taking deliveries in hand, by PostgreSQL's clock alone. Nothing is sent in here.

A bucket's watermark says up to which due moment its occurrences have been claimed; whoever moves it
holds its row. What commits behind the watermark (a long transaction) is lost to it, which is what
the sweeper is for: without it 40 of 30,349 were never announced in an experiment.

What is claimed together has one lease. When it runs out, whatever is still open under it is tried
again; nobody has to end it before.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from backend.core.models import BUCKETS
from backend.notices.models import Delivery

LEASE = timedelta(seconds=60)
OVERLAP = timedelta(seconds=5)  # short late commits are found without the sweeper
STALE = timedelta(seconds=60)  # a quiet bucket's watermark is moved this seldom, to write little
MOST_ATTEMPTS = 8
PAGE = 2000
LEASES_AT_ONCE = 100

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
# The rows are counted before the conflicts: a full page is full whoever else took some of it. In
# the order of place, so that the buckets before the last one of a full page are done.
CLAIM = """
WITH mine AS MATERIALIZED (
    SELECT * FROM unnest(%(buckets)s::smallint[], %(marks)s::timestamptz[])
        WITH ORDINALITY AS u (bucket, watermark, place)
    ORDER BY place
), due AS MATERIALIZED (
    SELECT o.key, o.bucket, mine.place
    FROM mine
    CROSS JOIN LATERAL (
        SELECT o.key, o.bucket FROM notices_occurrence o
        WHERE o.bucket = mine.bucket
          AND o.due_at > mine.watermark - %(overlap)s AND o.due_at <= %(until)s
          AND NOT EXISTS (SELECT 1 FROM notices_delivery d WHERE d.key = o.key)
        ORDER BY o.due_at LIMIT %(page)s
    ) AS o
    ORDER BY mine.place LIMIT %(page)s
), lease AS (
    INSERT INTO notices_lease (until) SELECT clock_timestamp() + %(lease)s
    WHERE EXISTS (SELECT FROM due) RETURNING id
), made AS (
    INSERT INTO notices_delivery (key, bucket, claimed_at, lease, attempts)
    SELECT due.key, due.bucket, clock_timestamp(), lease.id, 1 FROM due, lease
    ON CONFLICT DO NOTHING
    RETURNING key
)
SELECT (SELECT count(*) FROM due), array(SELECT key FROM made),
       array(SELECT DISTINCT bucket FROM due), (SELECT max(place) FROM due)
"""
SWEEP = """
WITH late AS MATERIALIZED (
    SELECT o.key, o.bucket
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
), lease AS (
    INSERT INTO notices_lease (until) SELECT clock_timestamp() + %(lease)s
    WHERE EXISTS (SELECT FROM late) RETURNING id
)
INSERT INTO notices_delivery (key, bucket, claimed_at, lease, attempts, swept)
SELECT late.key, late.bucket, clock_timestamp(), lease.id, 1, true FROM late, lease
ON CONFLICT DO NOTHING
RETURNING key
"""
EXPIRED = """
SELECT id FROM notices_lease WHERE until < clock_timestamp()
ORDER BY until LIMIT %s FOR UPDATE SKIP LOCKED
"""
BURY = """
UPDATE notices_delivery SET outcome = 'failed', lease = %(given_up)s, attempts = %(most)s
WHERE key IN (
    SELECT key FROM notices_delivery
    WHERE lease = ANY(%(leases)s) AND outcome = '' AND attempts > %(most)s
    FOR UPDATE SKIP LOCKED
)
"""
RETRY = """
WITH open AS MATERIALIZED (
    SELECT key FROM notices_delivery
    WHERE lease = ANY(%(leases)s) AND outcome = '' AND attempts <= %(most)s
    LIMIT %(page)s FOR UPDATE SKIP LOCKED
), lease AS (
    INSERT INTO notices_lease (until) SELECT clock_timestamp() + %(lease)s
    WHERE EXISTS (SELECT FROM open) RETURNING id
)
UPDATE notices_delivery d SET lease = lease.id
FROM open, lease WHERE d.key = open.key AND d.outcome = ''
RETURNING d.key
"""
# Not one under which something is open yet: more than a page, or just held by another.
END = """
DELETE FROM notices_lease l WHERE id = ANY(%s) AND NOT EXISTS (
    SELECT FROM notices_delivery d WHERE d.lease = l.id AND d.outcome = ''
)
"""
# What has been tried as often waits as long: one lease for them, up to a quarter sooner or later.
PUT_OFF = """
WITH refused AS MATERIALIZED (
    SELECT d.key, least(d.attempts, 8) AS tried, r.error
    FROM unnest(%s::text[], %s::text[]) AS r (key, error)
    JOIN notices_delivery d ON d.key = r.key AND d.outcome = ''
), leases AS MATERIALIZED (
    SELECT tried, nextval(pg_get_serial_sequence('notices_lease', 'id')) AS id
    FROM (SELECT DISTINCT tried FROM refused) AS t
), made AS (
    INSERT INTO notices_lease (id, until)
    SELECT id, clock_timestamp() + interval '5 s' * 2 ^ tried * (0.75 + random() / 2) FROM leases
)
UPDATE notices_delivery d
SET lease = leases.id, last_error = refused.error, attempts = d.attempts + 1
FROM refused JOIN leases USING (tried) WHERE d.key = refused.key AND d.outcome = ''
"""
RELEASE = """
WITH lease AS (
    INSERT INTO notices_lease (until)
    VALUES (coalesce(%s::timestamptz, clock_timestamp() + %s)) RETURNING id
)
UPDATE notices_delivery d SET lease = lease.id
FROM lease WHERE d.key = ANY(%s) AND d.outcome = ''
"""
REVIVE = """
WITH lease AS (INSERT INTO notices_lease (until) VALUES (clock_timestamp()) RETURNING id)
UPDATE notices_delivery d SET outcome = '', attempts = 1, lease = lease.id
FROM lease WHERE d.key = ANY(%s) AND d.outcome = 'failed'
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
) -> tuple[list[str], list[int]]:
    """Claim what is due in those of these buckets that no other pump holds.

    Returns the keys and, when the page was full, the buckets that may hold more. Commits on its
    own.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT bucket, watermark, clock_timestamp() FROM notices_pumpbucket"
            " WHERE bucket = ANY(%s::smallint[]) ORDER BY bucket FOR UPDATE SKIP LOCKED",
            [list(buckets)],
        )
        mine = cursor.fetchall()
        if not mine:
            return [], []
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
        found, keys, touched, last = cursor.fetchone()
        done = len(mine) if found < page else last - 1
        _move_watermarks({b: mark for b, mark, _ in mine[:done]}, set(touched), until)
    return list(keys), [bucket for bucket, _, _ in mine[done:]]


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
    """Claim again what a dead pump left or a channel refused; MOST_ATTEMPTS refusals make it dead.

    A pump that was killed is no attempt: a crash loop must not bury what it never came to say.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EXPIRED, [LEASES_AT_ONCE])
        leases = [id_ for (id_,) in cursor.fetchall()]
        if not leases:
            return []
        asked: dict[str, Any] = {
            "leases": leases,
            "most": MOST_ATTEMPTS,
            "given_up": Delivery.GIVEN_UP,
            "page": page,
            "lease": lease,
        }
        cursor.execute(BURY, asked)
        cursor.execute(RETRY, asked)
        keys = [key for (key,) in cursor.fetchall()]
        cursor.execute(END, [leases])
    return keys


def still_open(keys: Collection[str]) -> set[str]:
    """Those of them that nobody has settled meanwhile."""
    found = Delivery.objects.filter(pk__in=keys, outcome=Delivery.Outcome.CLAIMED)
    return set(found.values_list("key", flat=True))


def mark(keys: Collection[str], outcome: str, *, channel: str) -> None:
    """The last word on these deliveries, unless an answer has settled them meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_delivery SET outcome = %s, channel = %s,"
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


def put_off(refused: Mapping[str, str]) -> None:
    """Try these again after about 10 s, 20 s, 40 s …; each has the name of its error, which is a
    class or a word of a channel, never what a notice says.
    """
    if refused:
        errors = [error[:80] for error in refused.values()]
        with connection.cursor() as cursor:
            cursor.execute(PUT_OFF, [list(refused), errors])


def release(keys: Collection[str], *, after: timedelta = timedelta(0)) -> None:
    """Give back what there was no time for: another pump takes it, at once or `after` a while."""
    if keys:
        _release(keys, None, after)


def hold_until(moment: datetime, keys: Collection[str]) -> None:
    """Nobody takes it up before that moment; that is no attempt."""
    _release(keys, moment, timedelta(0))


def _release(keys: Collection[str], moment: datetime | None, after: timedelta) -> None:
    asked: list[Any] = [moment, after, list(keys)]
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, asked)


def revive(keys: Collection[str]) -> int:
    """Dead deliveries get another round of attempts; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(REVIVE, [list(keys)])
        return int(cursor.rowcount)
