"""What is told of a dose, and the steps that follow while nobody answers.

The dose's own notice stands under the dose's key; each step of the escalation under that key and
its own name: rows like any other, moved, taken back and settled with the dose.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from backend.notices import actions as notices
from backend.notices.actions import Saying
from backend.notices.models import Channel
from backend.patients.access import Chart
from backend.patients.models import Patient
from backend.patients.quiet import after_quiet
from backend.regimens.models import Dose, DoseEventRow, Regimen

TEMPLATES = {
    "push": "dose_unanswered",
    "sms": "dose_unanswered",
    "caregiver": "dose_caregiver",
    "team": "dose_team",
}


def step_key(dose: Dose, step: str) -> str:
    """The name of one step of one dose, for ever."""
    return f"{dose.key}:{step}"


def sayings(dose: Dose, regimen: Regimen, patient: Patient) -> list[Saying]:
    """The reminder and its steps, each at its moment."""
    values = {
        "medicine": regimen.medicine,
        "dose": dose.amount or regimen.dose,
        "instructions": regimen.instructions,
    }
    found = [Saying(dose.key, dose.due_at, "dose_due", values, regimen.grace, urgent=True)]
    for step, delay in regimen.escalation.items():
        at = step_due(dose.due_at, regimen, patient, step)
        grace = max(regimen.grace, timedelta(minutes=delay))
        key, urgent = step_key(dose, step), regimen.critical
        found.append(Saying(key, at, TEMPLATES[step], values, grace, step, urgent))
    return found


def step_due(start: datetime, regimen: Regimen, patient: Patient, step: str) -> datetime:
    """When a step is climbed: after its delay, and after the quiet hours unless it is critical.

    The worklist makes no noise: it is never quiet there.
    """
    at = start + timedelta(minutes=regimen.escalation[step])
    if regimen.critical or step == Channel.TEAM:
        return at
    return after_quiet(patient, at)


def tell(chart: Chart, pairs: Iterable[tuple[Dose, Regimen]]) -> None:
    """Leave everything that is to be said of these doses; again, it changes nothing."""
    notices.announce_all(
        chart, [one for dose, regimen in pairs for one in sayings(dose, regimen, chart.patient)]
    )


def retell(
    chart: Chart, doses: Iterable[Dose], regimen: Regimen, *, dropped: Iterable[str] = ()
) -> None:
    """Words, grace and steps of what nobody has said yet are now these; `dropped` steps are not."""
    said = [(dose, sayings(dose, regimen, chart.patient)) for dose in doses]
    wanted = [one for _, each in said for one in each]
    kept = {one.key for one in wanted}
    notices.resume(chart, *kept)
    notices.announce_all(chart, wanted)
    notices.restate_all(chart, wanted)
    notices.move_all(chart, {one.key: one.due_at for one in wanted if one.channel != Channel.AUTO})
    gone = list(dropped)
    notices.settle(chart, *(step_key(dose, step) for dose, _ in said for step in gone))


def shift(chart: Chart, doses: Iterable[Dose]) -> None:
    """The doses are due at another moment: so is all that follows them."""
    moved = [one for dose in doses for one in sayings(dose, dose.regimen, chart.patient)]
    notices.move_all(chart, {one.key: one.due_at for one in moved})


def keep_quiet(chart: Chart, doses: Iterable[Dose]) -> None:
    """The steps of doses to come lie where the patient's quiet hours, as they are now, let them."""
    moves = {}
    for dose in doses:
        for step in dose.regimen.escalation:
            if dose.status != Dose.Status.SNOOZED:
                at = step_due(dose.due_at, dose.regimen, chart.patient, step)
                moves[step_key(dose, step)] = at
    notices.move_all(chart, moves)


def put_off(chart: Chart, doses: Iterable[Dose]) -> None:
    """ "Later" is an answer: the steps not yet climbed wait as long after the next ring."""
    moves = {}
    for dose in doses:
        if dose.status_at is not None:
            regimen, again = dose.regimen, timedelta(minutes=dose.regimen.snooze_minutes)
            start = max(dose.due_at, dose.status_at + again)
            for step in regimen.escalation:
                at = step_due(start, regimen, chart.patient, step)
                moves[step_key(dose, step)] = at
    notices.move_all(chart, moves)


def ring_again(chart: Chart, doses: Iterable[Dose]) -> None:
    """ "Later" by text message: no phone rings again by itself, so another text is left.

    She asked for it: it comes in quiet hours too.
    """
    listed = list(doses)
    counts = _times_put_off(listed)
    again = []
    for dose in listed:
        if dose.status_at is None:
            continue
        regimen = dose.regimen
        at = max(dose.due_at, dose.status_at + timedelta(minutes=regimen.snooze_minutes))
        key = again_key(dose, counts[dose.id])
        values = {"medicine": regimen.medicine}
        again.append(Saying(key, at, "dose_again", values, regimen.grace, Channel.SMS, urgent=True))
    notices.announce_all(chart, again)


def again_key(dose: Dose, times: int) -> str:
    """The name of the text that follows on being put off so many times."""
    return f"{dose.key}:again{times}"


def _times_put_off(doses: Collection[Dose]) -> Counter[UUID]:
    found = DoseEventRow.objects.filter(dose__in=doses, status=Dose.Status.SNOOZED)
    return Counter(found.values_list("dose_id", flat=True))


def hush(chart: Chart, doses: Iterable[Dose]) -> None:
    """Nothing more is said of these doses."""
    listed = list(doses)
    again = _times_put_off(listed) if listed else Counter[UUID]()
    keys = []
    for dose in listed:
        keys += [dose.key, *(step_key(dose, step) for step in dose.regimen.escalation)]
        keys += [again_key(dose, times) for times in range(1, again[dose.id] + 1)]
    notices.settle(chart, *keys)
