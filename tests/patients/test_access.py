"""Every decision of access.py, as a table: role, relation, consent, deed."""

from datetime import timedelta

import pytest

from backend.accounts.actors import job
from backend.core.problems import NotFound
from backend.ledger.queries import entries_of
from backend.patients import access
from backend.patients.access import EVERYDAY, Category, Deed, Purpose, open_chart
from backend.patients.actions import give_grant, leave_team, withdraw_grant
from backend.patients.models import Grant
from tests.people import NOW, Cast, chart

STREAMS, MEDICINES, GENOMICS = Category.STREAMS, Category.MEDICINES, Category.GENOMICS
READ, CHANGE = Deed.READ, Deed.CHANGE

TABLE = [
    ("amina", STREAMS, READ, True),
    ("amina", MEDICINES, CHANGE, True),
    ("amina", GENOMICS, READ, True),
    ("bo", STREAMS, READ, True),
    ("bo", MEDICINES, CHANGE, True),
    ("bo", GENOMICS, READ, False),  # the everyday consent does not cover it
    ("coordinator", STREAMS, READ, True),
    ("coordinator", Category.VISITS, CHANGE, True),
    ("coordinator", MEDICINES, CHANGE, False),
    ("carla", STREAMS, READ, False),  # a caregiver needs a grant in her own name
    ("operator", Category.PROFILE, READ, False),
    ("operator", STREAMS, READ, False),
    ("other_clinician", STREAMS, READ, False),
    ("other_clinician", Category.PROFILE, READ, False),
    ("stranger", Category.PROFILE, READ, False),
    ("stranger", STREAMS, CHANGE, False),
]


@pytest.mark.parametrize(("who", "category", "deed", "allowed"), TABLE)
def test_who_may_do_what(
    cast: Cast, who: str, category: Category, deed: Deed, allowed: bool
) -> None:
    actor = getattr(cast, who).actor
    before = entries_of(cast.amina.id).count()
    assert access.may(actor, cast.amina.id, category, deed=deed, now=NOW) is allowed
    if allowed:
        assert open_chart(actor, cast.amina.id, category, deed=deed, now=NOW).patient.name
    else:
        with pytest.raises(NotFound):
            open_chart(actor, cast.amina.id, category, deed=deed, now=NOW)
    assert entries_of(cast.amina.id).count() == before + allowed


def test_a_caregiver_reads_what_she_was_granted_until_it_is_withdrawn(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    carla = cast.carla.actor
    grant = give_grant(
        own,
        recipient=str(carla.id),
        categories=frozenset({MEDICINES}),
        purpose=Purpose.FAMRQT,
        now=NOW,
    )
    assert access.may(carla, cast.amina.id, MEDICINES, now=NOW)
    assert not access.may(carla, cast.amina.id, MEDICINES, STREAMS, now=NOW)
    assert not access.may(carla, cast.amina.id, MEDICINES, deed=CHANGE, now=NOW)
    withdraw_grant(own, grant.id, now=NOW)
    assert not access.may(carla, cast.amina.id, MEDICINES, now=NOW)


def test_the_team_reads_nothing_once_consent_is_withdrawn(cast: Cast) -> None:
    own = chart(cast.amina, cast.amina, change=True)
    withdraw_grant(own, Grant.objects.get(patient=cast.amina.patient).id, now=NOW)
    assert not access.may(cast.bo.actor, cast.amina.id, STREAMS, now=NOW)


def test_who_left_the_team_is_out_at_once(cast: Cast) -> None:
    team = chart(cast.bo, cast.amina, change=True)
    leave_team(team, cast.bo.user, now=NOW)
    assert not access.may(cast.bo.actor, cast.amina.id, STREAMS, now=NOW)
    assert access.may(cast.coordinator.actor, cast.amina.id, STREAMS, now=NOW)


def test_a_membership_that_has_not_begun_opens_nothing(cast: Cast) -> None:
    earlier = NOW - timedelta(days=1)
    assert not access.may(cast.bo.actor, cast.amina.id, STREAMS, now=earlier)


def test_a_job_never_opens_genomes(cast: Cast) -> None:
    assert access.may(job("insights.refresh"), cast.amina.id, *EVERYDAY, now=NOW)
    assert not access.may(job("insights.refresh"), cast.amina.id, GENOMICS, now=NOW)


def test_nothing_asked_for_is_nothing_given(cast: Cast) -> None:
    with pytest.raises(NotFound):
        open_chart(cast.bo.actor, cast.amina.id, now=NOW)


def test_a_chart_is_good_only_for_what_it_was_opened_for(cast: Cast) -> None:
    opened = chart(cast.bo, cast.amina, STREAMS)
    opened.need(STREAMS)
    with pytest.raises(NotFound):
        opened.need(MEDICINES)
    with pytest.raises(NotFound):
        opened.need(STREAMS, CHANGE)


def test_an_entry_says_who_what_why_and_when(cast: Cast) -> None:
    chart(cast.bo, cast.amina, STREAMS, MEDICINES)
    entry = entries_of(cast.amina.id).first()
    assert entry is not None
    assert (entry.actor_id, entry.actor_role) == (cast.bo.user.id, "clinician")
    assert (entry.deed, entry.categories) == ("read", ["medicines", "streams"])
    assert (entry.purpose, entry.subject, entry.at) == ("TREAT", "test", NOW)


def test_a_list_shows_own_patients_and_enters_each(cast: Cast) -> None:
    actor = cast.bo.actor
    shown = list(access.list_patients(actor, Category.PROFILE, now=NOW))
    assert [p.id for p in shown] == [cast.amina.id]
    before = entries_of(cast.amina.id).count()
    access.enter_list(actor, shown, Category.PROFILE, subject="list", now=NOW)
    assert entries_of(cast.amina.id).count() == before + 1
    assert not access.list_patients(cast.operator.actor, Category.PROFILE, now=NOW)
