import pytest
from django.db import DatabaseError, connection, transaction

from backend.ledger.models import Entry
from tests.people import Cast

ALTERATIONS = ["UPDATE ledger_entry SET actor_name = 'nobody'", "DELETE FROM ledger_entry"]


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_entry_is_never_altered(cast: Cast, alteration: str) -> None:
    before = Entry.objects.count()
    with (
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
    ):
        cursor.execute(alteration)
    assert Entry.objects.count() == before > 0
