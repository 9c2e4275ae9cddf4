"""What comes late into somebody's quiet hours: held till they end, unless it is urgent."""

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


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """Amina's quiet hours began an hour ago and last another."""
    assert cast.amina.patient is not None
    local = claims.clock().astimezone(ZoneInfo(cast.amina.patient.zone)).replace(microsecond=0)
    change_profile(
        chart(cast.amina, cast.amina, change=True),
        quiet_from=(local - HOUR).time(),
        quiet_until=(local + HOUR).time(),
    )
    return cast


def test_what_a_pump_says_too_late_waits_for_the_morning(cast: Cast) -> None:
    channel = ListChannel()
    leave(cast.amina, "one", moment(hours=2))
    Pump([channel]).round()
    assert channel.sent == []
    assert Notice.objects.get().state == "sent"  # the card makes no noise
    assert Delivery.objects.get().outcome == ""
    waits = Lease.objects.get(pk=Delivery.objects.get().lease).until - moment()
    assert timedelta(minutes=59) < waits <= HOUR
    assert Pump([channel]).round() == 0


def test_when_they_end_it_goes_out_and_waiting_was_no_attempt(cast: Cast) -> None:
    channel = ListChannel()
    leave(cast.amina, "one", moment(hours=2))
    Pump([channel]).round()
    hers = chart(cast.amina, cast.amina, change=True)
    change_profile(hers, quiet_from=hers.patient.quiet_until)  # none: from and until are one
    let_leases_run_out()
    Pump([channel]).round()
    assert [m.key for m in channel.sent] == ["one"]
    assert Delivery.objects.get().attempts == 1


@pytest.mark.parametrize(
    ("minutes", "urgent"),
    [
        (120, True),  # a dose at its own time, a critical step
        (30, False),  # due within them: so it was meant
        (1, False),  # on time
    ],
)
def test_not_so_what_is_urgent_or_meant_for_now(cast: Cast, minutes: int, urgent: bool) -> None:
    channel = ListChannel()
    leave(cast.amina, "one", moment(minutes=minutes), urgent=urgent)
    Pump([channel]).round()
    assert [m.key for m in channel.sent] == ["one"]


def test_a_step_waits_too_and_leaves_no_card(cast: Cast) -> None:
    channel = ListChannel(kind="sms")
    leave(cast.amina, "one", moment(hours=2), channel="sms", template="dose_unanswered")
    Pump([channel]).round()
    assert channel.sent == []
    assert not Notice.objects.exists()
    assert Delivery.objects.get().outcome == ""
