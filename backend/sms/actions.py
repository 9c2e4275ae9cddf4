"""Numbers for texts, as the nurse writes them down. Nothing is sent but one question until YES."""

from datetime import datetime, timedelta
from uuid import UUID

from backend.accounts.mobiles import drop_mobile, set_mobile
from backend.accounts.models import Mobile, Role
from backend.core.problems import Conflict, NotFound
from backend.notices import actions as notices
from backend.notices.channels import texts_are_on
from backend.notices.models import Channel
from backend.notices.texts import ASK
from backend.patients.access import Category, Chart, Deed
from backend.patients.models import Member
from backend.patients.quiet import after_quiet
from backend.patients.revisions import hold_patient
from backend.sms.surveying import assign_survey, end_survey

__all__ = ["assign_survey", "drop_number", "end_survey", "enrol_carer", "enrol_number"]

A_DAY = timedelta(days=1)


def enrol_number(chart: Chart, number: str, *, now: datetime) -> Mobile:
    """The patient agreed to texts at this number; a first text asks her to say so from it.

    Raises Invalid, or Conflict where another has the number or this house sends no texts.
    """
    chart.need(Category.PROFILE, Deed.CHANGE)
    _need_gateway()
    hold_patient(chart.patient.id)
    mobile = set_mobile(chart.patient.user, number, now=now)
    notices.announce(
        chart,
        key=f"sms:ask:{chart.patient.id}:{now:%Y%m%dT%H%M%S.%f}",
        due_at=after_quiet(chart.patient, now),
        template=ASK,
        grace=A_DAY,
        channel=Channel.SMS,
    )
    return mobile


def enrol_carer(chart: Chart, user_id: UUID, number: str, *, now: datetime) -> Mobile:
    """A caregiver of hers agreed to be told at this number, and texts YES from it herself.

    Raises NotFound for somebody who does not care for this patient, Invalid or Conflict as above.
    """
    chart.need(Category.PROFILE, Deed.CHANGE)
    _need_gateway()
    held = Member.objects.filter(
        patient=chart.patient, user=user_id, role=Role.CAREGIVER, ends_at=None
    )
    member = held.select_related("user").first()
    if member is None:
        raise NotFound()
    return set_mobile(member.user, number, now=now)


def drop_number(chart: Chart) -> None:
    """The patient's number is forgotten, and with it the consent. Raises Conflict without one."""
    chart.need(Category.PROFILE, Deed.CHANGE)
    hold_patient(chart.patient.id)
    if not drop_mobile(chart.patient.user):
        raise Conflict("There is no number to remove.")


def _need_gateway() -> None:
    if not texts_are_on():
        raise Conflict("Text messages are not set up here: ask who runs this installation.")
