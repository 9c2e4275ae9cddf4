"""Prescribing: a preview first; what was previewed is what is saved; the past stays."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from backend.ledger.models import Entry
from backend.patients.access import Category
from backend.regimens.actions import Plan, Timing, prescribe
from backend.regimens.models import Dose, Regimen, Stay
from tests.desk.conftest import SignIn
from tests.people import Cast, chart

SEEN = re.compile(rb'name="seen" value="([0-9a-f]+)"')
TOMORROW = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
TYPED = {
    "medicine": "Metformin",
    "dose": "500 mg",
    "instructions": "With food",
    "pattern": "daily",
    "times": "8:00, 20:00",
    "every": "1",
    "starts": TOMORROW,
    "zone_mode": "floating",
}


@pytest.fixture
def address(cast: Cast) -> str:
    return f"/admin/patients/{cast.amina.id}/prescribe/"


def preview(client: Client, address: str, typed: dict[str, object]):  # type: ignore[no-untyped-def]
    return client.post(address, typed | {"step": "preview"})


def seen_in(content: bytes) -> str:
    found = SEEN.search(content)
    assert found
    return found[1].decode()


def test_preview_reads_as_a_sentence_and_saves_nothing(
    cast: Cast, sign_in: SignIn, address: str
) -> None:
    shown = preview(sign_in(cast.bo), address, TYPED)
    assert shown.status_code == 200
    assert b"Every day at 08:00 and 20:00" in shown.content
    first = datetime.fromisoformat(TOMORROW)
    assert f"{first:%a} {first.day} {first:%b}, 08:00".encode() in shown.content
    assert not Regimen.objects.exists()
    assert Entry.objects.latest("id").deed == "read"


def test_what_was_previewed_is_saved(cast: Cast, sign_in: SignIn, address: str) -> None:
    client = sign_in(cast.bo)
    seen = seen_in(preview(client, address, TYPED).content)
    answer = client.post(address, TYPED | {"step": "save", "seen": seen})
    assert (answer.status_code, answer.url) == (
        302,
        f"/admin/patients/{cast.amina.id}/#medicines",
    )
    made = Regimen.objects.get()
    assert (made.medicine, made.dose, made.instructions) == ("Metformin", "500 mg", "With food")
    assert made.schedules.get().times == ["08:00", "20:00"]
    entry = Entry.objects.filter(subject="prescribe").latest("id")
    assert (entry.deed, entry.categories) == ("change", ["medicines"])
    assert (
        b"Every day at 08:00 and 20:00" in client.get(f"/admin/patients/{cast.amina.id}/").content
    )


def test_what_was_not_previewed_is_shown_once_more(
    cast: Cast, sign_in: SignIn, address: str
) -> None:
    client = sign_in(cast.bo)
    seen = seen_in(preview(client, address, TYPED).content)
    changed = TYPED | {"dose": "5000 mg", "step": "save", "seen": seen}
    answer = client.post(address, changed)
    assert answer.status_code == 200
    assert b"look once more" in answer.content
    assert seen_in(answer.content) != seen
    assert client.post(address, TYPED | {"step": "save"}).status_code == 200
    assert not Regimen.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"every": "2"}, "Every 2 days at 08:00 and 20:00"),
        ({"pattern": "weekly", "weekdays": ["MO", "FR"]}, "Every Monday and Friday at"),
        ({"pattern": "monthly", "month_day": "-1", "times": "9:30"}, "on the last day at 09:30"),
        ({"pattern": "hours", "every": "8", "times": "06:00"}, "Every 8 hours"),
        (
            {"pattern": "cycle", "days_on": "21", "days_off": "7", "times": "22:00"},
            "Every day at 22:00, for 21 days, then 7 days without",
        ),
        (
            {"pattern": "needed", "most_a_day": "4", "gap_hours": "4.5", "times": ""},
            "Only when needed, at most 4 times a day, at least 4 hours and 30 minutes apart",
        ),
        (
            {"meals": ["supper", "breakfast"], "times": ""},
            "Every day with breakfast (08:00) and with supper (18:30)",
        ),
        ({"taper": "2020-01-01 40 mg\n2030-01-08: 20 mg"}, "40 mg to 7 January 2030, then 20 mg"),
    ],
)
def test_patterns(
    cast: Cast, sign_in: SignIn, address: str, typed: dict[str, object], sentence: str
) -> None:
    shown = preview(sign_in(cast.bo), address, TYPED | typed)
    assert sentence in shown.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"medicine": ""}, "required"),
        ({"times": "25:00"}, "Write times like"),
        ({"times": "noon"}, "Write times like"),
        ({"times": ""}, "what time of day"),
        ({"pattern": "weekly"}, "at least one day"),
        ({"pattern": "monthly"}, "which day"),
        ({"pattern": "hours", "times": "8:00 9:00"}, "one first time"),
        ({"pattern": "cycle", "days_on": "21"}, "how many days off"),
        ({"pattern": "needed", "times": ""}, "how many at most"),
        ({"taper": "soon 20 mg"}, "Begin each line with a date"),
        ({"taper": "2026-12-08 20 mg\n2026-12-01 10 mg"}, "begins after the one before"),
        ({"gap_hours": "13"}, "closer together than this gap"),
        ({"push_after": "30", "sms_after": "20"}, "comes after the one before"),
        ({"most_snoozes": "21"}, "20"),
        ({"ends": "2020-01-01"}, "end"),
        ({"every": "367"}, "366"),
        ({"pattern": "keep"}, "valid choice"),
        ({"starts": "1999-01-01"}, ""),
        ({"medicine": "x\0"}, "Null"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    cast: Cast, sign_in: SignIn, address: str, typed: dict[str, object], said: str
) -> None:
    shown = preview(sign_in(cast.bo), address, TYPED | typed)
    assert shown.status_code in ((400,) if said else (200, 400))
    assert said in shown.content.decode()
    assert not Regimen.objects.exists()


def prescribed(cast: Cast, now: datetime) -> Regimen:
    return prescribe(
        chart(cast.bo, cast.amina, Category.MEDICINES, change=True, now=now),
        medicine="Ramipril",
        dose="5 mg",
        timing=Timing(times=("08:00",), starts_local=f"{now - timedelta(days=5):%Y-%m-%d}T00:00"),
        now=now,
    )


def test_a_change_reaches_the_future_only(cast: Cast, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    regimen = prescribed(cast, now)
    past = list(Dose.objects.filter(due_at__lt=now).order_by("key").values_list("key", "status"))
    assert past
    address = f"/admin/patients/{cast.amina.id}/regimens/{regimen.id}/"
    client = sign_in(cast.bo)
    assert b"Keep the schedule" in client.get(address).content
    typed = TYPED | {"medicine": "Ramipril", "dose": "10 mg"}
    seen = seen_in(preview(client, address, typed).content)
    assert client.post(address, typed | {"step": "save", "seen": seen}).status_code == 302
    regimen.refresh_from_db()
    assert regimen.dose == "10 mg"
    assert regimen.schedules.count() == 2
    kept = Dose.objects.filter(due_at__lt=now).order_by("key").values_list("key", "status")
    assert list(kept) == past


def test_a_dose_changes_while_the_schedule_stays(cast: Cast, sign_in: SignIn) -> None:
    regimen = prescribed(cast, datetime.now(UTC))
    address = f"/admin/patients/{cast.amina.id}/regimens/{regimen.id}/"
    client = sign_in(cast.bo)
    typed = TYPED | {"medicine": "Ramipril", "dose": "2.5 mg", "pattern": "keep"}
    seen = seen_in(preview(client, address, typed).content)
    assert client.post(address, typed | {"step": "save", "seen": seen}).status_code == 302
    regimen.refresh_from_db()
    assert (regimen.dose, regimen.schedules.count()) == ("2.5 mg", 1)


def test_a_regimen_opens_under_its_own_patient_only(cast: Cast, sign_in: SignIn) -> None:
    regimen = prescribed(cast, datetime.now(UTC))
    client = sign_in(cast.other_clinician)
    own = f"/admin/patients/{cast.stranger.id}"
    assert client.get(f"{own}/regimens/{regimen.id}/").status_code == 404
    stop = client.post(f"{own}/do/stop-regimen/", {"id": str(regimen.id)})
    assert stop.status_code == 404
    regimen.refresh_from_db()
    assert regimen.active


def test_stopping(cast: Cast, sign_in: SignIn) -> None:
    regimen = prescribed(cast, datetime.now(UTC))
    client = sign_in(cast.bo)
    stop = f"/admin/patients/{cast.amina.id}/do/stop-regimen/"
    assert client.post(stop, {"id": str(regimen.id)}).status_code == 302
    regimen.refresh_from_db()
    assert not regimen.active
    again = client.post(stop, {"id": str(regimen.id)}, follow=True)
    assert b"was stopped" in again.content
    assert b"Stopped (1)" in again.content


def test_limits_and_steps_are_kept_and_shown_again(
    cast: Cast, sign_in: SignIn, address: str
) -> None:
    client = sign_in(cast.bo)
    limits = {
        "early_minutes": "60", "snooze_minutes": "30", "most_snoozes": "2", "critical": "on",
        "push_after": "10", "team_after": "90", "supply_doses": "28", "refill_days": "5",
        "gap_hours": "6",
    }  # fmt: skip
    seen = seen_in(preview(client, address, TYPED | limits).content)
    client.post(address, TYPED | limits | {"step": "save", "seen": seen})
    made = Regimen.objects.get()
    assert (made.early_minutes, made.snooze_minutes, made.most_snoozes) == (60, 30, 2)
    assert (made.critical, made.escalation) == (True, {"push": 10, "team": 90})
    assert (made.supply_doses, made.refill_days, made.min_gap_minutes) == (28, 5, 360)
    change = client.get(f"/admin/patients/{cast.amina.id}/regimens/{made.id}/")
    for name, value in limits.items():
        if value != "on":
            assert re.search(f'name="{name}" value="{value}"', change.content.decode()), name
    page = client.get(f"/admin/patients/{cast.amina.id}/").content.decode()
    assert "<b>Critical.</b> Supply until" in page


def test_meal_times_are_set_and_refused_by_field(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.bo)
    address = f"/admin/patients/{cast.amina.id}/meals/"
    assert b'value="12:30"' in client.get(address).content
    clock = {"breakfast": "07:00", "lunch": "12:00", "supper": "19:00", "bedtime": "23:00"}
    assert client.post(address, clock | {"lunch": "06:00"}).status_code == 400
    assert client.post(address, clock).status_code == 302
    assert b'value="19:00"' in client.get(address).content


def test_a_stay_is_noted_and_ended_by_buttons(cast: Cast, sign_in: SignIn) -> None:
    prescribed(cast, datetime.now(UTC))
    client, page = sign_in(cast.bo), f"/admin/patients/{cast.amina.id}"
    starts = {"starts": f"{datetime.now(UTC):%Y-%m-%dT%H:%M}", "reason": "Surgery"}
    noted = client.post(f"{page}/do/begin-stay/", starts, follow=True).content.decode()
    assert "The stay is noted" in noted
    assert "until back: Surgery" in noted
    assert not Dose.objects.filter(status="due", due_at__gt=datetime.now(UTC)).exists()
    again = client.post(f"{page}/do/begin-stay/", starts, follow=True)
    assert b"Another stay" in again.content
    stay = Stay.objects.get()
    back = {"id": str(stay.id), "ends": f"{datetime.now(UTC) + timedelta(hours=3):%Y-%m-%dT%H:%M}"}
    assert b"due again" in client.post(f"{page}/do/end-stay/", back, follow=True).content
    assert Dose.objects.filter(status="due", due_at__gt=datetime.now(UTC)).exists()


def test_a_taking_is_noted_within_the_limits(cast: Cast, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    regimen = prescribe(
        chart(cast.bo, cast.amina, Category.MEDICINES, change=True, now=now),
        medicine="Paracetamol",
        dose="500 mg",
        timing=Timing(mode="as_needed"),
        plan=Plan(most_a_day=1),
        now=now,
    )
    client, page = sign_in(cast.bo), f"/admin/patients/{cast.amina.id}"
    assert b"Note as taken" in client.get(f"{page}/").content
    typed = {"id": str(regimen.id), "at": f"{now:%Y-%m-%dT%H:%M}"}
    first = client.post(f"{page}/do/note-taking/", typed, follow=True)
    assert b"Paracetamol is noted as taken" in first.content
    second = client.post(f"{page}/do/note-taking/", typed, follow=True)
    assert b"At most 1 in 24 hours" in second.content
    assert Dose.objects.count() == 1
