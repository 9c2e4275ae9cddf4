"""A low to come and no network: the phone rings by itself, once, killed or not."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from backend.science.glucose_forecast import WEIGHTS
from backend.wire.glucose_ahead import NO_MODEL, STEP_MS
from backend.wire.glucose_alarm import alarm_key, kind_of
from mobile.device.alarms import InProcessAlarms
from mobile.device.identity import Identity
from mobile.device.notifications import NotifierInMemory
from mobile.presenters import today
from mobile.store import bodies, outbox, shadow
from mobile.store.outbox import Samples, record_samples
from mobile.sync import forecasting, foretelling
from mobile.sync.reminders import Announcer, arm, plan
from mobile.sync.transport import Answer, NoConnection
from mobile.sync.worker import Worker
from mobile.words import load
from tests.mobile import house
from tests.mobile.phone import KEY, START, Phone
from tests.mobile.plan import give
from tests.mobile.test_reminders import ABLE, Armed, Says
from tests.mobile.test_worker import until

MODEL = json.loads(WEIGHTS.read_text())
LAST = START - timedelta(minutes=2)
HOUR = timedelta(hours=1)


def wear(phone: Phone, mg_dl: list[float], *, until: datetime = LAST) -> None:
    """Five-minute readings that end at `until`."""
    last = bodies.ms_of(until)
    at = [last - STEP_MS * n for n in range(len(mg_dl) - 1, -1, -1)]
    record_samples(phone.db, Samples("glucose", "G6", "mg/dL", at, mg_dl), now=phone.clock())


def falling(last: float, readings: int = 40) -> list[float]:
    return [last + 4.0 * n for n in range(readings - 1, -1, -1)]


@pytest.fixture
def worn(phone: Phone) -> Phone:
    """A phone with a profile and the model, worn by somebody who falls."""
    give(phone, profile=[house.profile()])
    forecasting.keep_model(phone.db, MODEL)
    wear(phone, falling(74.0))
    return phone


def key_of(phone: Phone, until: datetime = LAST, kind: str = "low") -> str:
    return alarm_key(kind, shadow.profile(phone.db)["id"], bodies.ms_of(until))


def warnings(phone: Phone) -> list[str]:
    return [a.key for a in plan(phone.db, now=phone.clock())[0] if kind_of(a.key)]


def ring_all(phone: Phone, notifier: NotifierInMemory) -> None:
    """As a worker that has just found no network."""
    foretelling.look(phone.db, now=phone.clock())
    armed = Armed()
    arm(phone.db, armed, Says(ABLE), now=phone.clock())
    announce = Announcer(phone.connect, notifier, clock=phone.clock)
    for alarm in armed.alarms:
        if alarm.due_at <= phone.clock():
            announce(alarm)


def test_it_rings_once_under_the_servers_own_key_and_the_server_is_told(worn: Phone) -> None:
    notifier = NotifierInMemory()
    for _ in range(3):
        ring_all(worn, notifier)
        worn.killed()
    assert [card.key for card in notifier.cards] == [key_of(worn)]
    (event,) = outbox.local_events(worn.db, "glucose_alarm")
    assert event.body["kind"] == "low"
    assert datetime.fromisoformat(event.body["last_reading_at"]) == LAST
    assert 10 <= event.body["minutes"] <= 20


def test_a_locked_screen_tells_what_only_if_the_patient_lets_it(worn: Phone) -> None:
    foretelling.look(worn.db, now=START)
    (alarm,) = plan(worn.db, now=START)[0]
    assert "70" not in alarm.title + alarm.body
    give(worn, profile=[house.profile(names_on_lock_screen=True, units={"glucose": "mmol/L"})])
    (alarm,) = plan(worn.db, now=START)[0]
    assert alarm.title == "A low may come soon"
    assert "under 3.9 mmol/L" in alarm.body


@pytest.mark.parametrize(
    ("language", "limit"), [("es", "3,9"), ("fr", "3,9"), ("pt", "3,9"), ("sw", "3.9")]
)
def test_it_speaks_the_patients_language_and_unit(worn: Phone, language: str, limit: str) -> None:
    give(worn, profile=[house.profile(language=language, units={"glucose": "mmol/L"})])
    foretelling.look(worn.db, now=START)
    (one,) = foretelling.foretold(worn.db)
    title, body = foretelling.texts(worn.db, one, load(language))
    assert f"{limit} mmol/L" in body
    assert title != "A low may come soon"


def test_an_hour_of_peace_then_it_is_said_again(worn: Phone) -> None:
    notifier = NotifierInMemory()
    ring_all(worn, notifier)
    worn.clock.move(minutes=5)
    wear(worn, [71.5], until=LAST + timedelta(minutes=5))
    ring_all(worn, notifier)
    assert len(notifier.cards) == 1
    worn.clock.move(minutes=60)
    wear(worn, falling(74.0, 12), until=LAST + timedelta(minutes=65))
    ring_all(worn, notifier)
    assert len({card.key for card in notifier.cards}) == 2


def test_what_the_server_said_within_the_hour_is_not_said_again(worn: Phone) -> None:
    early = key_of(worn, LAST - timedelta(minutes=10))
    give(worn, notices=[house.notice("low", START - timedelta(minutes=10), key=early)])
    assert not foretelling.look(worn.db, now=START)


def test_the_servers_card_of_what_this_phone_said_does_not_ring(worn: Phone) -> None:
    """Be it of the same reading, or of one a little before or after."""
    notifier = NotifierInMemory()
    ring_all(worn, notifier)
    for minutes in (-5, 0, 5):
        moment = START + timedelta(minutes=minutes)
        key = key_of(worn, LAST + timedelta(minutes=minutes))
        give(worn, notices=[house.notice(f"low{minutes}", moment, key=key)])
    worn.clock.move(minutes=6)
    ring_all(worn, notifier)
    assert len(notifier.cards) == 1


def test_a_warning_of_the_server_that_comes_late_does_not_ring(phone: Phone) -> None:
    give(phone, profile=[house.profile()])
    key = alarm_key("low", shadow.profile(phone.db)["id"], 1)
    give(phone, notices=[house.notice("low", START - timedelta(minutes=21), key=key)])
    assert warnings(phone) == []
    give(phone, notices=[house.notice("low", START - timedelta(minutes=19), key=key)])
    assert warnings(phone) == [key]


def test_nothing_is_foretold_from_old_readings_or_without_a_model(worn: Phone) -> None:
    assert not foretelling.look(worn.db, now=START + timedelta(minutes=20))
    forecasting.keep_model(worn.db, NO_MODEL)
    assert forecasting.model(worn.db) is None
    assert not foretelling.look(worn.db, now=START)


def test_who_is_low_already_is_not_warned_of_it(phone: Phone) -> None:
    give(phone, profile=[house.profile()])
    forecasting.keep_model(phone.db, MODEL)
    wear(phone, falling(66.0))
    assert not foretelling.look(phone.db, now=START)


def test_carbohydrate_just_eaten_counts_as_it_does_on_the_server(worn: Phone) -> None:
    """A week of meals is known, and the last one is large and fresh."""
    meals = [bodies.ms_of(START - timedelta(days=n)) for n in range(6, 0, -1)]
    at = [*meals, bodies.ms_of(LAST - timedelta(minutes=35))]
    grams = Samples("carbohydrate", "phone", "g", at, [60.0] * 6 + [400.0])
    record_samples(worn.db, grams, now=START)
    assert not foretelling.look(worn.db, now=START)


def test_today_shows_it_until_the_servers_card_is_here(worn: Phone) -> None:
    foretelling.look(worn.db, now=START)
    (message,) = today.read(worn.db, now=START).messages
    assert message.title == "A low may come soon"
    id_ = uuid5(UUID(shadow.profile(worn.db)["id"]), key_of(worn))
    assert message.id == str(id_)
    card = house.notice("low", START, key=key_of(worn)) | {"id": str(id_)}
    give(worn, notices=[card])
    assert [one.id for one in today.read(worn.db, now=START).messages] == [str(id_)]


class NoNetwork:
    """Nothing is reached."""

    def call(self, *_: object, **__: object) -> Answer:
        raise NoConnection

    def save(self, *_: object, **__: object) -> int:
        raise NoConnection

    def close(self) -> None:
        pass


def test_a_worker_without_a_network_rings(worn: Phone, tmp_path: Path) -> None:
    """Through the real thread and the real alarms; the store is killed with nothing told twice."""
    notifier = NotifierInMemory()
    for _ in range(2):
        announcer = Announcer(worn.connect, notifier, clock=worn.clock)
        alarms = InProcessAlarms(announcer, clock=worn.clock)
        identity = Identity("http://nowhere.test", house.PATIENT, "good")
        worker = Worker(
            tmp_path, worn.connect, identity, transport=NoNetwork, alarms=alarms,
            reliability=Says(ABLE), clock=worn.clock,
        )  # fmt: skip
        worker.start()
        until(lambda: bool(outbox.local_events(worn.db, "glucose_alarm")))
        assert worker.stop()
        alarms.close()
    assert [card.key for card in notifier.cards] == [key_of(worn)]


KILLED = """
import sys, time
from datetime import datetime
from pathlib import Path
from mobile.store.database import open_store
from mobile.sync import foretelling
db = open_store(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
print(foretelling.look(db, now=datetime.fromisoformat(sys.argv[3])), flush=True)
time.sleep(60)
"""


def test_killed_before_it_rang_it_rings_after_the_restart_if_that_is_soon(worn: Phone) -> None:
    worn.db.close()
    command = [sys.executable, "-c", KILLED, str(worn.path), KEY.hex(), START.isoformat()]
    here = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=here) as child:
        assert child.stdout.readline() == "True\n"
        os.kill(child.pid, signal.SIGKILL)
    worn.db = worn.connect()
    worn.clock.move(minutes=15)
    notifier = NotifierInMemory()
    ring_all(worn, notifier)
    ring_all(worn, notifier)
    assert [card.key for card in notifier.cards] == [key_of(worn)]


def test_after_twenty_minutes_it_is_too_late(worn: Phone) -> None:
    foretelling.look(worn.db, now=START)
    worn.killed()
    worn.clock.move(minutes=20, seconds=1)
    assert warnings(worn) == []
