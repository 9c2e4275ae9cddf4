"""The patients of the chaos run and what is due for them, laid into the tables at speed.

One in `reached_every` has no phone that rings by itself: her reminders go out over every gateway,
and each fourth of them, unanswered, to her caregiver too. The others end as a card in the app.
"""

import json
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from datetime import time as time_of_day
from threading import Event
from time import sleep
from time import time as clock
from uuid import UUID

import psycopg

from backend.accounts.models import Device, Role, User
from backend.core.models import bucket_of, new_id
from backend.notices.channels import Message
from backend.notices.claims import OVERLAP
from backend.patients.models import Grant, Member, Patient
from backend.wire.schedule import Slot
from bench.faults_doses import Course
from bench.faults_gateway import Told

GATEWAYS = ("east", "west")
STEP_EVERY = 4  # doses a caregiver's step
TEMPLATES = {"auto": "dose_due", "push": "dose_unanswered", "caregiver": "dose_caregiver"}
VALUES = json.dumps({"medicine": "Metformin", "dose": "500 mg", "instructions": ""})
COLUMNS = 'key, patient_id, bucket, due_at, template, "values", grace, channel'
COPY = f"COPY notices_occurrence ({COLUMNS}) FROM STDIN"
INSERT = f"""
INSERT INTO notices_occurrence ({COLUMNS})
VALUES (%s, %s, %s, clock_timestamp(), %s, %s, interval '12 hours', %s)
"""  # noqa: S608 - our own words
NEVER_QUIET = {"quiet_from": time(), "quiet_until": time()}  # a step would rightly wait
HELD = 0.7  # of the writers' transactions
MOST_HELD_S = 12.0  # the database ends a transaction that idles for fifteen seconds
PASSED = "SELECT watermark > %s + %s FROM notices_pumpbucket WHERE bucket = %s"
SAID_AT_ONCE = 20
MIDNIGHT = time_of_day()


@dataclass(frozen=True, slots=True)
class Person:
    """A patient; with `caregiver` she is reached beyond the app."""

    id: UUID
    caregiver: UUID | None


def admit(zones: Sequence[str], *, reached_every: int) -> list[Person]:
    """One patient a zone in the list, in six statements."""
    people = [Person(new_id(), None if n % reached_every else new_id()) for n in range(len(zones))]
    now, year = datetime.now(UTC), timedelta(days=365)
    users = [User(id=new_id(), username=f"faults-{p.id}", name="Faults") for p in people]
    carers = [
        User(id=p.caregiver, username=f"faults-{p.caregiver}", name="Carer", role=Role.CAREGIVER)
        for p in people
        if p.caregiver
    ]
    User.objects.bulk_create([*users, *carers])
    Patient.objects.bulk_create(
        Patient(
            id=p.id,
            user=user,
            bucket=bucket_of(p.id),
            name="Faults",
            zone=zone,
            quiet_from=MIDNIGHT,
            quiet_until=MIDNIGHT,  # never: what is not urgent waits for the end of quiet hours
        )
        for p, user, zone in zip(people, users, zones, strict=True)
    )
    Device.objects.bulk_create(
        Device(
            user=user,
            name="Phone",
            platform="faults",
            token_hash=user.id.bytes,
            created_at=now,
            last_seen_at=now,
            armed_until=None if p.caregiver else now + year,
        )
        for p, user in zip(people, users, strict=True)
    )
    reached = [(p.id, p.caregiver) for p in people if p.caregiver]
    Member.objects.bulk_create(
        Member(patient_id=id_, user_id=carer, role=Role.CAREGIVER, starts_at=now - year)
        for id_, carer in reached
    )
    Grant.objects.bulk_create(
        Grant(
            patient_id=id_,
            bucket=bucket_of(id_),
            revision=0,
            recipient=str(carer),
            categories=["medicines"],
            purpose="FAMRQT",
            starts_at=now - year,
        )
        for id_, carer in reached
    )
    return people


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that must be told: of whom, when, how far."""

    key: str
    person: Person
    at: float
    reach: str = "auto"

    @property
    def has_card(self) -> bool:
        """Whether it shows in the app; a step of an escalation does not."""
        return self.reach == "auto"

    def told(self) -> Iterator[Told]:
        """Every message that it stands for."""
        if self.person.caregiver is not None:
            whom = self.person.caregiver if self.reach == "caregiver" else self.person.id
            message = Message(self.key, whom, "")
            for gateway in GATEWAYS:
                yield gateway, whom, message.collapse_id


def laid_out(
    expanded: Sequence[tuple[Course, list[Slot]]],
    people: Sequence[Person],
    *,
    start: float,
    window_s: float,
) -> list[Due]:
    """All doses in the order of their true moments, pressed into the window; each course is a
    patient's.
    """
    every = [slot.due_at for _, slots in expanded for slot in slots]
    first, last = min(every), max(every)
    shrink = window_s / (last - first).total_seconds()
    found = []
    for (_, slots), person in zip(expanded, people, strict=True):
        for n, slot in enumerate(slots):
            at = start + (slot.due_at - first).total_seconds() * shrink
            found.append(Due(slot.key, person, at))
            if person.caregiver is not None and n % STEP_EVERY == 0:
                found.append(Due(f"{slot.key}:caregiver", person, at, "caregiver"))
    return found


def lay(db: psycopg.Connection, dues: Sequence[Due]) -> None:
    """Into the table, by COPY."""
    grace = timedelta(hours=12)
    with db.cursor() as cursor, cursor.copy(COPY) as copy:
        for due in dues:
            id_, at = due.person.id, datetime.fromtimestamp(due.at, UTC)
            said = (at, TEMPLATES[due.reach], VALUES, grace, due.reach)
            copy.write_row((due.key, id_, bucket_of(id_), *said))


@dataclass
class LateWriter:
    """Leaves things due at once, often in a transaction held open until the pumps have passed them
    by. `tried` is what it left by key, `acknowledged` when that was surely committed.
    """

    url: str
    name: str
    people: Sequence[Person]
    tried: dict[str, Due] = field(default_factory=dict)
    acknowledged: dict[str, float] = field(default_factory=dict)

    def __call__(self, stopping: Event) -> None:
        """Until told to stop."""
        dice = random.Random(self.name)
        while not stopping.is_set():
            try:
                with (
                    psycopg.connect(self.url, connect_timeout=5) as held,
                    psycopg.connect(self.url, connect_timeout=5) as prompt,
                ):
                    while not stopping.is_set():
                        person = dice.choice(self.people)
                        said = self._say(held, person, SAID_AT_ONCE)
                        if dice.random() < HELD:
                            self._wait_until_passed(prompt, person, stopping)
                        self._commit(held, said)
            except psycopg.OperationalError:
                sleep(0.2)

    def _say(self, db: psycopg.Connection, person: Person, count: int) -> list[str]:
        """All for one person: in one bucket."""
        keys = []
        for n in range(count):
            reach = "push" if person.caregiver and n % 2 else "auto"
            due = Due(f"late:{self.name}:{len(self.tried)}", person, 0, reach)
            self.tried[due.key] = due
            row = [due.key, person.id, bucket_of(person.id), TEMPLATES[reach], VALUES, reach]
            db.execute(INSERT, row)
            keys.append(due.key)
        return keys

    def _commit(self, db: psycopg.Connection, keys: Sequence[str]) -> None:
        db.commit()
        self.acknowledged |= dict.fromkeys(keys, clock())

    def _wait_until_passed(self, db: psycopg.Connection, person: Person, stopping: Event) -> None:
        """What comes promptly into the bucket meanwhile draws its watermark on."""
        began = clock()
        mark = db.execute("SELECT clock_timestamp()").fetchone()
        is_passed: tuple[bool] | None = None
        while is_passed != (True,) and clock() - began < MOST_HELD_S:
            self._commit(db, self._say(db, person, 1))
            sleep(0.5)
            is_passed = db.execute(
                PASSED, [*(mark or ()), OVERLAP, bucket_of(person.id)]
            ).fetchone()
            db.commit()

    def dues(self, standing: Collection[str]) -> Iterator[Due]:
        """What stands in the table of it, and what was acknowledged whether it stands or not."""
        for key, due in self.tried.items():
            if key in standing or key in self.acknowledged:
                yield replace(due, at=self.acknowledged.get(key, clock()))
