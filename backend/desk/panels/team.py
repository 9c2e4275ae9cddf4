"""Who cares for the patient, what she consented to, and her phones."""

from dataclasses import dataclass
from typing import Any

from backend.accounts.models import Role
from backend.desk.forms import GrantForm, JoinForm
from backend.desk.opening import Opened
from backend.desk.panels.base import Asked
from backend.desk.texting import NumberForm
from backend.notices.channels import texts_are_on
from backend.patients import queries
from backend.patients.access import Category
from backend.patients.models import Grant
from backend.sms import queries as sms
from backend.wire.language import LANGUAGES, language_of
from backend.wire.messages import GrantRow

MOST_GRANTS = 200


@dataclass(frozen=True, slots=True)
class ShownGrant:
    """A consent with its recipient in words."""

    row: GrantRow
    recipient: str
    holds: bool


def read(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The team now, and the consents, those in force first."""
    chart = opened.chart(Category.PROFILE)
    team = queries.team(chart, now=asked.now)
    names = {str(member.user_id): member.user.name for member in team}
    names[Grant.CARE_TEAM] = "The care team"
    grants = [
        ShownGrant(
            row,
            names.get(row.recipient, "A former member"),
            row.starts_at <= asked.now and (row.ends_at is None or asked.now < row.ends_at),
        )
        for row in queries.grants_changed_since(chart, after=0, limit=MOST_GRANTS)
    ]
    grants.sort(key=lambda grant: not grant.holds)
    caregivers = [member.user for member in team if member.role == Role.CAREGIVER]
    return {
        "team": team,
        "grants": grants,
        "join_form": JoinForm(),
        "grant_form": GrantForm() if caregivers else None,
        "caregivers": caregivers,
    }


def read_devices(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The patient's phones, and where she is texted."""
    chart = opened.chart(Category.PROFILE)
    return {
        "devices": queries.devices(chart),
        "mobile": sms.mobile_of(chart),
        "texts_are_on": texts_are_on(),
        "number_form": NumberForm(),
        "text_language": LANGUAGES[language_of(chart.patient.language).code],
    }
