"""What a risk needs, told through the real door."""

from datetime import datetime

from django.db import transaction

from backend.insights.risk_entry import BY_TEAM, tell
from backend.patients.models import Patient
from tests.insights.measured import TODAY, refresh
from tests.people import NOW, Person, chart

# The published example of PREVENT, but for her weight: a woman of 50 with diabetes, treated.
MEASURED = {
    "systolic": (160.0, "mm[Hg]"),
    "total_cholesterol": (200.0, "mg/dL"),
    "hdl_cholesterol": (45.0, "mg/dL"),
    "egfr": (90.0, "mL/min/{1.73_m2}"),
    "body_weight": (96.0, "kg"),
    "body_height": (166.0, "cm"),
    "waist": (94.0, "cm"),
}
ANSWERS = {
    "heart_disease": "no",
    "smoking": "no",
    "diabetes": "yes",
    "bp_medicine": "now",
    "statin": "no",
    "high_glucose": "no",
    "relatives": "close",
    "active": "no",
    "greens": "yes",
}


def be(who: Person, *, born: str = "1976-05-01", sex: str = "female") -> None:
    Patient.objects.filter(pk=who.id).update(birth_date=born, sex=sex)


def told(who: Person, answers=ANSWERS, measured=MEASURED, now: datetime = NOW):
    """Tell it, merge, refresh; the findings that stand."""
    with transaction.atomic():
        tell(
            chart(who, who, change=True, now=now),
            answers=answers,
            measured=measured,
            day=TODAY,
            source=BY_TEAM,
            now=now,
        )
    return refresh(who, now=now)
