"""The pump in this process: due, claimed once, shown once, in time or not at all."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.core import health
from backend.core.models import Heartbeat
from backend.notices import claims
from backend.notices.actions import announce, move, revive, settle
from backend.notices.channels import Message
from backend.notices.models import Delivery, Lease, Notice, Occurrence, PumpBucket
from backend.notices.pump import Pump
from backend.notices.queries import dead_letters, pump_state
from backend.notices.sending import PUSHES_AT_ONCE, deliver
from backend.patients.models import Patient
from tests.notices.people import ListChannel, leave, let_leases_run_out, moment
from tests.people import Cast, chart

HOUR = timedelta(hours=1)


def states() -> dict[str, str]:
    return dict(Notice.objects.values_list("key", "state"))


def outcomes() -> dict[str, str]:
    return dict(Delivery.objects.values_list("key", "outcome"))


def test_what_is_due_is_shown_once(cast: Cast) -> None:
    leave(cast.amina, "one", moment(seconds=1))
    leave(cast.stranger, "two", moment(seconds=2))
    leave(cast.amina, "later", moment(hours=-1))
    pump = Pump([])
    assert pump.round() == 2
    assert pump.round() == 0
    assert states() == {"one": "sent", "two": "sent"}
    card = Notice.objects.get(key="one")
    assert (card.title, card.body) == ("Hello", "A word & more")
    assert card.patient_id == cast.amina.id
    delivery = Delivery.objects.get(pk="one")
    assert (delivery.outcome, delivery.channel, delivery.attempts) == ("sent", "in_app", 1)
    assert delivery.sent_at is not None


def test_leaving_it_twice_says_it_once_and_foreign_keys_are_refused(cast: Cast) -> None:
    for _ in range(2):
        leave(cast.amina, "one", moment(seconds=1))
    with pytest.raises(ValueError, match="must name its patient"):
        leave(cast.stranger, "one", moment(seconds=1))
    Pump([]).round()
    leave(cast.amina, "one", moment(seconds=1))
    assert Pump([]).round() == 0
    assert Notice.objects.count() == 1


def test_a_template_that_does_not_exist_is_refused_when_it_is_left(cast: Cast) -> None:
    with pytest.raises(ValueError, match="No such template"):
        leave(cast.amina, "one", moment(), template="no_such")


def test_more_than_a_page_in_one_bucket_all_gets_out(cast: Cast) -> None:
    for number in range(25):
        leave(cast.amina, f"n{number}", moment(seconds=40 - number))
    assert Pump([], page=4).round() == 25
    assert len(states()) == 25
    assert Pump([], page=4).round() == 0


def test_a_full_page_leaves_the_watermark_behind(cast: Cast) -> None:
    for number in range(5):
        leave(cast.amina, f"n{number}", moment(seconds=30))
    claims.ensure_buckets()
    bucket = cast.amina.patient.bucket  # type: ignore[union-attr]
    before = PumpBucket.objects.get(pk=bucket).watermark
    keys, unfinished = claims.claim([bucket], page=5)
    assert (len(keys), unfinished) == (5, [bucket])
    assert PumpBucket.objects.get(pk=bucket).watermark == before
    assert claims.claim([bucket], page=5) == ([], [])
    assert PumpBucket.objects.get(pk=bucket).watermark > before


def test_of_a_full_page_the_buckets_before_the_last_are_done(cast: Cast) -> None:
    buckets = [7, 8]
    for bucket, who in zip(buckets, (cast.amina, cast.stranger), strict=True):
        Patient.objects.filter(pk=who.id).update(bucket=bucket)
    for number in range(4):
        for place, who in enumerate((cast.amina, cast.stranger)):
            leave(who, f"{place}-{number}", moment(seconds=30))
    claims.ensure_buckets()
    before = dict(PumpBucket.objects.values_list())
    keys, unfinished = claims.claim(buckets, page=6)
    after = dict(PumpBucket.objects.values_list())
    assert {f"0-{number}" for number in range(4)} < set(keys)
    assert unfinished == [buckets[1]]
    assert [after[bucket] > before[bucket] for bucket in buckets] == [True, False]
    assert len(claims.claim(unfinished, page=6)[0]) == 2


def test_what_its_patient_s_erasure_took_away_is_no_dead_letter(cast: Cast) -> None:
    leave(cast.amina, "one", moment(seconds=1))
    claims.ensure_buckets()
    keys, _ = claims.claim(range(1024))
    Occurrence.objects.all().delete()
    deliver(keys, [], now=claims.clock())
    assert outcomes() == {"one": "cancelled"}


def test_a_quiet_pump_writes_nothing(cast: Cast) -> None:
    pump = Pump([])
    pump.round()
    before = dict(PumpBucket.objects.values_list())
    assert claims.waiting() == []
    pump.round()
    assert dict(PumpBucket.objects.values_list()) == before


def test_too_late_is_not_said_but_shown_as_late(cast: Cast) -> None:
    channel = ListChannel()
    values = {"medicine": "Metformin", "dose": "500 mg", "instructions": ""}
    leave(cast.amina, "rem:1", moment(hours=2), template="dose_due", values=values, grace=HOUR)
    leave(cast.amina, "n", moment(hours=2), grace=HOUR)
    leave(cast.amina, "in time", moment(minutes=59), grace=HOUR)
    Pump([channel]).round()
    assert states() == {"rem:1": "late_not_sent", "n": "late_not_sent", "in time": "sent"}
    assert outcomes() == {"rem:1": "late_not_sent", "n": "late_not_sent", "in time": "sent"}
    assert [m.key for m in channel.sent] == ["in time"]
    card = Notice.objects.get(key="rem:1")
    assert "could not remind you of Metformin" in card.title
    assert "do not take two" in card.body
    assert "This was meant for" in Notice.objects.get(key="n").body


def test_what_is_settled_is_never_said(cast: Cast) -> None:
    hers = chart(cast.amina, cast.amina, change=True)
    leave(cast.amina, "before", moment(seconds=1))
    settle(hers, "before", "ahead")
    leave(cast.amina, "ahead", moment(seconds=1))
    assert Pump([]).round() == 0
    assert outcomes() == {"before": "cancelled", "ahead": "cancelled"}
    assert states() == {}


def test_settling_withdraws_the_card_and_what_has_not_got_out(cast: Cast) -> None:
    channel = ListChannel()
    channel.refuses = True
    leave(cast.amina, "one", moment(seconds=1))
    Pump([channel]).round()
    assert outcomes() == {"one": ""}
    before = Notice.objects.get(key="one")
    settle(chart(cast.amina, cast.amina, change=True), "one")
    after = Notice.objects.get(key="one")
    assert after.state == "cancelled"
    assert after.revision == before.revision + 1
    channel.refuses = False
    let_leases_run_out()
    Pump([channel]).round()
    assert channel.sent == []
    assert outcomes() == {"one": "cancelled"}


def test_nobody_settles_or_moves_what_is_another_patients(cast: Cast) -> None:
    leave(cast.amina, "hers", moment(seconds=1))
    strangers = chart(cast.stranger, cast.stranger, change=True)
    settle(strangers, "hers")
    move(strangers, "hers", moment(hours=-5))
    assert Pump([]).round() == 1
    assert states() == {"hers": "sent"}


def test_moving_changes_when_it_is_said_until_it_is_said(cast: Cast) -> None:
    hers = chart(cast.amina, cast.amina, change=True)
    leave(cast.amina, "one", moment(seconds=1))
    move(hers, "one", moment(hours=-1))
    assert Pump([]).round() == 0
    move(hers, "one", moment(seconds=1))
    assert Pump([]).round() == 1
    told = Occurrence.objects.get(pk="one").due_at
    move(hers, "one", moment(hours=-1))
    assert Occurrence.objects.get(pk="one").due_at == told


def test_a_pump_that_died_after_claiming_loses_nothing(cast: Cast) -> None:
    leave(cast.amina, "one", moment(seconds=1))
    claims.ensure_buckets()
    assert claims.claim(range(1024)) == (["one"], [])
    assert Pump([]).round() == 0
    let_leases_run_out()
    assert Pump([]).round() == 1
    assert states() == {"one": "sent"}
    assert Delivery.objects.get(pk="one").attempts == 1


def test_pumps_that_die_over_and_over_bury_nothing(cast: Cast) -> None:
    """A crash loop is no refusal: what was never said stays to be said."""
    leave(cast.amina, "one", moment(seconds=1))
    claims.ensure_buckets()
    claims.claim(range(1024))
    for _ in range(2 * claims.MOST_ATTEMPTS):
        let_leases_run_out()
        assert claims.retry() == ["one"]
    let_leases_run_out()
    assert Pump([]).round() == 1
    assert outcomes() == {"one": "sent"}


def test_a_pump_that_died_before_marking_repeats_under_the_same_key(cast: Cast) -> None:
    """Between sending and marking only the push can repeat; the card is written with its mark."""
    channel = ListChannel()
    leave(cast.amina, "one", moment(seconds=1))
    Pump([channel]).round()
    Delivery.objects.update(outcome="", reached=[])
    let_leases_run_out()
    Pump([channel]).round()
    first, second = channel.sent
    assert first.collapse_id == second.collapse_id
    assert Notice.objects.count() == 1


def test_two_hands_on_one_delivery_write_one_card(cast: Cast) -> None:
    leave(cast.amina, "one", moment(seconds=1))
    claims.ensure_buckets()
    keys, _ = claims.claim(range(1024))
    for _ in range(2):
        deliver(keys, [], now=claims.clock())
    assert Notice.objects.count() == 1


def test_the_sweeper_finds_what_lies_behind_the_watermark(cast: Cast) -> None:
    pump = Pump([], sweep_s=float("inf"))
    pump.round()
    PumpBucket.objects.update(watermark=moment())
    leave(cast.amina, "late commit", moment(seconds=30))
    assert pump.round() == 0
    assert Pump([]).round() == 1
    assert Delivery.objects.get(pk="late commit").swept
    assert states() == {"late commit": "sent"}


def test_what_was_committed_half_an_hour_late_is_found_by_a_farther_sweep(cast: Cast) -> None:
    Pump([]).round()
    PumpBucket.objects.update(watermark=moment())
    leave(cast.amina, "late commit", moment(minutes=30))
    assert Pump([]).round() == 0  # another has just swept
    Heartbeat.objects.filter(name="sweep").update(beaten_at=moment(minutes=2))
    assert Pump([]).round() == 0
    Heartbeat.objects.filter(name="sweep-1h").update(beaten_at=moment(minutes=16))
    assert Pump([]).round() == 1


def test_what_refuses_is_tried_again_alone_and_in_the_end_given_up(cast: Cast) -> None:
    good, bad = ListChannel("good"), ListChannel("bad")
    bad.refuses = True
    leave(cast.amina, "one", moment(seconds=1))
    pump = Pump([good, bad])
    pump.round()
    assert pump.round() == 0  # it waits before it tries again
    for _ in range(claims.MOST_ATTEMPTS + 1):
        let_leases_run_out()
        pump.round()
    assert len(good.sent) == 1
    (dead,) = dead_letters()
    assert (dead.key, dead.attempts, dead.last_error) == ("one", claims.MOST_ATTEMPTS, "refused")
    assert states() == {"one": "sent"}
    assert pump_state().dead == 1
    bad.refuses = False
    assert revive(["one"]) == 1
    let_leases_run_out()
    pump.round()
    assert (len(good.sent), len(bad.sent)) == (1, 1)
    assert Delivery.objects.get(pk="one").channel == "in_app+bad+good"


def test_an_answer_stops_what_waits_behind_a_slow_vendor(cast: Cast) -> None:
    """Nine messages go out eight at a time; the last one is answered while the first are sent."""
    keys = [f"n{number}" for number in range(9)]

    class Answered(ListChannel):
        def send(self, message: Message) -> None:
            self.sent.append(message)
            if len(self.sent) == PUSHES_AT_ONCE:
                answered.set()

    answered, channel = threading.Event(), Answered()
    for number, key in enumerate(keys):
        leave(cast.amina, key, moment(seconds=20 - number))

    def settle_meanwhile() -> bool:
        if answered.is_set():
            settle(chart(cast.amina, cast.amina, change=True), "n8")
        return True

    claims.ensure_buckets()
    claimed, _ = claims.claim(range(1024))
    deliver(claimed, [channel], now=claims.clock(), may_go_on=settle_meanwhile)
    assert sorted(m.key for m in channel.sent) == keys[:8]
    assert outcomes()["n8"] == "cancelled"


def test_one_bad_row_does_not_stop_the_others(cast: Cast) -> None:
    leave(cast.amina, "bad", moment(seconds=2))
    leave(cast.stranger, "good", moment(seconds=1))
    Occurrence.objects.filter(pk="bad").update(template="was_removed")
    Pump([]).round()
    assert states() == {"good": "sent"}
    bad = Delivery.objects.get(pk="bad")
    assert (bad.outcome, bad.last_error) == ("", "TemplateDoesNotExist")


def test_one_bad_row_does_not_stop_its_own_patients_others(cast: Cast) -> None:
    for number in range(5):
        leave(cast.amina, f"n{number}", moment(seconds=2))
    Occurrence.objects.filter(pk="n2").update(values=["not", "a", "dict"])
    Pump([]).round()
    assert set(states()) == {"n0", "n1", "n3", "n4"}
    assert outcomes()["n2"] == ""
    for _ in range(claims.MOST_ATTEMPTS):
        let_leases_run_out()
        Pump([]).round()
    assert [dead.key for dead in dead_letters()] == ["n2"]


def test_what_is_refused_waits_longer_each_time_and_not_all_to_the_same_moment(
    cast: Cast,
) -> None:
    for number in range(3):
        leave(cast.amina, f"n{number}", moment(seconds=1))
    claims.ensure_buckets()
    keys, _ = claims.claim(range(1024))
    waits = set()
    for tries in (1, 2, 3):
        Lease.objects.all().delete()
        claims.put_off(dict.fromkeys(keys, "refused"))
        (lease,) = Lease.objects.all()
        wait_s = (lease.until - moment()).total_seconds()
        assert 0.7 * 5 * 2**tries < wait_s < 1.3 * 5 * 2**tries
        waits.add(wait_s / 2**tries)
        let_leases_run_out()
        assert sorted(claims.retry()) == keys
    assert len(waits) == 3


def test_retries_leave_nothing_behind_when_there_is_more_than_a_page(cast: Cast) -> None:
    for number in range(7):
        leave(cast.amina, f"n{number}", moment(seconds=1))
    claims.ensure_buckets()
    claims.claim(range(1024))
    let_leases_run_out()
    pump = Pump([], page=3)
    assert [pump.round() for _ in range(4)] == [3, 3, 1, 0]
    assert set(outcomes().values()) == {"sent"}
    let_leases_run_out()
    assert claims.retry() == []
    assert not Lease.objects.exists()


def test_told_to_stop_it_gives_back_what_it_holds(cast: Cast) -> None:
    leave(cast.amina, "one", moment(seconds=1))
    leave(cast.stranger, "two", moment(seconds=1))
    claims.ensure_buckets()
    keys, _ = claims.claim(range(1024))
    answers: Iterator[bool] = iter([True, False])
    deliver(keys, [], now=claims.clock(), may_go_on=lambda: next(answers), at_once=1)
    assert len(states()) == 1
    assert Pump([]).round() == 1
    assert len(states()) == 2
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_it_leaves_a_heartbeat_and_a_state_for_operators(cast: Cast) -> None:
    assert not health.pump().up
    Pump([]).round()
    assert health.pump().up
    state = pump_state()
    assert (state.open, state.dead) == (0, 0)


def test_rooms_need_a_chart_that_is_open_for_change(cast: Cast) -> None:
    with pytest.raises(Exception, match="nothing here"):
        announce(chart(cast.bo, cast.amina), key="k", due_at=moment(), template="message")
