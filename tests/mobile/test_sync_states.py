"""The real store and engine against a model server over a bad network, driven by hypothesis.

Requests are lost, repeated and delayed past later ones, the app is killed, the server commits late
and is restored from a backup. Whatever happens: what was acknowledged is there, nothing counts
twice, all agree.
"""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mobile.store import bodies, sending, shadow
from mobile.sync.engine import Outcome
from mobile.sync.worker import is_confirmed
from tests.mobile.model_server import ModelServer, Network
from tests.mobile.phone import START, Phone

FATES = st.lists(
    st.sampled_from(["ok", "ok", "lost_request", "lost_reply", "twice", "late", "503", "garbled"]),
    max_size=4,
)
SECONDS = st.integers(0, 5)


class PhoneAndServer(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.phone = Phone(Path(self.folder.name) / "store.sqlite3")
        self.phone.db.execute("PRAGMA synchronous = OFF")  # no power is cut here, only processes
        self.server = ModelServer(page=2, max_items=6)
        self.network = Network(self.server)
        self.written: set[str] = set()
        self.values: dict[int, float] = {}
        self.next_value = 0.0
        self.restored = False

    @rule(dose=st.integers(0, 3), status=st.sampled_from(["taken", "skipped"]))
    def answer_a_dose(self, dose: int, status: str) -> None:
        self.written.add(str(self.phone.take(dose, status)))

    @rule(second=SECONDS, many=st.integers(1, 3))
    def measure(self, second: int, many: int) -> None:
        for at in range(second, second + many):
            self.next_value += 1
            self.values[at] = self.next_value
            self.phone.measure((bodies.ms_of(START) + at * 1000, self.next_value))

    @rule(fates=FATES)
    def sync(self, fates: list[str]) -> None:
        self.phone.clock.move(seconds=1)
        self.network.fates = list(fates)
        ended = self.phone.sync(self.network)
        # Of a restore the phone learns with the next whole answer; till then it says "offline".
        self.restored = self.restored and ended.outcome != Outcome.SYNCED

    @precondition(lambda self: self.network.late)
    @rule(which=st.integers(0, 9))
    def a_late_request_arrives(self, which: int) -> None:
        self.network.deliver_late(which)

    @rule(which=st.integers(0, 3))
    def the_care_team_writes(self, which: int) -> None:
        self.server.write_row("visits", f"v{which}", f"word {self.server.books.revision}")

    @rule()
    def the_app_is_killed(self) -> None:
        self.phone.killed()

    @rule()
    def back_up(self) -> None:
        self.server.back_up()

    @rule()
    def restore(self) -> None:
        self.server.restore()
        self.restored = True

    @invariant()
    def nothing_is_stored_twice(self) -> None:
        applied = self.server.books.applied
        assert len(applied) == len(set(applied))

    @invariant()
    def synced_never_lies(self) -> None:
        if is_confirmed(self.phone.db) and not self.restored:
            assert self.written <= set(self.server.books.applied)

    @invariant()
    def nothing_written_is_forgotten(self) -> None:
        assert self.written <= set(self.phone.states())

    def teardown(self) -> None:
        while self.network.late:
            self.network.deliver_late(0)
        self.network.fates = []
        assert self.phone.sync(self.network).outcome == Outcome.SYNCED
        assert is_confirmed(self.phone.db)
        assert self.written <= set(self.server.books.applied)
        assert self.samples_on_the_server() == self.values
        assert self.shadow() == set(map(repr, self.server.books.rows.values()))
        assert sending.waiting(self.phone.db).attention == 0
        self.phone.db.close()
        self.folder.cleanup()

    def samples_on_the_server(self) -> dict[int, float]:
        return {int(at): value for at, (_, value) in self.server.instants().items()}

    def shadow(self) -> set[str]:
        kinds = {kind for kind, _ in self.server.books.rows} | {"visits", "doses"}
        return {repr(row) for kind in kinds for row in shadow.rows(self.phone.db, kind)}


TestPhoneAndServer = PhoneAndServer.TestCase
TestPhoneAndServer.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
