"""The phone's cursor: the revision it has seen, on which history of which database, signed.

The history's name comes from PostgreSQL itself. A cluster restored to an earlier point goes on
under a new timeline, a dump loaded elsewhere lives in another cluster or database; either way
revisions are given out a second time, and a cursor from before must not be believed. A copy of the
data folder put back keeps its names: there only a cursor that is ahead shows it, unless the
operator says so by another EVENKEEL_EPOCH.

A cursor holds for one language and one unit of glucose: a phone whose patient now reads another
gets everything once more, since texts are told in them.
"""

import hashlib
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import connection

from backend.core.problems import CursorGone
from backend.core.words import MG_DL
from backend.wire.language import FALLBACK, language_of

# Managed services may forbid the first two to ordinary roles; then the database's oid must do.
MAY_ASK = """
SELECT coalesce(bool_and(has_function_privilege(to_regprocedure(f), 'execute')), false)
FROM unnest(
    ARRAY['pg_control_system()', 'pg_walfile_name(pg_lsn)', 'pg_current_wal_insert_lsn()']) AS f
"""
CLUSTER = """
SELECT concat((pg_control_system()).system_identifier, '/',
              left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))
"""
DATABASE = "SELECT oid::text FROM pg_database WHERE datname = current_database()"

# By the server's connection: a restore ends it, so the next one asks again.
_known: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def current_epoch() -> str:
    """The name of the history that this database writes."""
    told = f"{_history()}/{settings.EVENKEEL_EPOCH}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _history() -> str:
    connection.ensure_connection()
    socket = connection.connection
    if socket not in _known:
        with connection.cursor() as cursor:
            cursor.execute(MAY_ASK)
            names = [DATABASE, CLUSTER] if cursor.fetchone()[0] else [DATABASE]
            _known[socket] = "/".join(cursor.execute(name).fetchone()[0] for name in names)
    return _known[socket]


def _signer(patient_id: UUID, language: str, glucose_unit: str) -> Signer:
    # In the salt, so that the token need not carry them.
    spoken = language_of(language).code
    unit = "" if glucose_unit == MG_DL else f".{glucose_unit}"
    return Signer(salt=f"evenkeel.sync.cursor.{patient_id.hex}.{spoken}{unit}")


def write_cursor(
    patient_id: UUID, revision: int, *,
    language: str = FALLBACK, glucose_unit: str = MG_DL, epoch: str | None = None,
) -> str:  # fmt: skip
    """An opaque token."""
    return _signer(patient_id, language, glucose_unit).sign(
        f"{epoch or current_epoch()}.{revision}"
    )


def read_cursor(
    token: str | None, patient_id: UUID, *,
    newest: int, language: str = FALLBACK, glucose_unit: str = MG_DL,
) -> int:  # fmt: skip
    """The revision behind a token, 0 for None.

    Raises CursorGone if it was not given for this patient, language, unit and history, or is
    ahead of `newest`.
    """
    if token is None:
        return 0
    try:
        epoch, _, revision = (
            _signer(patient_id, language, glucose_unit).unsign(token).partition(".")
        )
    except BadSignature as error:
        raise CursorGone() from error
    if epoch != current_epoch() or int(revision) > newest:
        raise CursorGone()
    return int(revision)
