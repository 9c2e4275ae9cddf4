"""What comes into somebody's quiet hours: held till they end, unless it is urgent."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.notices import claims
from backend.notices.models import Delivery, Lease, Notice
from backend.notices.pump import Pump
from backend.patients.actions import change_profile
from tests.notices.people import ListChannel, leave, let_leases_run_out, moment
from tests.people import Cast, chart

HOUR = timedelta(hours=1)


def begin(cast: Cast, ago: timedelta) -> None:
    """Amina's quiet hours began so long ago and last for another hour."""
    assert cast.amina.patient is not None
    local = claims.clock().astimezone(ZoneInfo(cast.amina.patient.zone)).replace(microsecond=0)
    change_profile(
        chart(cast.amina, cast.amina, change=True),
        quiet_from=(local - ago).time(),
        quiet_until=(local + HOUR).time(),
    )


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """Her quiet hours began an hour ago."""
    begin(cast, HOUR)
    return cast


def test_what_a_pump_says_late_waits_for_the_morning(cast: Cast) -> None:
    channel = ListChannel()
    leave(cast.amina, "one", moment(hours=2), urgent=False)
    Pump([channel]).round()
    assert channel.sent == []
    assert Notice.objects.get().state == "sent"  # the card makes no noise
    assert Delivery.objects.get().outcome == ""
    waits = Lease.objects.get(pk=Delivery.objects.get().lease).until - moment()
    assert timedelta(minutes=59) < waits <= HOUR
    assert Pump([channel]).round() == 0


def test_when_they_end_it_goes_out_and_waiting_was_no_attempt(cast: Cast) -> None:
    channel = ListChannel()
    leave(cast.amina, "one", moment(hours=2), urgent=False)
    Pump([channel]).round()
    hers = chart(cast.amina, cast.amina, change=True)
    change_profile(hers, quiet_from=hers.patient.quiet_until)  # none: from and until are one
    let_leases_run_out()
    Pump([channel]).round()
    assert [m.key for m in channel.sent] == ["one"]
    assert Delivery.objects.get().attempts == 1


def test_what_is_urgent_goes_out_and_all_within_a_few_minutes(cast: Cast) -> None:
    """A dose at its own time, a critical step; and what a pump is a moment late with."""
    channel = ListChannel()
    leave(cast.amina, "urgent", moment(minutes=120))
    Pump([channel]).round()
    begin(cast, timedelta(minutes=2))
    leave(cast.amina, "late by moments", moment(minutes=3), urgent=False)
    Pump([channel], sweep_s=0).round()
    assert [m.key for m in channel.sent] == ["urgent", "late by moments"]


def test_who_flies_into_her_night_is_not_woken(cast: Cast) -> None:
    """It was due by day; where she is now it is night, and it is on time."""
    channel = ListChannel()
    leave(cast.amina, "one", moment(seconds=1), urgent=False)
    Pump([channel]).round()
    assert channel.sent == []
    assert Notice.objects.count() == 1


def test_a_step_waits_too_and_leaves_no_card(cast: Cast) -> None:
    channel = ListChannel(kind="sms")
    leave(
        cast.amina, "one", moment(hours=2), urgent=False, channel="sms", template="dose_unanswered"
    )
    Pump([channel]).round()
    assert channel.sent == []
    assert not Notice.objects.exists()
    assert Delivery.objects.get().outcome == ""
