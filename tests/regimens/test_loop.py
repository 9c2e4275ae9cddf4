"""The whole way of a medicine: prescribed, due, announced once, taken."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from backend.core.models import new_id
from backend.notices import claims
from backend.notices.models import Delivery, Notice
from backend.notices.pump import Pump
from backend.notices.queries import changed_since
from backend.regimens.actions import Timing, prescribe, record_dose_event
from backend.regimens.models import Dose
from backend.wire.messages import DoseEvent
from tests.notices.people import ListChannel
from tests.people import Cast, chart


def test_prescribed_due_announced_once_taken(cast: Cast) -> None:
    now = claims.clock()
    local = (now - timedelta(minutes=1)).astimezone(ZoneInfo("Europe/Berlin"))
    timing = Timing(times=(f"{local:%H:%M}",), starts_local=f"{local:%Y-%m-%dT%H:%M}")
    hers = chart(cast.bo, cast.amina, change=True, now=now)
    prescribe(hers, medicine="Metformin", dose="500 mg", timing=timing, now=now)
    dose = Dose.objects.earliest("due_at")
    channel = ListChannel()
    for _ in range(3):
        Pump([channel]).round()
    (row,) = changed_since(chart(cast.amina, cast.amina), after=0, limit=10)
    assert (row.key, row.state, row.title) == (dose.key, "sent", "Time for Metformin")
    assert row.body == f"500 mg at {local:%H:%M}."
    assert [message.text for message in channel.sent] == ["Time for your medicine"]
    event = DoseEvent(new_id(), now, dose.id, "taken")
    record_dose_event(chart(cast.amina, cast.amina, change=True), event, now=now)
    dose.refresh_from_db()
    assert dose.status == "taken"
    assert Notice.objects.get().state == "cancelled"
    assert Delivery.objects.get(pk=dose.key).outcome == "sent"
    assert Pump([channel]).round() == 0
