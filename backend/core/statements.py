"""Prepared statements on Django's own connection, for what runs with every sample and reminder.

Django binds on the client, as text, and compiles each query anew; here PostgreSQL plans once and
takes bytes as bytes. Same connection, same transaction, same exceptions.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import DataError, connection
from django.db.transaction import atomic
from psycopg.errors import DivisionByZero

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


_Waiting = tuple[str, Sequence[Any], Rows]
_waiting: ContextVar[list[_Waiting] | None] = ContextVar("waiting", default=None)


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


class NotSo(Exception):
    """What a block was sent on the condition of does not hold; nothing was written."""


@contextmanager
def together(provided: tuple[str, Sequence[Any]] | None = None) -> Iterator[None]:
    """Send what is run in the block as one statement when it ends: one message, one commit.

    For writes that do not touch each other's rows, one of which may return some. A message to
    PostgreSQL and back costs as much as the small write that it carries. `provided` is a query that
    must find a row, or all is undone and NotSo raised.
    """
    waiting: list[_Waiting] = []
    before = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(before)
    if waiting:
        _send(waiting, provided)


def _send(waiting: list[_Waiting], provided: tuple[str, Sequence[Any]] | None) -> None:
    returning = [number for number, (sql, _, _) in enumerate(waiting) if " RETURNING " in sql]
    if len(returning) > 1:
        raise ValueError("Only one statement of a block may return rows.")
    parts = [f"part_{number} AS ({sql})" for number, (sql, _, _) in enumerate(waiting)]
    values = [one for _, each, _ in waiting for one in each]
    last = f"part_{returning[0]}" if returning else "(SELECT) AS nothing"
    condition = ""
    if provided is not None:
        # PostgreSQL has no assertion: one by none is what undoes the whole statement.
        so = f"SELECT 1 / count(*) AS so FROM ({provided[0]}) AS held"  # noqa: S608
        parts.append(f"provided AS MATERIALIZED ({so})")
        values += provided[1]
        condition = " WHERE (SELECT so FROM provided) = 1"
    try:
        # Undone alone: a transaction around it goes on.
        with atomic() if connection.in_atomic_block else nullcontext():
            whole = f"WITH {', '.join(parts)} SELECT * FROM {last}{condition}"  # noqa: S608
            found = _execute(whole, values)
    except DataError as error:
        if isinstance(error.__cause__, DivisionByZero):
            raise NotSo() from error
        raise
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
