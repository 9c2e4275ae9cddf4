"""The real phone against the real server over a bad network, driven by hypothesis.

Requests are lost, repeated and delayed past later ones, the app is killed, uploads are merged at
any moment, the care team writes, the server is restored from a backup. After quiet: what the
patient did is on the server, once; nothing else is; and the phone's shadow equals the server's
rows.
"""

import gzip
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.accounts.actors import job
from backend.accounts.models import Role
from backend.core.rendering import to_json
from backend.regimens.actions import Timing, prescribe
from backend.regimens.models import DoseEventRow
from backend.streams.merging import merge_patient
from backend.streams.queries import raw_columns
from backend.surveys.models import Response
from backend.sync.changes import READERS
from backend.sync.models import Receipt
from backend.visits.actions import book_visit
from backend.visits.models import Visit
from backend.wire.messages import DoseEvent, SurveyEvent, VisitEvent
from mobile.store import bodies, outbox, sending, shadow
from mobile.sync.engine import SYNC_PATH, Outcome
from mobile.sync.transport import Answer
from mobile.sync.worker import is_confirmed
from tests.mobile.model_server import Network
from tests.mobile.phone import Clock, Phone
from tests.people import Person, chart, patient_of, staff

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
FATES = st.lists(
    st.sampled_from(["ok", "ok", "lost_request", "lost_reply", "twice", "late", "503", "garbled"]),
    max_size=4,
)


class RealServer:
    """Stands where the model server stands in the phone's own tests."""

    def __init__(self, person: Person):
        self.client, self.person = Client(), person

    def answer(self, body: bytes, token: str | None) -> Answer:
        reply = self.client.post(
            SYNC_PATH,
            gzip.compress(body, 1),
            content_type="application/json",
            HTTP_CONTENT_ENCODING="gzip",
            HTTP_ACCEPT_ENCODING="gzip",
            **self.person.bearer,
        )
        zipped = reply.headers.get("Content-Encoding") == "gzip"
        text = gzip.decompress(reply.content) if zipped else reply.content
        return Answer(reply.status_code, json.loads(text))


class PhoneAndServer(RuleBasedStateMachine):
    epoch: Any  # the settings
    clinician: Person

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.phone = Phone(Path(self.folder.name) / "store.sqlite3", Clock(START))
        self.phone.db.execute("PRAGMA synchronous = OFF")  # no power is cut here, only processes
        self.patient = patient_of(self.clinician, "Amina Okafor")
        self.network = Network(RealServer(self.patient))  # type: ignore[arg-type]
        team = chart(self.clinician, self.patient, change=True, now=START)
        timing = Timing(rule="FREQ=DAILY", times=("08:00",))
        prescribe(team, medicine="Metformin", dose="500 mg", timing=timing, now=START)
        self.written: dict[str, set[str]] = {"visits": set(), "surveys": set()}
        self.answered: set[str] = set()
        self.values: dict[int, float] = {}
        self.next_value = 40.0
        self.restored = False
        self.back_up()

    @rule(days=st.integers(1, 9))
    def ask_for_a_visit(self, days: int) -> None:
        now = self.phone.clock()
        id_ = outbox.fresh_id(self.phone.db, now=now)
        event = VisitEvent(id_, now, now + timedelta(days=days), "My knee")
        outbox.add_event(self.phone.db, event, now=now)
        self.written["visits"].add(str(id_))

    @rule(choice=st.integers(0, 3))
    def answer_a_survey(self, choice: int) -> None:
        now = self.phone.clock()
        id_ = outbox.fresh_id(self.phone.db, now=now)
        answers = {f"q{n}": choice for n in range(1, 8)}
        outbox.add_event(self.phone.db, SurveyEvent(id_, now, "gad-7", answers), now=now)
        self.written["surveys"].add(str(id_))

    @precondition(lambda self: shadow.rows(self.phone.db, "doses"))
    @rule(which=st.integers(0, 3), status=st.sampled_from(["taken", "skipped"]))
    def answer_a_dose(self, which: int, status: Any) -> None:
        now = self.phone.clock()
        doses = shadow.rows(self.phone.db, "doses")
        dose = doses[which % len(doses)]["id"]
        id_ = outbox.fresh_id(self.phone.db, now=now)
        outbox.add_event(self.phone.db, DoseEvent(id_, now, UUID(dose), status), now=now)
        self.answered.add(str(id_))

    @rule(second=st.integers(0, 5), many=st.integers(1, 3))
    def measure(self, second: int, many: int) -> None:
        for at in range(second, second + many):
            self.next_value += 0.25
            ms = bodies.ms_of(START) + at * 1000
            self.values[ms] = self.next_value
            self.phone.measure((ms, self.next_value))

    @rule(fates=FATES)
    def sync(self, fates: list[str]) -> None:
        self.phone.clock.move(seconds=1)
        self.network.fates = list(fates)
        self.phone.sync(self.network)
        self.restored = self.restored and not is_confirmed(self.phone.db)

    @precondition(lambda self: self.network.late)
    @rule(which=st.integers(0, 9))
    def a_late_request_arrives(self, which: int) -> None:
        self.network.deliver_late(which)

    @rule()
    def the_care_team_books(self) -> None:
        now = self.phone.clock()
        team = chart(self.clinician, self.patient, change=True, now=datetime.now(UTC))
        book_visit(team, starts_at=now + timedelta(days=1), now=now)

    @rule()
    def uploads_are_merged(self) -> None:
        with transaction.atomic():
            merge_patient(self.patient.id, now=self.phone.clock())

    @rule()
    def the_app_is_killed(self) -> None:
        self.phone.killed()

    @rule()
    def back_up(self) -> None:
        self.backup = transaction.savepoint()

    @rule()
    def restore(self) -> None:
        transaction.savepoint_rollback(self.backup)
        self.epoch.EVENKEEL_EPOCH += "x"  # PostgreSQL's timeline, were it a real restore
        self.restored = True

    @invariant()
    def synced_never_lies(self) -> None:
        if is_confirmed(self.phone.db) and not self.restored:
            assert self.lost() == set()

    def lost(self) -> set[str]:
        of_patient = {"patient_id": self.patient.id}
        stored = {
            str(id_)
            for model in (Visit, Response)
            for id_ in model.objects.filter(**of_patient).values_list("id", flat=True)
        }
        return set().union(*self.written.values()) - stored

    def teardown(self) -> None:
        while self.network.late:
            self.network.deliver_late(0)
        self.network.fates = []
        assert self.phone.sync(self.network).outcome == Outcome.SYNCED
        assert is_confirmed(self.phone.db)
        assert self.lost() == set()
        self.check_nothing_is_extra()
        assert self.samples_on_the_server() == self.values
        self.uploads_are_merged()
        assert self.samples_on_the_server() == self.values
        self.check_shadow()
        assert sending.waiting(self.phone.db).attention == 0
        self.phone.db.close()
        self.folder.cleanup()

    def check_nothing_is_extra(self) -> None:
        mine = {"patient_id": self.patient.id}
        asked = Visit.objects.filter(**mine, reason="My knee").values_list("id", flat=True)
        answered = Response.objects.filter(**mine).values_list("id", flat=True)
        assert sorted(map(str, asked)) == sorted(self.written["visits"])
        assert sorted(map(str, answered)) == sorted(self.written["surveys"])
        receipts = {str(i) for i in Receipt.objects.filter(**mine).values_list("item", flat=True)}
        assert receipts == self.answered.union(*self.written.values())
        of_doses = DoseEventRow.objects.filter(**mine).values_list("event_id", flat=True)
        assert sorted(map(str, of_doses)) == sorted(self.answered)

    def samples_on_the_server(self) -> dict[int, float]:
        own = chart(job("test"), self.patient, now=START)
        end = START + timedelta(minutes=1)
        found = raw_columns(own, "heart_rate", start=START, end=end)
        start = bodies.ms_of(found.start or START)
        pairs = zip(found.offsets_ms, found.values, strict=True)
        return {start + offset: value for offset, value in pairs}

    def check_shadow(self) -> None:
        own = chart(job("test"), self.patient, now=START)
        for kind, read in READERS.items():
            there = {str(row.id): to_json(row) for row in read(own, after=0, limit=10**6)}
            here: dict[str, Any] = {r["id"]: r for r in shadow.rows(self.phone.db, kind)}
            assert here == there, kind


@pytest.mark.django_db
def test_whatever_happens_between_phone_and_server_both_end_alike(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.sync.small_pages"
    settings.EVENKEEL_EPOCH = ""
    clinician = staff("bo", "Dr Bo Lindqvist", Role.CLINICIAN)

    class Machine(PhoneAndServer):
        pass

    Machine.epoch, Machine.clinician = settings, clinician
    run_state_machine_as_test(Machine, settings=BOUNDS)


BOUNDS = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
