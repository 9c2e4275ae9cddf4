"""The model server behind real HTTP, and the rows of a patient's plan as a server sends them."""

import gzip
import json
import threading
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from backend.wire.messages import ScheduleRow
from backend.wire.questionnaire import Condition, Option, Question, Questionnaire, Rule
from backend.wire.schedule import from_row, slots
from tests.mobile.model_server import ModelServer

PATIENT = UUID(int=0xA)
SPACE = UUID(int=0xB)
BERLIN = ZoneInfo("Europe/Berlin")
CODE = "7GK4M-Q2XWP"
OPTIONS = tuple(
    Option(number, text, float(number))
    for number, text in enumerate(
        ("Not at all", "Several days", "More than half the days", "Nearly every day")
    )
)
PHQ_2 = Questionnaire(
    "phq-2",
    "Mood (PHQ-2): how often in the last 2 weeks?",
    (
        Question(
            "q1", "choice", "Little interest or pleasure in doing things",
            required=True, options=OPTIONS,
        ),
        Question(
            "q2", "choice", "Thoughts that you would be better off dead",
            required=True, options=OPTIONS,
        ),
    ),
    alarms=("q2",),
    reach_out="You do not have to face this alone. Please call your care team.",
)  # fmt: skip
HURTS = Rule((Condition("sore", "=", True),))
FEET = Questionnaire(
    "feet",
    "Your feet",
    (
        Question("hello", "display", "Look at both feet, from above and below."),
        Question("sore", "boolean", "Is there a sore place?", "Today", required=True),
        Question("since", "date", "Since when?", "The sore place", rules=(HURTS,)),
        Question(
            "size", "decimal", "How wide is it, in cm?", "The sore place",
            rules=(HURTS,), low=0, high=20,
        ),
        Question("words", "text", "Is there anything else?", longest=200),
    ),
    version="1",
    every_days=7,
)  # fmt: skip
FORM = json.loads(json.dumps(asdict(PHQ_2)))
FEET_FORM = json.loads(json.dumps(asdict(FEET)))


class House:
    """Serves one patient on a free port of this computer."""

    def __init__(self, model: ModelServer | None = None) -> None:
        self.model = model or ModelServer(page=200)
        self.model.server_time = lambda: iso(datetime.now(UTC))
        self.answers: dict[str, int] = {}  # path beginning -> status to answer instead
        self.streams: dict[tuple[str, str], dict[str, Any]] = {}
        self.asked: list[str] = []
        self.choices: dict[str, dict[str, Any]] = {
            "nudges": {
                "off": False, "tone": "plain", "a_week": None, "busy_with": "", "busy_until": None,
            },
            "meals": {
                "breakfast": "08:00", "lunch": "12:30", "supper": "19:00", "bedtime": "22:00",
            },
            "goal": {"kind": "none", "text": "", "target": None, "days": [], "set_at": None},
            "me": {},
            "streams": {},
        }  # fmt: skip
        house = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                self._reply(*house.post(self.path, body, token))

            def do_GET(self) -> None:
                self._reply(*house.get(self.path))

            def do_PUT(self) -> None:
                body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
                self._reply(*house.put(self.path, json.loads(body)))

            def _reply(self, status: int, body: dict[str, Any]) -> None:
                text = b"" if status == 204 else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def post(self, path: str, body: bytes, token: str) -> tuple[int, dict[str, Any]]:
        with self._lock:
            for begin, status in self.answers.items():
                if path.startswith(begin):
                    return status, {"code": "unavailable"}
            if path == "/api/v1/enrol":
                if json.loads(body)["code"] != CODE:
                    return 400, {"code": "invalid"}
                return 200, {"token": self.model.token, "patient": str(PATIENT)}
            if path == "/api/v1/erase":
                self.model.token = "erased"
                return 204, {}
            answer = self.model.answer(body, token)
            return answer.status, answer.body

    def put(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A choice of the patient; one on being busy counts among those on nudges."""
        with self._lock:
            for begin, status in self.answers.items():
                if path.startswith(begin):
                    return status, {"code": "invalid"}
            what = path.removeprefix("/api/v1/").partition("/")[0]
            if what == "grants":
                self.asked.append(path)
                return 200, {}
            self.choices[what] |= body
            return 200, self.choices[what]

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(path)
        self.asked.append(path)
        kind = parts.path.rsplit("/", 1)[-1]
        if kind in self.choices:
            return 200, self.choices[kind]
        if kind == "export":
            return 200, {"profile": {"name": "Amina"}, "measured": ["glucose"]}
        if kind == "glucose.csv":
            return 200, {}
        if kind == "privacy":
            return 200, {
                "people": [{"id": "bo", "name": "Dr. Bo Berg", "role": "clinician"}],
                "looked": [
                    {
                        "at": "2026-11-20T09:00:00Z", "who": "Dr. Bo Berg", "role": "clinician",
                        "deed": "read",
                    }
                ],
            }  # fmt: skip
        if kind == "questionnaires":
            return 200, {"results": [FORM, FEET_FORM]}
        resolution = parse_qs(parts.query).get("resolution", ["day"])[0]
        nothing = {"start": None, "offsets_ms": [], "values": []}
        if resolution != "raw":
            nothing = {"results": [], "next": None}
        return 200, self.streams.get((kind, resolution), nothing)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def id_of(name: str) -> str:
    return str(uuid5(SPACE, name))


def profile(**changed: Any) -> dict[str, Any]:
    return {
        "id": str(PATIENT),
        "name": "Amina Haddad",
        "zone": "Europe/Berlin",
        "language": "en",
        "units": {},
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "names_on_lock_screen": False,
        "simulated": True,
    } | changed


def schedule(name: str, *times: str, **changed: Any) -> ScheduleRow:
    values = {
        "id": UUID(id_of(f"schedule {name}")),
        "mode": "wall",
        "rule": "FREQ=DAILY",
        "times": list(times),
        "starts_local": "2026-01-01T00:00",
        "zone": "Europe/Berlin",
        "zone_mode": "floating",
        "ends_local": None,
    }
    return ScheduleRow(**(values | changed))


def regimen(medicine: str, dose: str, plan: ScheduleRow, **changed: Any) -> dict[str, Any]:
    row = asdict(plan) | {"id": str(plan.id)}
    return {
        "id": id_of(medicine),
        "medicine": medicine,
        "dose": dose,
        "instructions": "With a glass of water.",
        "schedule": row,
        "sentence": "",
        "grace_minutes": 120,
        "active": True,
    } | changed


def doses(
    medicine: str, plan: ScheduleRow, *, start: datetime, end: datetime, zone: str
) -> list[dict[str, Any]]:
    """The rows that a server lists for a regimen."""
    return [
        {
            "id": str(slot.dose_id),
            "regimen": id_of(medicine),
            "key": slot.key,
            "nominal_local": slot.nominal_local,
            "due_at": iso(slot.due_at),
            "status": "due",
            "status_at": None,
        }
        for slot in slots(from_row(plan), zone=zone, start=start, end=end)
    ]


def advice(name: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": id_of(name),
        "rule": name,
        "title": "A short walk after dinner",
        "body": "Your sugar was often high in the evening. A walk of 15 minutes may help.",
        "why": "On 5 of the last 7 evenings it was above 180.",
        "source": "ADA Standards of Care 2025",
        "state": "open",
        "created_at": "2026-11-20T09:00:00Z",
    } | changed


def notice(name: str, due_at: datetime, **changed: Any) -> dict[str, Any]:
    return {
        "id": id_of(name),
        "key": f"notice:{name}",
        "due_at": iso(due_at),
        "title": "Your lab results are in",
        "body": "All is well. We will talk about them at your next visit.",
        "lock_screen": "You have a new message.",
        "state": "sent",
    } | changed


def visit(name: str, starts_at: datetime, **changed: Any) -> dict[str, Any]:
    return {
        "id": id_of(name),
        "starts_at": iso(starts_at),
        "minutes": 20,
        "state": "booked",
        "with_whom": "Dr. Bo Berg",
        "reason": "How the new tablets suit you",
    } | changed


def furnish(house: House, *, now: datetime, zone: str = "Europe/Berlin") -> None:
    """A patient with two medicines, advice, a message and visits around `now`."""
    put = house.model.put_row
    put("profile", profile(zone=zone))
    for medicine, dose, times in (
        ("Metformin", "500 mg", ("08:00", "20:00")),
        ("Ramipril", "5 mg", ("09:00",)),
    ):
        plan = schedule(medicine, *times)
        put("regimens", regimen(medicine, dose, plan))
        span = {"start": now - timedelta(days=3), "end": now + timedelta(days=2)}
        for row in doses(medicine, plan, zone=zone, **span):
            put("doses", row)
    put("advice", advice("walk"))
    put("notices", notice("lab", now - timedelta(hours=1)))
    put("visits", visit("soon", now + timedelta(minutes=10)))
    put("visits", visit("later", now + timedelta(days=6), state="requested", with_whom=""))
    put("visits", visit("past", now - timedelta(days=20), state="ended"))
