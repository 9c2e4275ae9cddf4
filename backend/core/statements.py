"""Prepared statements on Django's own connection, for what runs with every sample and reminder.

Django binds on the client, as text, and compiles each query anew; here PostgreSQL plans once and
takes bytes as bytes. Same connection, same transaction, same exceptions.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import connection

Row = tuple[Any, ...]


class Rows:
    """What a statement gave; of one that is run together with others, once they all were."""

    def __init__(self) -> None:
        self.found: list[Row] | None = None

    def __iter__(self) -> Iterator[Row]:
        if self.found is None:
            raise RuntimeError("These rows can be read once the block has ended.")
        return iter(self.found)

    def first(self) -> Row | None:
        """The first row, if there is any."""
        return next(iter(self), None)


_waiting: ContextVar[list[tuple[str, Sequence[Any], Rows]] | None] = ContextVar(
    "waiting", default=None
)


def run(sql: str, parameters: Sequence[Any] = ()) -> Rows:
    """Execute one statement of ours; `%s` stands for a parameter.

    Raises django.db's exceptions. Values come as psycopg reads them.
    """
    rows = Rows()
    waiting = _waiting.get()
    if waiting is None:
        rows.found = _execute(sql, parameters)
    else:
        waiting.append((sql, parameters, rows))
    return rows


@contextmanager
def together() -> Iterator[None]:
    """Send what is run in the block as one statement when it ends: one message, one commit.

    For writes that do not touch each other's rows, one of which may return some. A message to
    PostgreSQL and back costs as much as the small write that it carries.
    """
    waiting: list[tuple[str, Sequence[Any], Rows]] = []
    before = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(before)
    if not waiting:
        return
    returning = [number for number, (sql, _, _) in enumerate(waiting) if " RETURNING " in sql]
    if len(returning) > 1:
        raise ValueError("Only one statement of a block may return rows.")
    parts = ", ".join(f"part_{number} AS ({sql})" for number, (sql, _, _) in enumerate(waiting))
    last = f"SELECT * FROM part_{returning[0]}" if returning else "SELECT WHERE false"  # noqa: S608
    found = _execute(f"WITH {parts} {last}", [one for _, each, _ in waiting for one in each])
    for number, (_, _, rows) in enumerate(waiting):
        rows.found = found if number in returning else []


def _execute(sql: str, parameters: Sequence[Any]) -> list[Row]:
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(connection.connection)
        cursor.execute(sql, parameters, prepare=True, binary=True)
        gives_rows = cursor.pgresult is not None and cursor.pgresult.nfields > 0
        return cursor.fetchall() if gives_rows else []


def array(words: Iterable[object]) -> str:
    """An array literal of ids, numbers and names of ours, to be cast: a list costs ten times more.

    Never for words from outside: nothing is quoted.
    """
    return "{" + ",".join(map(str, words)) + "}"
