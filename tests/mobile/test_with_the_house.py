"""The phone's own code against the real server: what it sends is taken, what it is told is kept."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from backend.accounts.models import Device
from backend.core.problems import NotFound
from backend.patients.access import Category
from backend.regimens.actions import Plan, Timing
from backend.regimens.models import Dose
from mobile.device.reliability import DesktopReliability
from mobile.presenters import privacy
from mobile.store import shadow
from mobile.sync import reminders, ringing, surveys, wishes
from mobile.sync.deeds import Deed, carry_out, take_as_needed
from mobile.sync.engine import Engine, Outcome
from mobile.sync.needed import needed
from mobile.sync.transport import Answer
from tests.mobile.phone import Clock, Phone
from tests.mobile.test_reminders import Armed
from tests.people import Cast, chart
from tests.regimens.people import metformin


class Way:
    """What HttpTransport sends, into the house without a socket."""

    def call(
        self, method: str, path: str, *, body: bytes | None = None, token: str | None = None
    ) -> Answer:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        content = b""
        if body is not None:
            content = gzip.compress(body)
            headers |= {"HTTP_CONTENT_ENCODING": "gzip"}
        reply = Client().generic(method, path, content, "application/json", **headers)
        told = json.loads(reply.content or b"{}")
        return Answer(reply.status_code, {"results": told} if isinstance(told, list) else told)

    def close(self) -> None:
        pass


class Talking:
    """Amina's phone and the way to the house."""

    def __init__(self, path: Path, cast: Cast) -> None:
        self.phone = Phone(path, Clock(datetime.now(UTC)))
        self.db, self.token = self.phone.db, cast.amina.token
        self.way = Way()

    @property
    def now(self) -> datetime:
        return self.phone.clock()

    def sync(self) -> None:
        ended = Engine(self.db, self.way, self.token, clock=self.phone.clock).sync()
        assert ended.outcome == Outcome.SYNCED
        wishes.carry_out(self.db, self.way, self.token, now=self.now)


@pytest.fixture
def amina(tmp_path: Path, cast: Cast) -> Talking:
    return Talking(tmp_path / "store.sqlite3", cast)


def test_what_is_taken_as_needed_is_kept_counted_and_can_be_taken_back(
    amina: Talking, cast: Cast
) -> None:
    plan = Plan(most_a_day=2, min_gap_minutes=60)
    regimen = metformin(cast, Timing(mode="as_needed"), medicine="Paracetamol", plan=plan)
    amina.sync()
    assert needed(amina.db, now=amina.now)[0].left(amina.now) == 2
    take_as_needed(amina.db, str(regimen.id), now=amina.now)
    amina.phone.clock.move(seconds=9)
    amina.sync()
    dose = Dose.objects.get(regimen=regimen)
    assert dose.status == "taken"
    (one,) = needed(amina.db, now=amina.now)
    assert one.left(amina.now) == 1
    assert one.free_at(amina.now) == dose.due_at + timedelta(hours=1)
    carry_out(amina.db, Deed("dose", str(dose.id), "skipped"), now=amina.now)
    amina.phone.clock.move(seconds=9)
    amina.sync()
    assert needed(amina.db, now=amina.now)[0].free_at(amina.now) == amina.now


def test_choices_reach_the_house(amina: Talking) -> None:
    amina.sync()
    assert wishes.chosen(amina.db, wishes.NUDGES)["off"] is False
    wishes.wish(amina.db, wishes.NUDGES, tone="coach", a_week=2)
    until = (amina.now + timedelta(hours=4)).isoformat()
    wishes.wish(amina.db, wishes.BUSY, busy_with="driving", busy_until=until)
    times = {"breakfast": "07:15", "lunch": "12:00", "supper": "18:45", "bedtime": "23:30"}
    wishes.wish(amina.db, wishes.MEALS, **times)
    amina.sync()
    assert wishes.waiting(amina.db) == 0
    told = amina.way.call("GET", "/api/v1/nudges", token=amina.token).body
    assert (told["tone"], told["a_week"], told["busy_with"]) == ("coach", 2, "driving")
    assert amina.way.call("GET", "/api/v1/meals", token=amina.token).body == times


def test_a_phone_that_failed_its_trial_is_not_relied_on(amina: Talking, cast: Cast) -> None:
    soon = amina.now + timedelta(minutes=30)

    def rings() -> bool:
        reminders.arm(amina.db, Armed(), DesktopReliability(), now=amina.now)
        amina.sync()
        assert cast.amina.device is not None
        device = Device.objects.get(pk=cast.amina.device.pk)
        return device.rings_at(soon, now=datetime.now(UTC))

    amina.sync()
    assert rings()
    ringing.ask_for(amina.db, timedelta(0), now=amina.now)
    ringing.answer(amina.db, noticed=False)
    assert not rings()
    ringing.answer(amina.db, noticed=True)
    assert rings()


def test_a_questionnaire_is_asked_in_her_language_and_scored(amina: Talking) -> None:
    amina.sync()
    mood = next(form for form in surveys.forms(amina.db) if form.code == "phq-9")
    assert [len(question.options) for question in mood.questions] == [4] * 9
    assert mood.alarms == ("q9",)
    assert mood.reach_out
    for question in mood.questions:
        surveys.keep_answer(amina.db, mood.code, question.code, 1, now=amina.now)
    event = surveys.send(amina.db, mood, now=amina.now)
    amina.sync()
    (row,) = shadow.rows(amina.db, "surveys")
    assert (row["id"], row["score"]) == (str(event), 9)
    assert mood.reach_out in row["meaning"]


def test_a_consent_taken_back_offline_ends_with_the_next_sync(amina: Talking, cast: Cast) -> None:
    amina.sync()
    (held,) = privacy.read(amina.db, now=amina.now).consents
    facts = privacy.read(amina.db, now=amina.now)
    assert facts.looked
    wishes.wish(amina.db, privacy.end_of(held.id))
    assert privacy.read(amina.db, now=amina.now).consents[0].ending
    amina.sync()
    amina.sync()
    assert privacy.read(amina.db, now=datetime.now(UTC)).consents == ()
    with pytest.raises(NotFound):
        chart(cast.bo, cast.amina, Category.STREAMS, now=datetime.now(UTC))


def test_nobody_ends_the_consent_of_another(amina: Talking, cast: Cast) -> None:
    amina.sync()
    (held,) = privacy.read(amina.db, now=amina.now).consents
    path = f"/api/v1/{privacy.end_of(held.id)}"
    assert amina.way.call("PUT", path, body=b"{}", token=cast.stranger.token).status == 404
    assert len(privacy.read(amina.db, now=amina.now).consents) == 1
