from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend.wire.messages import DoseEvent
from mobile.presenters.doses import dose_card, is_ready
from mobile.presenters.shapes import Tone
from mobile.store import outbox
from mobile.sync.doses import Due, doses_between
from mobile.words import load
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = house.schedule("Metformin", "08:00", "20:00")


def listed(start: datetime = START - DAY, end: datetime = START + DAY) -> list[dict]:
    return house.doses("Metformin", PLAN, start=start, end=end, zone="Europe/Berlin")


@pytest.fixture
def planned(phone: Phone) -> Phone:
    give(
        phone,
        profile=[house.profile()],
        regimens=[house.regimen("Metformin", "500 mg", PLAN)],
        doses=listed(),
    )
    return phone


def answer(phone: Phone, dose: UUID, status: str) -> UUID:
    now = phone.clock()
    event = DoseEvent(outbox.fresh_id(phone.db, now=now), now, dose, status)  # type: ignore[arg-type]
    outbox.add_event(phone.db, event, now=now)
    return event.id


def test_past_the_servers_last_row_the_phone_expands_by_itself(planned: Phone) -> None:
    found = doses_between(planned.db, START - DAY, START + 5 * DAY)
    whole = house.doses(
        "Metformin", PLAN, start=START - DAY, end=START + 5 * DAY, zone="Europe/Berlin"
    )
    assert [(str(d.id), d.key) for d in found] == [(row["id"], row["key"]) for row in whole]
    assert {d.medicine for d in found} == {"Metformin"}


def test_with_nothing_listed_the_schedule_alone_is_enough(phone: Phone) -> None:
    give(phone, profile=[house.profile()], regimens=[house.regimen("Metformin", "1", PLAN)])
    assert len(doses_between(phone.db, START, START + 3 * DAY)) == 6


def test_a_taper_and_a_stay_hold_past_what_the_server_listed(phone: Phone) -> None:
    steps = [{"from_day": f"{START + DAY:%Y-%m-%d}", "dose": "20 mg"}]
    away = {"starts_at": house.iso(START + 2 * DAY), "ends_at": house.iso(START + 3 * DAY)}
    forever = {"starts_at": house.iso(START + 5 * DAY), "ends_at": None}
    regimen = house.regimen("Prednisolone", "40 mg", PLAN, steps=steps, pauses=[away, forever])
    give(phone, profile=[house.profile()], regimens=[regimen])
    found = doses_between(phone.db, START, START + 9 * DAY)
    assert [(f"{d.due_at:%d %H}", d.dose) for d in found] == [
        ("23 19", "40 mg"), ("24 07", "20 mg"), ("24 19", "20 mg"), ("25 07", "20 mg"),
        ("26 19", "20 mg"), ("27 07", "20 mg"), ("27 19", "20 mg"), ("28 07", "20 mg"),
    ]  # fmt: skip


def test_the_servers_own_amount_counts_and_its_limits_are_known(phone: Phone) -> None:
    limits = {"snooze_minutes": 30, "early_minutes": 60, "most_snoozes": 2}
    rows = [row | {"amount": "850 mg"} for row in listed(START, START + DAY)]
    regimen = house.regimen("Metformin", "500 mg", PLAN, **limits)
    give(phone, profile=[house.profile()], regimens=[regimen], doses=rows)
    first, *_ = doses_between(phone.db, START, START + DAY)
    assert first.dose == "850 mg"
    assert (first.snooze, first.early, first.most_snoozes) == (
        timedelta(minutes=30), timedelta(hours=1), 2,
    )  # fmt: skip


def test_of_what_is_taken_as_needed_nothing_is_due(phone: Phone) -> None:
    plan = house.schedule("Paracetamol", mode="as_needed")
    give(phone, profile=[house.profile()], regimens=[house.regimen("Paracetamol", "1", plan)])
    assert doses_between(phone.db, START, START + 3 * DAY) == []


def test_a_stopped_regimen_and_an_unreadable_schedule_expand_to_nothing(phone: Phone) -> None:
    strange = house.regimen("Strange", "1", PLAN)
    strange["schedule"] = strange["schedule"] | {"rule": "FREQ=SECONDLY"}
    stopped = house.regimen("Metformin", "1", PLAN, active=False)
    give(phone, profile=[house.profile()], regimens=[stopped, strange])
    assert doses_between(phone.db, START, START + 3 * DAY) == []


def test_cancelled_doses_are_left_out(phone: Phone) -> None:
    rows = [row | {"status": "cancelled"} for row in listed()]
    give(
        phone,
        profile=[house.profile()],
        regimens=[house.regimen("Metformin", "1", PLAN, active=False)],
        doses=rows,
    )
    assert doses_between(phone.db, START - DAY, START + DAY) == []


def test_what_waits_lies_over_what_the_server_said(planned: Phone) -> None:
    first = doses_between(planned.db, START - DAY, START + DAY)[0]
    answer(planned, first.id, "skipped")
    last = answer(planned, first.id, "taken")
    shown = doses_between(planned.db, START - DAY, START + DAY)[0]
    assert (shown.status, shown.event, shown.sent) == ("taken", last, False)


def test_once_acknowledged_the_servers_word_counts(planned: Phone) -> None:
    first = doses_between(planned.db, START - DAY, START + DAY)[0]
    answer(planned, first.id, "taken")
    planned.db.execute("UPDATE item SET state = 'acknowledged'")
    row = listed()[0] | {"status": "skipped", "status_at": house.iso(START)}
    give(planned, doses=[row])
    shown = doses_between(planned.db, START - DAY, START + DAY)[0]
    assert (shown.status, shown.event) == ("skipped", None)


def due(status: str = "due", *, minutes: int = 0, status_at: datetime | None = None) -> Due:
    return Due(
        UUID(int=1), "rem:x", "Metformin", "500 mg", "With food.",
        START + timedelta(minutes=minutes), timedelta(hours=2), status, status_at,
    )  # fmt: skip


def card(dose: Due, *opened: str):
    return dose_card(dose, words=load("en"), zone=BERLIN, now=START, opened=frozenset(opened))


def labels(dose: Due, *opened: str) -> list[str]:
    return [choice.label for choice in card(dose, *opened).choices]


def test_a_dose_that_is_due_offers_take_skip_later() -> None:
    assert labels(due()) == ["Take", "Skip", "Later"]
    assert (card(due()).when, card(due()).tone) == ("Due at 10:00", Tone.DUE)


def test_last_nights_dose_names_its_day() -> None:
    last_night = replace(due(minutes=-13 * 60), grace=timedelta(hours=14))
    assert (card(last_night).when, card(last_night).tone) == ("Was due: Yesterday, 21:00", Tone.DUE)


def test_a_late_dose_is_asked_about_kindly_and_can_be_dated_back() -> None:
    late = due(minutes=-121)
    assert card(late).tone == Tone.LATE
    assert labels(late) == ["I took it at 07:59", "I took it just now", "Skip"]
    assert card(late).choices[0].deed.at == late.due_at
    said = card(late).when + card(late).body
    assert not any(word in said.lower() for word in ("missed", "forgot", "fail", "must"))


def test_a_dose_far_ahead_waits() -> None:
    assert labels(due(minutes=61)) == ["Take early"]
    assert is_ready(due(minutes=60), now=START)
    assert not is_ready(due(minutes=61), now=START)


def test_a_snoozed_dose_says_when_it_comes_back_and_then_it_is_due_again() -> None:
    snoozed = due("snoozed", status_at=START - timedelta(minutes=5))
    assert card(snoozed).when == "We will tell you again at 10:10"
    again = due("snoozed", status_at=START - timedelta(minutes=15))
    assert card(again).when == "Due at 10:00"


def test_an_answer_can_be_changed() -> None:
    taken = due("taken", status_at=START)
    assert labels(taken) == ["Change"]
    changing = card(taken, f"dose:{UUID(int=1)}")
    assert [c.deed.status for c in changing.choices] == ["skipped", ""]


def test_the_local_day_of_a_clock_change_has_each_dose_once(phone: Phone) -> None:
    """On 25 October 2026 the night in Berlin has 02:30 twice."""
    plan = house.schedule("Night", "02:30")
    give(phone, profile=[house.profile()], regimens=[house.regimen("Night", "1", plan)])
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    found = doses_between(phone.db, start, start + timedelta(hours=25))
    assert [d.due_at for d in found] == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_too_early_says_from_when_and_offers_no_taking(planned: Phone) -> None:
    early = replace(due("due", minutes=180), early=timedelta(hours=1))
    told = card(early)
    assert "taken" not in {choice.deed.status for choice in told.choices}
    assert told.small == "You can take it from 12:00 on."
    soon = card(replace(early, early=timedelta(hours=3)))
    assert "taken" in {choice.deed.status for choice in soon.choices}


def test_put_off_as_often_as_allowed_there_is_no_later(planned: Phone) -> None:
    first, *_ = doses_between(planned.db, START - DAY, START + DAY)
    for _ in range(2):
        answer(planned, first.id, "snoozed")
    (known, *_) = doses_between(planned.db, START - DAY, START + DAY)
    assert known.snoozes == 2
    waiting = replace(due("due", minutes=0), most_snoozes=2, snoozes=2)
    told = card(waiting)
    assert [choice.deed.status for choice in told.choices] == ["taken", "skipped"]
    assert told.small == "This one cannot wait any longer."
    assert len(card(replace(waiting, snoozes=1)).choices) == 3
