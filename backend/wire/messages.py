"""Every message between phone and server, as frozen dataclasses.

Times are aware (RFC 3339 on the wire) unless the name says `local`. Golden JSON of each message
stands in tests/wire/golden. Additions are allowed; what stands here is never renamed or dropped.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

SYNC_MAX_BYTES = 4 * 1024 * 1024  # of the decoded body; beyond it 413
SYNC_MAX_ITEMS = 500  # uploads and events together
UPLOAD_MAX_SAMPLES = 20_000
SYNC_PAGE_ROWS = 500  # changed rows in one answer

Outcome = Literal["stored", "duplicate", "partial", "refused"]


# --- enrolment ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EnrolDevice:
    """The phone that enrols, as its owner would recognise it."""

    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A one-time code and the device that it shall admit."""

    code: str
    device: EnrolDevice


@dataclass(frozen=True, slots=True)
class EnrolReply:
    """The device's token, shown once, and the patient that it speaks for."""

    token: str
    patient: UUID


# --- what the phone sends -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Upload:
    """One batch of samples of one kind from one source; instants are `start` + `offsets_ms`.

    `step_ms` stands in the place of `offsets_ms` for an even series.
    """

    id: UUID
    kind: str
    source: str
    unit: str
    start: datetime
    values: list[float]
    offsets_ms: list[int] | None = None
    step_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DoseEvent:
    """What the patient did with a dose, at the time the patient gave.

    `regimen` names a medicine taken as needed: then `dose` is a fresh id, nothing was due.
    """

    id: UUID
    at: datetime
    dose: UUID
    status: Literal["taken", "skipped", "snoozed"]
    type: Literal["dose"] = "dose"
    regimen: UUID | None = None


@dataclass(frozen=True, slots=True)
class NoticeEvent:
    """What became of a notice on the phone."""

    id: UUID
    at: datetime
    notice: UUID
    status: Literal["shown", "opened", "dismissed"]
    type: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True)
class AdviceEvent:
    """What the patient did with a piece of advice."""

    id: UUID
    at: datetime
    advice: UUID
    status: Literal["accepted", "declined", "done"]
    type: Literal["advice"] = "advice"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SurveyEvent:
    """One complete answer set of a survey: question code to what was answered; a choice's own
    value, a day as a text. `version` is that of the questionnaire that was asked.
    """

    id: UUID
    at: datetime
    survey: str
    answers: dict[str, bool | int | float | str]
    version: str = ""
    type: Literal["survey"] = "survey"


@dataclass(frozen=True, slots=True)
class VisitEvent:
    """A visit that the patient asks for; its own id becomes the visit's."""

    id: UUID
    at: datetime
    starts_at: datetime
    reason: str = ""
    type: Literal["visit"] = "visit"


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """A message to the care team; its own id becomes the message's. `thread` is that of the first
    message of what it answers, None begins one.
    """

    id: UUID
    at: datetime
    text: str
    thread: UUID | None = None
    subject: str = ""
    type: Literal["message"] = "message"


@dataclass(frozen=True, slots=True)
class MessageReadEvent:
    """The patient saw this message, and what came before it in its thread."""

    id: UUID
    at: datetime
    message: UUID
    type: Literal["message_read"] = "message_read"


@dataclass(frozen=True, slots=True)
class VisitQuestionsEvent:
    """What the patient wants to ask at a visit, in place of what she wrote before."""

    id: UUID
    at: datetime
    visit: UUID
    questions: str
    type: Literal["visit_questions"] = "visit_questions"


@dataclass(frozen=True, slots=True)
class GlucoseAlarmEvent:
    """The phone warned by itself, without a network, of a low or high to come in about so many
    minutes, after this last reading.
    """

    id: UUID
    at: datetime
    kind: Literal["low", "high"]
    last_reading_at: datetime
    minutes: int
    type: Literal["glucose_alarm"] = "glucose_alarm"


Event = (
    DoseEvent
    | NoticeEvent
    | AdviceEvent
    | SurveyEvent
    | VisitEvent
    | MessageEvent
    | MessageReadEvent
    | VisitQuestionsEvent
    | GlucoseAlarmEvent
)


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """The envelope; its items stay raw here, since each is judged on its own.

    `glucose_model` is the digest of the forecast's model that the phone has, empty if it has none;
    None where it has no glucose to forecast.
    """

    device_time: datetime
    cursor: str | None = None
    uploads: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    armed_until: datetime | None = None
    glucose_model: str | None = None


# --- what the server answers --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemProblem:
    """One bad value: its index in the item (None: the item itself), field, code, a sentence."""

    index: int | None
    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The final outcome of one upload or event."""

    id: str
    outcome: Outcome
    stored: int
    problems: tuple[ItemProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule as backend.wire.schedule.Schedule reads it."""

    id: UUID
    mode: Literal["wall", "elapsed", "as_needed"]
    rule: str
    times: list[str]
    starts_local: str
    zone: str
    zone_mode: Literal["floating", "fixed"]
    ends_local: str | None


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The patient, as the patient's own phone shows it."""

    id: UUID
    revision: int
    name: str
    zone: str
    language: str
    units: dict[str, str]
    quiet_from: str
    quiet_until: str
    names_on_lock_screen: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class DoseStep:
    """From this local day (YYYY-MM-DD) on, this much a time: one step of a taper."""

    from_day: str
    dose: str


@dataclass(frozen=True, slots=True)
class PauseRow:
    """A stay in hospital: no dose that is due within it is the patient's own to take."""

    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegimenRow:
    """A prescribed medicine, its schedule and the prescriber's limits; None: no limit."""

    id: UUID
    revision: int
    medicine: str
    dose: str
    instructions: str
    schedule: ScheduleRow
    sentence: str
    grace_minutes: int
    active: bool
    steps: list[DoseStep] = field(default_factory=list)
    pauses: list[PauseRow] = field(default_factory=list)
    most_a_day: int | None = None
    min_gap_minutes: int | None = None
    early_minutes: int | None = None
    snooze_minutes: int = 15
    most_snoozes: int | None = None
    critical: bool = False
    runs_out_on: date | None = None


@dataclass(frozen=True, slots=True)
class DoseRow:
    """One due occurrence of a regimen; `key` is the same on phone and server.

    `amount` is what is to be taken this time; empty: the regimen's dose.
    """

    id: UUID
    revision: int
    regimen: UUID
    key: str
    nominal_local: str
    due_at: datetime
    status: Literal["due", "taken", "skipped", "snoozed", "cancelled"]
    status_at: datetime | None
    amount: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One thing to tell; posting the same `key` twice replaces the card."""

    id: UUID
    revision: int
    key: str
    due_at: datetime
    title: str
    body: str
    lock_screen: str
    state: Literal["due", "sent", "late_not_sent", "shown", "opened", "dismissed", "cancelled"]


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """A recommendation in plain words with its evidence."""

    id: UUID
    revision: int
    rule: str
    title: str
    body: str
    why: str
    source: str
    state: Literal["open", "accepted", "declined", "done", "withdrawn"]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One computed statement, or the reason for not making one."""

    id: UUID
    revision: int
    method: str
    version: str
    label: str
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    detail: dict[str, Any]
    abstained: str
    computed_at: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A telehealth session, asked for or booked."""

    id: UUID
    revision: int
    starts_at: datetime
    minutes: int
    state: Literal["requested", "booked", "cancelled", "ended", "missed"]
    with_whom: str
    reason: str
    questions: str = ""


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """An answered survey with its score, None where nothing counts, and what it means."""

    id: UUID
    revision: int
    survey: str
    answered_at: datetime
    score: int | None
    meaning: str


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A consent: who may see which categories, for what purpose, from when, until when."""

    id: UUID
    revision: int
    recipient: str
    categories: list[str]
    purpose: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class StreamPlanRow:
    """What is agreed for one kind: whose samples count first, how often to expect one, the target.

    `sources` stand in the order of their priority; None means the measures table's own word.
    """

    kind: str
    sources: list[str]
    every_s: int | None
    tell_team: bool
    target_low: float | None
    target_high: float | None
    revision: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message; `read_at` is when the other side read it. The first of a thread names it."""

    id: UUID
    revision: int
    thread: UUID
    subject: str
    text: str
    who: str
    side: Literal["patient", "caregiver", "team"]
    written_at: datetime
    read_at: datetime | None


Row = (
    ProfileRow
    | RegimenRow
    | DoseRow
    | NoticeRow
    | AdviceRow
    | FindingRow
    | VisitRow
    | SurveyRow
    | GrantRow
    | StreamPlanRow
    | MessageRow
)


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows whose revision lies past the cursor, by kind."""

    profile: list[ProfileRow] = field(default_factory=list)
    regimens: list[RegimenRow] = field(default_factory=list)
    doses: list[DoseRow] = field(default_factory=list)
    notices: list[NoticeRow] = field(default_factory=list)
    advice: list[AdviceRow] = field(default_factory=list)
    findings: list[FindingRow] = field(default_factory=list)
    visits: list[VisitRow] = field(default_factory=list)
    surveys: list[SurveyRow] = field(default_factory=list)
    grants: list[GrantRow] = field(default_factory=list)
    plans: list[StreamPlanRow] = field(default_factory=list)
    messages: list[MessageRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SyncReply:
    """The answer to one sync round; `more` asks for another call.

    `glucose_model` comes to a phone that asked and has another one (backend/wire/glucose_ahead.py).
    """

    server_time: datetime
    cursor: str
    more: bool
    results: list[ItemResult]
    changes: Changes
    glucose_model: dict[str, Any] | None = None


# --- messages -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageAsked:
    """A message to be written over HTTP; the same `id` writes once."""

    text: str
    thread: UUID | None = None
    subject: str = ""
    id: UUID | None = None


# --- visits -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VisitAsked:
    """A visit to be requested (by the patient) or booked (by the desk); the same `id` asks once."""

    starts_at: datetime
    minutes: int = 20
    reason: str = ""
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class VisitQuestions:
    """What the patient wants to ask at the visit."""

    questions: str


@dataclass(frozen=True, slots=True)
class RoomLink:
    """A link into a visit's room: for the person who asked, once, until it expires."""

    url: str
    expires_at: datetime


# --- the record as a whole ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EraseAsked:
    """The patient wants all that is known of her deleted, for good; `sure` must be true."""

    sure: bool


# --- streams: plans and reads -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamPlanAsked:
    """The whole plan of one kind, as it shall be from now on."""

    sources: list[str] = field(default_factory=list)
    every_s: int | None = None
    tell_team: bool = False
    target_low: float | None = None
    target_high: float | None = None


@dataclass(frozen=True, slots=True)
class RawColumns:
    """Samples of one kind as columns; instants are `start` + `offsets_ms`, in order."""

    kind: str
    unit: str
    start: datetime | None
    offsets_ms: list[int]
    values: list[float]


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A local day (or the hour that `date` names); `sum` is None where it means nothing.

    `coverage` is the share of it, from 0 to 1, that samples stand for; `source` the one that counts
    on the day, and empty for an hour.
    """

    date: date | datetime
    count: int
    mean: float
    min: float
    max: float
    sum: float | None
    coverage: float
    source: str = ""
