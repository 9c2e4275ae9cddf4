"""A text that came in, from number to reply. Taken once, whatever the gateway repeats."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.accounts.actors import Actor, actor_of
from backend.accounts.mobiles import answer_from, mobile_at, stop_texts
from backend.accounts.models import Mobile, Role
from backend.core.problems import Throttled
from backend.patients.access import Category, Chart, Deed, open_chart
from backend.patients.models import Member, Patient
from backend.patients.revisions import hold_patient
from backend.sms import replies
from backend.sms.doses import answer_doses
from backend.sms.grammar import plain, read
from backend.sms.models import Inbound
from backend.sms.surveying import (
    answer_choice,
    ask_again,
    letter_meant,
    open_question,
    options_once,
)
from backend.sms.vocabulary import Intent
from backend.wire.language import Language, language_of

MOST_AN_HOUR = 60
MOST_HINTS_A_DAY = 3  # an answering machine must not be answered for ever
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOSES = frozenset({Intent.TAKEN, Intent.SKIP, Intent.LATER})
AGREES = frozenset({Intent.YES, Intent.START})


@dataclass(frozen=True, slots=True)
class Text:
    """One text as the gateway hands it over; `sid` is the gateway's id of it."""

    sid: str
    number: str
    body: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose number it is: a patient, or somebody who cares for one."""

    mobile: Mobile
    actor: Actor
    patient: Patient | None
    said: Language

    def chart(self, *, now: datetime) -> Chart | None:
        """Her own chart, opened because she turns texts on or off; a caregiver has none."""
        if self.patient is None:
            return None
        return open_chart(
            self.actor,
            self.patient.id,
            Category.PROFILE,
            deed=Deed.CHANGE,
            subject="text message",
            now=now,
        )


def answer_text(text: Text, *, now: datetime) -> str:
    """Do what it says and return the reply; empty: none.

    Raises Throttled, except for STOP. A number that nobody here has learns nothing.
    """
    sender = _sender(text.number)
    before = Inbound.objects.filter(pk=text.sid).first()
    if before is not None:
        is_same = sender is not None and before.user_id == sender.mobile.user_id
        return before.answer if is_same else ""
    if sender is None:
        _keep(text, None, Intent.UNKNOWN, "", now)
        return ""
    intent = read(text.body, sender.said.code)
    since = Inbound.objects.filter(user=sender.mobile.user_id, received_at__gt=now - HOUR)
    if intent != Intent.STOP and since.count() >= MOST_AN_HOUR:
        raise Throttled()
    if intent == Intent.UNKNOWN and sender.patient is not None:
        letter = letter_meant(text.body, sender.patient)
        intent, text = (Intent.CHOICE, replace(text, body=letter)) if letter else (intent, text)
    reply = _reply(sender, text, intent, now)
    _keep(text, sender, intent, reply, now)
    return reply


def _sender(number: str) -> Sender | None:
    """Found, and held until commit: two copies of one text come one after the other."""
    mobile = mobile_at(number)
    if mobile is None or not mobile.user.is_active:
        return None
    patient = Patient.objects.filter(user_id=mobile.user_id).first()
    if patient is not None:
        hold_patient(patient.id)
    held = Mobile.objects.select_for_update(of=("self",)).filter(pk=mobile.pk, number=number)
    mobile = held.select_related("user").first()
    if mobile is None:
        return None
    of = patient or _cared_for(mobile)
    language = language_of(of.language if of else "")
    return Sender(mobile, actor_of(mobile.user), patient, language)


def _cared_for(mobile: Mobile) -> Patient | None:
    """A caregiver hears the language in which the notices about her patient are."""
    held = Member.objects.filter(user=mobile.user_id, role=Role.CAREGIVER, ends_at=None)
    first = held.select_related("patient").order_by("starts_at").first()
    return first.patient if first else None


def _keep(text: Text, sender: Sender | None, intent: Intent, reply: str, now: datetime) -> None:
    row = Inbound(
        sid=text.sid,
        user_id=sender.mobile.user_id if sender else None,
        bucket=sender.patient.bucket if sender and sender.patient else 0,
        understood=intent,
        answer=reply,
        received_at=now,
    )
    Inbound.objects.bulk_create([row], ignore_conflicts=sender is None)


def _reply(sender: Sender, text: Text, intent: Intent, now: datetime) -> str:
    mobile, said = sender.mobile, sender.said
    if intent == Intent.STOP or (mobile.is_asked and intent == Intent.NO):
        return _stop(sender, now)
    if intent == Intent.HELP:
        return replies.help_(said)
    if not mobile.takes_texts:
        return _agree(sender, text, intent, now)
    if intent in (Intent.START, Intent.YES):
        return replies.on(said)
    if sender.patient is None:
        return _hint(sender, now, replies.carer_only)
    return _answer(sender, sender.patient, text, intent, now)


def _stop(sender: Sender, now: datetime) -> str:
    sender.chart(now=now)
    stop_texts(sender.mobile, now=now)
    return replies.stopped(sender.said)


def _agree(sender: Sender, text: Text, intent: Intent, now: datetime) -> str:
    """YES, START or a first "1"; until then all else is asked again, after STOP not answered."""
    mobile, said = sender.mobile, sender.said
    was_stopped = mobile.stopped_at is not None
    if intent not in AGREES and (was_stopped or plain(text.body) != "1"):
        return "" if was_stopped else _hint(sender, now, replies.asked_to_agree)
    chart = sender.chart(now=now)
    answer_from(mobile, now=now)
    if chart is None:
        return replies.agreed_carer(said)
    ask_again(chart, now=now)
    return replies.on(said) if was_stopped else replies.agreed(said)


def _answer(sender: Sender, patient: Patient, text: Text, intent: Intent, now: datetime) -> str:
    if intent in DOSES:
        reply = answer_doses(sender.actor, patient, intent, sid=text.sid, now=now)
        if reply is not None:
            return reply
        if open_question(patient, now) is not None:
            return replies.choices(sender.said)
        return replies.nothing_open(sender.said)
    if intent == Intent.CHOICE:
        return answer_choice(sender.actor, patient, text.body, now=now)
    options = options_once(patient, now=now)
    return _hint(sender, now, replies.unknown) if options is None else options


def _hint(sender: Sender, now: datetime, words: Callable[[Language], str]) -> str:
    """To what is not understood; a few times a day."""
    misses = Inbound.objects.filter(
        user=sender.mobile.user_id,
        received_at__gt=now - DAY,
        understood__in=[Intent.UNKNOWN, Intent.NO],
    )
    return words(sender.said) if misses.count() < MOST_HINTS_A_DAY else ""
