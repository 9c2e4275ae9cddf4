"""Alerts from raising to clearing: dealt with once, quiet until they clear or get worse."""

from datetime import datetime, timedelta

import pytest

from backend.accounts.models import Role
from backend.alerts import handling
from backend.alerts.models import Alert, Handling
from backend.alerts.queries import asking, load_of
from backend.alerts.watching import WATCHED, watch_patient
from backend.core.problems import Conflict, Forbidden, Invalid, NotFound
from backend.patients.access import Chart
from backend.patients.actions import join_team
from tests.alerts.people import IN_RANGE, find
from tests.people import NOW, Cast, Person, chart

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hers(cast: Cast, who: Person | None = None, *, now: datetime = NOW) -> Chart:
    return chart(who or cast.bo, cast.amina, *WATCHED, change=True, now=now)


def shown(cast: Cast, who: Person | None = None, *, now: datetime = NOW) -> list[tuple[str, str]]:
    """What whoever reads the list would see: the reason, and why it is quiet."""
    patients = {cast.amina.id: cast.amina.patient}
    shared = dict.fromkeys(WATCHED, {cast.amina.id})
    reader = (who or cast.bo).user.pk
    found = asking(patients, shared, reader=reader, now=now)
    return [(one.key, one.quiet) for one in found.get(cast.amina.id, [])]


def test_what_is_confirmed_is_quiet_until_it_clears_and_then_news_again(cast: Cast) -> None:
    find(cast, 60)
    assert shown(cast) == [(IN_RANGE, "")]
    assert handling.confirm(hers(cast), now=NOW) == 1
    assert shown(cast) == [(IN_RANGE, "confirmed")]
    find(cast, 61, now=NOW + HOUR)
    assert shown(cast) == [(IN_RANGE, "confirmed")]
    find(cast, 75, now=NOW + DAY)
    assert shown(cast) == []
    find(cast, 60, now=NOW + 2 * DAY)
    assert shown(cast) == [(IN_RANGE, "")]
    first, second = Alert.objects.order_by("raised_at")
    assert (first.cleared_at, second.cleared_at) == (NOW + DAY, None)


def test_what_gets_clearly_worse_comes_back_by_itself(cast: Cast) -> None:
    find(cast, 60)
    handling.close(hers(cast), outcome="called", note="Will eat less.", now=NOW)
    find(cast, 59, now=NOW + HOUR)
    assert shown(cast) == [(IN_RANGE, "closed")]
    find(cast, 50, now=NOW + 2 * HOUR)
    assert shown(cast) == [(IN_RANGE, "")]
    deeds = Handling.objects.order_by("at").values_list("deed", "outcome", "user")
    assert list(deeds) == [("closed", "called", cast.bo.user.pk), ("reopened", "", None)]


def test_a_snooze_ends(cast: Cast) -> None:
    find(cast, 60)
    handling.snooze(hers(cast), until=NOW + DAY, now=NOW)
    assert shown(cast, now=NOW + 23 * HOUR) == [(IN_RANGE, "snoozed")]
    assert shown(cast, now=NOW + DAY) == [(IN_RANGE, "")]
    for until in (NOW, NOW + timedelta(days=91)):
        with pytest.raises(Invalid):
            handling.snooze(hers(cast), until=until, now=NOW)


def test_what_is_handed_over_is_quiet_for_all_but_one(cast: Cast) -> None:
    find(cast, 60)
    with pytest.raises(Invalid):
        handling.hand_over(hers(cast), to=cast.other_clinician.user, now=NOW)
    join_team(hers_profile(cast), cast.other_clinician.user, now=NOW)
    handling.hand_over(hers(cast), to=cast.other_clinician.user, now=NOW)
    assert shown(cast) == [(IN_RANGE, f"with {cast.other_clinician.user.name}")]
    assert shown(cast, cast.other_clinician) == [(IN_RANGE, "")]
    handling.reopen(hers(cast), now=NOW)
    assert shown(cast) == [(IN_RANGE, "")]


def hers_profile(cast: Cast) -> Chart:
    return chart(cast.bo, cast.amina, change=True)


def test_only_the_named_one_is_dealt_with(cast: Cast) -> None:
    find(cast, 60)
    find(cast, 50, method="adherence.pdc")
    handling.confirm(hers(cast), keys=["adherence.pdc"], now=NOW)
    assert sorted(shown(cast)) == [("adherence.pdc", "confirmed"), (IN_RANGE, "")]


def test_nothing_to_deal_with_is_a_conflict_and_a_stranger_finds_nothing(cast: Cast) -> None:
    with pytest.raises(Conflict):
        handling.confirm(hers(cast), now=NOW)
    with pytest.raises(Invalid):
        handling.close(hers(cast), outcome="magic", now=NOW)
    find(cast, 60)
    with pytest.raises(Forbidden):
        handling.confirm(hers(cast, cast.amina), now=NOW)
    with pytest.raises(NotFound):
        hers(cast, cast.other_clinician)
    assert Role(cast.coordinator.user.role) is Role.COORDINATOR
    with pytest.raises(NotFound):
        hers(cast, cast.coordinator)


def test_the_load_counts_what_was_for_nothing(cast: Cast) -> None:
    find(cast, 60)
    handling.close(hers(cast), outcome="nothing", now=NOW + 2 * HOUR)
    find(cast, 75, now=NOW + DAY)
    find(cast, 60, now=NOW + 2 * DAY)
    find(cast, 75, now=NOW + 3 * DAY)
    (load,) = load_of([cast.amina.id], since=NOW - DAY)
    assert (load.about, load.raised, load.dealt_with, load.cleared_alone) == (IN_RANGE, 2, 1, 1)
    assert (load.no_action_percent, load.median_hours) == (100.0, 2.0)


def test_watching_twice_changes_nothing(cast: Cast) -> None:
    find(cast, 60)
    before = list(Alert.objects.values())
    watch_patient(cast.amina.id, now=NOW + HOUR)
    assert list(Alert.objects.values()) == before
