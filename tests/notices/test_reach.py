"""Who is reached beyond the app, and what may pass on the way there."""

from datetime import datetime, timedelta

import pytest

from backend.accounts.actions import note_device_seen, revoke_device
from backend.notices.channels import (
    AppriseChannel,
    LogChannel,
    Message,
    NotTaken,
    external_channels,
)
from backend.notices.models import Channel, Delivery, Notice
from backend.notices.pump import Pump
from backend.patients.actions import change_profile
from tests.notices.people import ListChannel, leave, moment
from tests.notices.receiver import receiving
from tests.people import Cast, chart

DRUG = {"medicine": "Metformin", "dose": "500 mg", "instructions": "With food."}


def leave_dose(cast: Cast, key: str = "rem:1", due_at: datetime | None = None) -> None:
    leave(cast.amina, key, due_at or moment(seconds=1), template="dose_due", values=DRUG)


def seen(cast: Cast, *, armed_until: datetime | None, at: datetime) -> None:
    assert cast.amina.device is not None
    note_device_seen(cast.amina.device.id, armed_until=armed_until, now=at)


def test_a_phone_that_rings_by_itself_gets_no_push(cast: Cast) -> None:
    channel = ListChannel()
    seen(cast, armed_until=moment(hours=-48), at=moment(hours=1))
    leave_dose(cast)
    Pump([channel]).round()
    assert channel.sent == []
    assert Delivery.objects.get().channel == "in_app"
    assert Notice.objects.get().title == "Time for Metformin"


@pytest.mark.parametrize(
    ("armed_for", "seen_before"),
    [
        (timedelta(minutes=-5), timedelta(hours=1)),  # the alarms end before the dose
        (timedelta(days=2), timedelta(hours=25)),  # not heard of for a day
        (None, timedelta(hours=1)),  # it arms nothing
    ],
)
def test_a_phone_that_will_not_ring_is_helped_by_a_push(
    cast: Cast, armed_for: timedelta | None, seen_before: timedelta
) -> None:
    channel = ListChannel()
    now = moment()
    armed = None if armed_for is None else now + armed_for
    seen(cast, armed_until=armed, at=now - seen_before)
    leave_dose(cast)
    Pump([channel]).round()
    assert [m.key for m in channel.sent] == ["rem:1"]
    assert Delivery.objects.get().channel == "in_app+list"


def test_a_revoked_phone_does_not_count(cast: Cast) -> None:
    channel = ListChannel()
    seen(cast, armed_until=moment(hours=-48), at=moment(hours=1))
    assert cast.amina.device is not None
    revoke_device(cast.amina.device.id, now=moment())
    leave_dose(cast)
    Pump([channel]).round()
    assert len(channel.sent) == 1


def test_what_is_for_the_app_only_stays_there(cast: Cast) -> None:
    channel = ListChannel()
    leave(cast.amina, "quiet", moment(seconds=1), channel=Channel.IN_APP)
    Pump([channel]).round()
    assert channel.sent == []
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("allowed", [False, True])
def test_no_drug_name_on_a_lock_screen_unless_allowed_and_never_in_a_push(
    cast: Cast, allowed: bool
) -> None:
    change_profile(chart(cast.amina, cast.amina, change=True), names_on_lock_screen=allowed)
    channel = ListChannel()
    leave_dose(cast)
    Pump([channel]).round()
    card = Notice.objects.get()
    assert ("Metformin" in card.lock_screen) == allowed
    assert card.lock_screen == ("Time for Metformin" if allowed else "Time for your medicine")
    assert [m.text for m in channel.sent] == ["Time for your medicine"]


def test_the_body_tells_the_local_time(cast: Cast) -> None:
    due_at = moment(minutes=1)
    leave_dose(cast, due_at=due_at)
    Pump([]).round()
    body = Notice.objects.get().body
    assert body.startswith("500 mg at ")
    assert body.endswith(" With food.")


def test_apprise_reaches_a_real_receiver(cast: Cast) -> None:
    with receiving() as receiver:
        leave_dose(cast)
        Pump([AppriseChannel(receiver.url)]).round()
    (taken,) = receiver.taken
    assert taken["message"] == "Time for your medicine"
    assert taken["title"] == "Evenkeel"
    assert taken["patient"] == str(cast.amina.id)
    assert taken["key"] == Message("rem:1", cast.amina.id, "").collapse_id
    assert "rem:1" not in str(taken)
    assert not any(value in str(taken) for value in DRUG.values())
    assert Delivery.objects.get().outcome == "sent"


def test_a_receiver_that_fails_is_not_taken(cast: Cast) -> None:
    message = Message("k", cast.amina.id, "Hello")
    with receiving() as receiver:
        receiver.status = 503
        with pytest.raises(NotTaken, match="failure"):
            AppriseChannel(receiver.url).send(message)
        gone = receiver.url
    with pytest.raises(NotTaken, match="failure"):
        AppriseChannel(gone).send(message)
    with pytest.raises(NotTaken, match="bad_url"):
        AppriseChannel("nosuchscheme://x").send(message)


def test_channels_come_from_urls_and_keep_their_names() -> None:
    urls = ["log://", "json://gateway/a?:key={key}", "json://gateway/b"]
    found = external_channels(urls)
    assert [type(c) for c in found] == [LogChannel, AppriseChannel, AppriseChannel]
    assert len({c.name for c in found}) == 3
    assert [c.name for c in found] == [c.name for c in external_channels(urls)]


def test_the_log_tells_that_and_not_what(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    leave_dose(cast)
    with caplog.at_level("DEBUG"):
        Pump([LogChannel()]).round()
    assert "sent " in caplog.text
    assert "Metformin" not in caplog.text
    assert str(cast.amina.id) not in caplog.text
