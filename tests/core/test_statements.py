"""Statements run one by one or together: one message, one commit, all or nothing."""

import pytest
from django.db import IntegrityError, connection, transaction

from backend.core import statements
from backend.core.models import Heartbeat

BEAT = "INSERT INTO core_heartbeat (name, beaten_at) VALUES (%s, now())"


def names() -> set[str]:
    return set(Heartbeat.objects.values_list("name", flat=True))


def beat(*who: str, returning: str = "") -> None:
    with statements.together():
        for name in who:
            statements.run(BEAT + returning, [name])


@pytest.mark.django_db
def test_a_statement_gives_its_rows() -> None:
    assert list(statements.run("SELECT %s::int + 1, %s::text", [1, "a"])) == [(2, "a")]
    assert statements.run("SELECT 1 WHERE false").first() is None
    assert list(statements.run(BEAT, ["one"])) == []


@pytest.mark.django_db(transaction=True)
def test_what_runs_together_is_one_transaction_and_its_rows_are_read_afterwards() -> None:
    with statements.together():
        statements.run(BEAT, ["one"])
        rows = statements.run(BEAT + " RETURNING name", ["two"])
        with pytest.raises(RuntimeError, match="once the block has ended"):
            list(rows)
        assert names() == set()
    assert list(rows) == [("two",)]
    assert names() == {"one", "two"}
    with pytest.raises(IntegrityError):
        beat("three", "one")
    assert names() == {"one", "two"}


@pytest.mark.django_db(transaction=True)
def test_together_inside_a_transaction_is_a_part_of_it() -> None:
    with transaction.atomic():
        beat("one", "two")
        assert names() == {"one", "two"}
        transaction.set_rollback(True)
    assert names() == set()


@pytest.mark.django_db(transaction=True)
def test_a_block_that_is_empty_or_returns_twice_sends_nothing() -> None:
    beat()
    with pytest.raises(ValueError, match="Only one"):
        beat("one", "two", returning=" RETURNING name")
    assert names() == set()


@pytest.mark.django_db(transaction=True)
def test_a_closed_connection_is_opened_again() -> None:
    connection.close()
    assert statements.run("SELECT 1").first() == (1,)
