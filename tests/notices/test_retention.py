"""What is long past goes, all of it and nothing else."""

from datetime import timedelta

from backend.notices.actions import settle
from backend.notices.models import Delivery, Notice, Occurrence
from backend.notices.pump import Pump
from backend.notices.retention import KEPT, forget
from tests.notices.people import leave, moment
from tests.people import Cast, chart

OLD, YOUNG = KEPT + timedelta(days=1), KEPT - timedelta(days=1)


def keys() -> tuple[set[str], set[str]]:
    return (
        set(Occurrence.objects.values_list("key", flat=True)),
        set(Delivery.objects.values_list("key", flat=True)),
    )


def test_what_is_long_past_goes_with_its_delivery_and_what_is_not_stays(cast: Cast) -> None:
    for number in range(7):
        leave(cast.amina, f"old{number}", moment())
        leave(cast.stranger, f"young{number}", moment())
    Pump([]).round()
    leave(cast.amina, "to come", moment(days=-1))
    Occurrence.objects.filter(key__startswith="old").update(due_at=moment() - OLD)
    Occurrence.objects.filter(key__startswith="young").update(due_at=moment() - YOUNG)
    Delivery.objects.update(claimed_at=moment() - OLD)  # however long ago it was claimed
    assert forget(page=3) == 7
    young = {f"young{number}" for number in range(7)}
    assert keys() == ({*young, "to come"}, young)
    assert Notice.objects.count() == 14
    assert forget() == 0


def test_what_was_forgotten_is_not_said_again(cast: Cast) -> None:
    leave(cast.amina, "one", moment())
    pump = Pump([], sweep_s=0)
    pump.round()
    due_at = moment() - OLD
    Occurrence.objects.update(due_at=due_at)
    forget()
    assert keys() == (set(), set())
    leave(cast.amina, "one", due_at)
    assert pump.round() == 0
    assert Pump([]).round() == 0


def test_what_was_settled_and_never_left_goes_too_and_no_sooner(cast: Cast) -> None:
    settle(chart(cast.amina, cast.amina, change=True), "as needed", "lately", "to come")
    leave(cast.amina, "to come", moment(days=-1))
    Delivery.objects.exclude(key="lately").update(claimed_at=moment() - OLD)
    assert forget() == 0
    assert keys() == ({"to come"}, {"lately", "to come"})


def test_without_time_nothing_is_begun(cast: Cast) -> None:
    leave(cast.amina, "one", moment() - OLD)
    assert forget(at_most_s=0) == 0
    assert keys() == ({"one"}, set())
