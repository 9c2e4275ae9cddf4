from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event

import pytest

from mobile.device.alarms import MOST, NOTHING, Alarm, Happened, InProcessAlarms, split_due
from mobile.device.notifications import NotifierInMemory
from mobile.device.reliability import DesktopReliability, Standing
from mobile.store import outbox
from mobile.store.database import setting
from mobile.sync import deeds, ringing
from mobile.sync.doses import SNOOZE, doses_between
from mobile.sync.reminders import NOTICE_GRACE, Announcer, arm, plan
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

DAY = timedelta(days=1)
PLAN = house.schedule("Metformin", "10:00")  # START is 10:00 in Berlin


@dataclass
class Armed:
    """An alarms port that only remembers."""

    alarms: list[Alarm] = field(default_factory=list)
    running: bool = True
    did: Happened = NOTHING
    outlives_app = True

    def is_running(self) -> bool:
        return self.running

    def arm(self, alarms: Sequence[Alarm]) -> None:
        self.alarms = list(alarms)

    def happened(self) -> Happened:
        return self.did

    def disarm(self) -> None:
        self.alarms = []

    def promised_until(self, armed_until: datetime, *, now: datetime) -> datetime:
        return armed_until

    def close(self) -> None:
        pass


@pytest.fixture
def planned(phone: Phone) -> Phone:
    give(
        phone,
        profile=[house.profile()],
        regimens=[house.regimen("Metformin", "500 mg", PLAN)],
    )
    return phone


def due_now(phone: Phone) -> Alarm:
    return next(a for a in plan(phone.db, now=phone.clock())[0] if a.due_at == START)


def ring(phone: Phone, notifier: NotifierInMemory, alarm: Alarm) -> None:
    Announcer(phone.connect, notifier, clock=phone.clock)(alarm)


def answer(phone: Phone, status: str) -> None:
    dose = doses_between(phone.db, START, START + timedelta(minutes=1))[0]
    deeds.carry_out(phone.db, deeds.Deed("dose", str(dose.id), status), now=phone.clock())


def test_the_next_two_weeks_are_planned_without_a_network(planned: Phone) -> None:
    alarms, until = plan(planned.db, now=planned.clock())
    assert [a.due_at for a in alarms] == [START + n * DAY for n in range(14)]
    assert until == START + 14 * DAY


def test_at_most_48_are_armed_and_the_promise_ends_with_the_last(phone: Phone) -> None:
    often = house.schedule("Often", *(f"{hour:02}:00" for hour in range(0, 24, 4)))
    give(phone, profile=[house.profile()], regimens=[house.regimen("Often", "1", often)])
    armed = Armed()
    arm(phone.db, armed, DesktopReliability(), now=START)
    assert len(armed.alarms) == MOST
    last_ms = setting(phone.db, "armed_until_ms")
    assert last_ms == max(a.due_at for a in armed.alarms).timestamp() * 1000


def test_no_medicine_is_named_on_the_lock_screen_unless_allowed(planned: Phone) -> None:
    alarm = due_now(planned)
    assert "Metformin" not in alarm.title + alarm.body
    give(planned, profile=[house.profile(names_on_lock_screen=True)])
    assert due_now(planned).title == "Time for Metformin"


def test_it_is_announced_exactly_once(planned: Phone) -> None:
    notifier, alarm = NotifierInMemory(), due_now(planned)
    for _ in range(3):
        ring(planned, notifier, alarm)
    assert [card.key for card in notifier.cards] == [alarm.key]
    armed = Armed()
    arm(planned.db, armed, DesktopReliability(), now=START)
    assert alarm.key not in {a.key for a in armed.alarms}


@pytest.mark.parametrize("status", ["taken", "skipped"])
def test_an_answered_dose_is_not_announced(planned: Phone, status: str) -> None:
    notifier, alarm = NotifierInMemory(), due_now(planned)
    answer(planned, status)
    ring(planned, notifier, alarm)
    assert notifier.cards == []


def test_later_than_its_grace_nothing_is_said(planned: Phone) -> None:
    notifier, alarm = NotifierInMemory(), due_now(planned)
    planned.clock.move(hours=2, seconds=1)
    ring(planned, notifier, alarm)
    assert notifier.cards == []
    assert split_due([alarm], set(), now=planned.clock()) == ([], None)


def test_a_snoozed_dose_rings_again_under_another_key(planned: Phone) -> None:
    notifier, first = NotifierInMemory(), due_now(planned)
    ring(planned, notifier, first)
    answer(planned, "snoozed")
    again = plan(planned.db, now=planned.clock())[0][0]
    assert again.due_at == START + SNOOZE
    planned.clock.move(minutes=15)
    ring(planned, notifier, again)
    ring(planned, notifier, again)
    assert [card.key for card in notifier.cards] == [first.key, again.key]


def test_the_server_is_told_of_a_notice_shown_and_a_dose_is_told_only_once(planned: Phone) -> None:
    key = due_now(planned).key
    give(planned, notices=[house.notice("lab", START), house.notice("dose", START, key=key)])
    alarms, _ = plan(planned.db, now=START)
    assert sum(a.due_at == START for a in alarms) == 2
    notifier = NotifierInMemory()
    ring(planned, notifier, next(a for a in alarms if a.key == "notice:lab"))
    ring(planned, notifier, due_now(planned))
    events = outbox.local_events(planned.db, "notice")
    assert {e.subject for e in events} == {house.id_of("lab"), house.id_of("dose")}
    assert {e.status for e in events} == {"shown"}


def test_an_old_notice_rings_no_more(planned: Phone) -> None:
    give(planned, notices=[house.notice("lab", START - NOTICE_GRACE - timedelta(seconds=1))])
    assert all(not a.key.startswith("notice") for a in plan(planned.db, now=START)[0])


def test_where_no_card_can_be_shown_the_server_is_not_told_so(planned: Phone) -> None:
    give(planned, notices=[house.notice("lab", START)])
    notifier = NotifierInMemory(works=False)
    alarm = next(a for a in plan(planned.db, now=START)[0] if a.key == "notice:lab")
    ring(planned, notifier, alarm)
    assert outbox.local_events(planned.db, "notice") == []


def test_the_alarms_thread_rings_once_and_ends() -> None:
    rung, happened = [], Event()

    def note(alarm: Alarm) -> None:
        rung.append(alarm.key)
        happened.set()

    alarms = InProcessAlarms(note, clock=lambda: START)
    one = Alarm("a", START - timedelta(seconds=1), START + DAY, "t", "b")
    alarms.arm([one])
    assert happened.wait(5)
    alarms.arm([one])
    alarms.close()
    assert rung == ["a"]
    assert alarms.promised_until(START + DAY, now=START) == START + timedelta(minutes=10)


@dataclass
class Says:
    """A device that says how it stands."""

    standing: Standing
    opens: frozenset[str] = frozenset()

    def look(self) -> Standing:
        return self.standing

    def open_settings(self, which: str) -> None:
        pass


ABLE = Standing(exact=True, cards=True, sound=True)


@pytest.mark.parametrize("fault", ["exact", "cards", "sound"])
def test_a_phone_that_cannot_ring_promises_nothing(planned: Phone, fault: str) -> None:
    arm(planned.db, Armed(), Says(ABLE), now=START)
    assert setting(planned.db, "armed_until_ms") is not None
    arm(planned.db, Armed(), Says(replace(ABLE, **{fault: False})), now=START)
    assert setting(planned.db, "armed_until_ms") is None
    assert setting(planned.db, "can_ring") is False


def test_the_battery_saver_alone_takes_no_promise_away(planned: Phone) -> None:
    tired = replace(ABLE, unthrottled=False, saving=True, quiet=True)
    arm(planned.db, Armed(), Says(tired), now=START)
    assert setting(planned.db, "armed_until_ms") is not None


def test_alarms_that_have_stopped_promise_nothing(planned: Phone) -> None:
    arm(planned.db, Armed(running=False), Says(ABLE), now=START)
    assert setting(planned.db, "armed_until_ms") is None


def test_after_a_card_that_could_not_be_shown_nothing_is_promised_until_one_is(
    planned: Phone,
) -> None:
    notifier = NotifierInMemory(works=False)
    ring(planned, notifier, due_now(planned))
    arm(planned.db, Armed(), DesktopReliability(), now=START)
    assert setting(planned.db, "armed_until_ms") is None
    notifier.works = True
    ringing.ask_for(planned.db, timedelta(0), now=START)
    ring(planned, notifier, trial_of(planned))
    arm(planned.db, Armed(), DesktopReliability(), now=START)
    assert setting(planned.db, "armed_until_ms") is not None


def trial_of(phone: Phone) -> Alarm:
    (found,) = (a for a in plan(phone.db, now=phone.clock())[0] if ringing.is_trial(a.key))
    return found


def test_a_trial_rings_once_by_the_way_of_every_reminder(planned: Phone) -> None:
    ringing.ask_for(planned.db, timedelta(seconds=10), now=START)
    notifier, alarm = NotifierInMemory(), trial_of(planned)
    assert alarm.due_at == START + timedelta(seconds=10)
    planned.clock.move(seconds=10)
    for _ in range(2):
        ring(planned, notifier, alarm)
    assert [card.title for card in notifier.cards] == ["Evenkeel test"]
    assert ringing.trial(planned.db).shown is True
    assert outbox.local_events(planned.db, "notice") == []


def test_a_trial_that_was_not_noticed_takes_the_promise_until_one_is(planned: Phone) -> None:
    for noticed in (False, True):
        ringing.ask_for(planned.db, timedelta(0), now=START)
        ringing.answer(planned.db, noticed=noticed)
        arm(planned.db, Armed(), DesktopReliability(), now=START)
        assert (setting(planned.db, "armed_until_ms") is not None) is noticed


def test_an_old_trial_is_forgotten(planned: Phone) -> None:
    ringing.ask_for(planned.db, timedelta(0), now=START)
    planned.clock.move(minutes=6)
    assert not any(ringing.is_trial(a.key) for a in plan(planned.db, now=planned.clock())[0])


def test_a_ring_that_fails_is_tried_again_and_does_not_end_the_others() -> None:
    rung, happened = [], Event()

    def fail_once(alarm: Alarm) -> None:
        rung.append(alarm.key)
        if len(rung) == 1:
            raise OSError
        happened.set()

    alarms = InProcessAlarms(fail_once, clock=lambda: START)
    alarms.arm([Alarm("a", START, START + DAY, "t", "b")])
    assert happened.wait(5)
    assert alarms.is_running()
    alarms.close()
    assert rung == ["a", "a"]
    assert not alarms.is_running()
