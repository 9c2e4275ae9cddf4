""" "1", "2" and "3": what they say of the doses that the patient was last texted about."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from backend.accounts.actors import Actor
from backend.core.problems import Invalid
from backend.patients.access import Category, Deed, open_chart
from backend.patients.models import Patient
from backend.regimens.answers import record_dose_events
from backend.regimens.models import Dose
from backend.regimens.telling import ring_again
from backend.regimens.texted import last_texted
from backend.sms import replies
from backend.sms.vocabulary import Intent
from backend.wire.language import language_of
from backend.wire.messages import DoseEvent

TOO_OLD = timedelta(hours=24)
# An event's id follows from the text's and the dose's, so it tells that it came by text.
BY_TEXT = UUID("6f0d7a52-5b0e-5c59-9d0a-0d4b6c1c7a11")
STATUSES = {Intent.TAKEN: "taken", Intent.SKIP: "skipped", Intent.LATER: "snoozed"}


def answer_doses(
    actor: Actor, patient: Patient, intent: Intent, *, sid: str, now: datetime
) -> str | None:
    """Record it for every dose of that moment; the reply, or None where nothing is open."""
    said = language_of(patient.language)
    chart = open_chart(
        actor, patient.id, Category.MEDICINES, deed=Deed.CHANGE, subject="text message", now=now
    )
    doses = last_texted(chart, now=now)
    if not doses:
        return None
    if now - doses[0].due_at > TOO_OLD:
        return replies.too_old(said)
    events = [
        DoseEvent(event_id(sid, dose), now, dose.id, STATUSES[intent])  # type: ignore[arg-type]
        for dose in doses
    ]
    answers = record_dose_events(chart, events, now=now)
    noted = [dose for dose in answers if not isinstance(dose, Invalid)]
    if not noted:
        return replies.no_longer(said)
    if intent == Intent.LATER:
        ring_again(chart, noted)
        wait = min(dose.regimen.snooze_minutes for dose in noted)
        return replies.later(said, replies.clock(patient, now + timedelta(minutes=wait), now))
    words = replies.taken if intent == Intent.TAKEN else replies.skipped
    return words(said, len(noted), replies.clock(patient, doses[0].due_at, now))


def event_id(sid: str, dose: Dose) -> UUID:
    """The same text about the same dose is the same event, for ever."""
    return uuid5(BY_TEXT, f"{sid}:{dose.id}")
