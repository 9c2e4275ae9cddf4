import json
import re
import string
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.wire.language import language_of
from mobile.device.preferences import Preferences, keep_preferences, load_preferences
from mobile.presenters import attention, enrolment, settings, today, trends, visits
from mobile.presenters.files import listing
from mobile.presenters.shapes import Card
from mobile.sources.csv_export import Unreadable
from mobile.store import bodies, outbox, sending
from mobile.store.outbox import Samples
from mobile.sync import deeds
from mobile.sync.deeds import Deed
from mobile.sync.enrol import EnrolTrouble
from mobile.sync.imports import Imported
from mobile.sync.worker import Status
from mobile.words import Words, load
from tests.guidance.reading import grade
from tests.mobile import house
from tests.mobile.phone import START, Phone
from tests.mobile.plan import give

WORDS = load("en")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


# --- Today ---------------------------------------------------------------------------------------


def shown(phone: Phone, *opened: str) -> today.TodayState:
    now = phone.clock()
    facts = today.read(phone.db, now=now)
    return today.present(facts, words=WORDS, now=now, opened=frozenset(opened))


def cards(state: today.TodayState, title: str) -> tuple[Card, ...]:
    return next((s.cards for s in state.sections if s.title == title), ())


@pytest.fixture
def planned(phone: Phone) -> Phone:
    plan = house.schedule("Metformin", "08:00", "10:30", "20:00")
    rows = house.doses(
        "Metformin", plan, start=START - 2 * DAY, end=START + DAY, zone="Europe/Berlin"
    )
    rows = [
        row | {"status": "taken", "status_at": row["due_at"]}
        if row["due_at"] < house.iso(START - timedelta(hours=6))
        else row
        for row in rows
    ]
    give(
        phone,
        profile=[house.profile()],
        regimens=[house.regimen("Metformin", "500 mg", plan)],
        doses=rows,
        advice=[house.advice("walk"), house.advice("old", state="withdrawn")],
        notices=[house.notice("lab", START - timedelta(hours=1))],
        visits=[house.visit("soon", START + timedelta(minutes=10))],
    )
    return phone


def test_today_stands_in_the_order_of_the_day(planned: Phone) -> None:
    state = shown(planned)
    assert state.greeting == "Good morning, Amina"
    assert state.day == "Monday 23 November · Made-up data"
    titles = [section.title for section in state.sections]
    assert titles == ["Now", "News for you", "Later today", "Ideas for you", "Your week"]
    whens = ["Due at 08:00", "Today, 10:10", "Due at 10:30"]
    assert [c.when for c in cards(state, "Now")] == whens
    assert [c.when for c in cards(state, "Later today")] == ["20:00"]


def test_before_the_first_answer_of_the_server_the_page_says_so(phone: Phone) -> None:
    assert "getting your plan" in shown(phone).empty
    give(phone, profile=[house.profile(name="", simulated=False)])
    assert shown(phone).empty == "Nothing is due today. Enjoy your day."
    assert shown(phone).greeting == "Good morning"


def test_an_answer_moves_the_card_to_done_at_once_and_undo_brings_it_back(planned: Phone) -> None:
    choice = cards(shown(planned), "Now")[0].choices[0]
    event = deeds.carry_out(planned.db, choice.deed, now=START)
    assert [c.when for c in cards(shown(planned), "Done")] == ["Taken: Today, 10:00"]
    assert outbox.undo_event(planned.db, event)
    assert cards(shown(planned), "Done") == ()


def test_a_dose_of_last_night_is_still_asked_about_after_midnight(planned: Phone) -> None:
    planned.clock.now = datetime(2026, 11, 24, 0, 30, tzinfo=BERLIN)
    assert cards(shown(planned), "Now")[0].when == "Was due: Yesterday, 20:00"


def test_advice_is_accepted_then_done_or_declined(planned: Phone) -> None:
    tag = f"advice:{house.id_of('walk')}"
    (card,) = cards(shown(planned), "Ideas for you")
    assert [c.label for c in card.choices] == ["I will try", "Not for me", "Why?"]
    assert card.small == ""
    (unfolded,) = cards(shown(planned, tag), "Ideas for you")
    assert unfolded.small.endswith("Source: ADA Standards of Care 2025")
    deeds.carry_out(planned.db, card.choices[0].deed, now=START)
    (card,) = cards(shown(planned), "Ideas for you")
    assert card.choices[0].label == "I did it"
    deeds.carry_out(planned.db, card.choices[0].deed, now=START)
    assert cards(shown(planned), "Ideas for you") == ()


def test_a_message_that_was_read_is_gone_one_that_was_only_shown_is_not(planned: Phone) -> None:
    (card,) = cards(shown(planned), "News for you")
    deeds.carry_out(planned.db, Deed("notice", house.id_of("lab"), "shown"), now=START)
    assert cards(shown(planned), "News for you") == (card,)
    deeds.carry_out(planned.db, card.choices[0].deed, now=START)
    assert cards(shown(planned), "News for you") == ()


# --- Visits --------------------------------------------------------------------------------------


def visit_cards(phone: Phone) -> list[Card]:
    state = visits.present(visits.read(phone.db), visits.Draft(), words=WORDS, now=phone.clock())
    return [card for section in state.sections for card in section.cards]


def test_a_visit_can_be_joined_from_a_quarter_of_an_hour_before(phone: Phone) -> None:
    give(phone, profile=[house.profile()], visits=[house.visit("v", START + 2 * DAY)])
    write = "Write down questions"
    assert [c.label for c in visit_cards(phone)[0].choices] == [write]
    phone.clock.now = START + 2 * DAY - timedelta(minutes=15)
    assert [c.label for c in visit_cards(phone)[0].choices] == ["Join now", write]
    assert "sound alone" in visit_cards(phone)[0].small
    phone.clock.now = START + 3 * DAY
    assert visit_cards(phone)[0].choices == ()
    assert "over" in visit_cards(phone)[0].small


def test_a_visit_asked_for_is_in_sight_before_it_is_sent_and_only_once_after(phone: Phone) -> None:
    give(phone, profile=[house.profile()])
    id_ = deeds.ask_for_visit(phone.db, starts_at=START + DAY, reason=" My knee ", now=START)
    (card,) = visit_cards(phone)
    assert (card.title, card.body) == ("Video visit with your team", "My knee")
    assert card.small == WORDS("visit_waiting")
    row = house.visit("x", START + DAY, id=str(id_), state="requested", with_whom="")
    give(phone, visits=[row])
    (card,) = visit_cards(phone)
    assert card.small.startswith(WORDS("visit_requested"))


def test_the_draft_stays_within_days_and_hours_and_means_local_time() -> None:
    draft = visits.Draft().moved(days=-5).moved(steps=-100)
    assert (draft.days, draft.minutes) == (1, 8 * 60)
    assert draft.moved(days=999, steps=999) == visits.Draft(60, 18 * 60)
    assert draft.starts_at(BERLIN, now=START).isoformat() == "2026-11-24T07:00:00+00:00"


# --- Trends --------------------------------------------------------------------------------------


def with_glucose(phone: Phone, values: list[float], *, step_ms: int = 300_000) -> None:
    give(phone, profile=[house.profile()])
    begin = bodies.ms_of(START) - step_ms * len(values)
    at = [begin + n * step_ms for n in range(len(values))]
    outbox.record_samples(phone.db, Samples("glucose", "cgm", "mg/dL", at, values), now=START)


def trend(phone: Phone, asked: trends.Asked | None = None, **units: str) -> trends.TrendsState:
    facts = trends.read(phone.db, asked, units, now=START)
    return trends.present(facts, words=WORDS, now=START, fetching=False)


def test_without_any_stream_the_page_says_what_to_do(phone: Phone) -> None:
    state = trend(phone)
    assert (state.kinds, state.chart) == ((), None)
    assert "Bring in a file" in state.empty


def test_numbers_and_target_are_told_in_the_chosen_unit(phone: Phone) -> None:
    with_glucose(phone, [90.0, 108.0, 126.0])
    state = trend(phone)
    assert state.numbers == (("Lowest", "90"), ("Average", "108"), ("Highest", "126"))
    assert "70 to 180 mg/dL" in state.target
    assert state.source == "From this phone."
    state = trend(phone, glucose="mmol/L")
    assert state.numbers == (("Lowest", "5.0"), ("Average", "6.0"), ("Highest", "7.0"))
    assert "3.9 to 10.0 mmol/L" in state.target
    assert state.chart is not None
    assert state.chart.target == pytest.approx((3.8855, 9.9914), abs=1e-3)


def test_an_old_export_opens_on_its_last_day(phone: Phone) -> None:
    give(phone, profile=[house.profile()])
    old = bodies.ms_of(START - 400 * DAY)
    outbox.record_samples(phone.db, Samples("glucose", "f", "mg/dL", [old], [99.0]), now=START)
    state = trend(phone)
    assert state.asked.last == (START - 400 * DAY).date()
    assert state.has_next


def test_going_on_ends_today() -> None:
    asked = trends.Asked("glucose", "week", date(2026, 11, 20))
    assert trends.moved(asked, -1, today=START.date()).last == date(2026, 11, 13)
    assert trends.moved(asked, 1, today=START.date()).last == START.date()


# --- Enrolment, settings, attention --------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("evenkeel.example.org", "https://evenkeel.example.org"),
        (" https://evenkeel.example.org/ ", "https://evenkeel.example.org"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("192.168.1.7:8000", "http://192.168.1.7:8000"),
        ("ftp://example.org", None),
        ("my house", None),
        ("https://", None),
        ("http://x:99999", None),
        ("", None),
    ],
)
def test_addresses(typed: str, address: str | None) -> None:
    assert enrolment.address_of(typed) == address


@pytest.mark.parametrize(
    ("server", "code", "trouble"),
    [
        ("", "ABC", "no_server"),
        ("my house", "ABC", "bad_server"),
        ("http://example.org", "ABC", "not_private"),
        ("example.org", " - ", "no_code"),
        ("example.org", "7GK4M-Q2XWP", ""),
    ],
)
def test_what_is_wrong_with_what_was_typed(server: str, code: str, trouble: str) -> None:
    assert enrolment.check(server, code) == trouble


def test_every_trouble_has_its_words() -> None:
    for trouble in EnrolTrouble:
        facts = enrolment.EnrolFacts("s", "c", trouble=enrolment.trouble_of(trouble), waiting=2)
        state = enrolment.present(facts, words=WORDS)
        assert state.problem
        assert state.note.startswith("2 entries")


def base(**changed: Any) -> settings.SettingsFacts:
    facts = settings.SettingsFacts(
        "Amina", "Europe/Berlin", "Europe/Berlin", False, (), Preferences(), "https://x", 0
    )
    return replace(facts, **changed)


def test_settings_show_what_is_chosen_and_what_the_record_says() -> None:
    state = settings.present(base(record_units=(("glucose", "mmol/L"),)), words=WORDS)
    chosen = {c.key: [o.value for o in c.options if o.chosen] for c in state.choosing}
    assert chosen == {
        "text_percent": ["100"],
        "theme": ["light"],
        "contrast": ["usual"],
        "unit:glucose": ["mmol/L"],
        "unit:body_weight": ["kg"],
        "language": ["en"],
        "wifi": ["any"],
    }
    assert state.zone_note == ""
    moved = settings.present(base(device_zone="Asia/Tokyo", waiting=1), words=WORDS)
    assert "Asia/Tokyo" in moved.zone_note
    assert moved.leaving_text.startswith("1 entry has not been sent yet")


def test_each_choice_is_kept_and_a_broken_file_is_as_no_file(tmp_path: Path) -> None:
    wanted = Preferences()
    taps = (
        ("text_percent", "175"), ("theme", "dark"), ("contrast", "strong"), ("language", "en"),
    )  # fmt: skip
    for key, value in (*taps, ("unit:glucose", "mmol/L")):
        wanted = settings.chosen(wanted, key, value)
    assert wanted == Preferences(175, True, True, "en", {"glucose": "mmol/L"})
    keep_preferences(tmp_path, wanted)
    assert load_preferences(tmp_path) == wanted
    file = tmp_path / "preferences.json"
    file.write_text('{"text_percent": 7000, "dark": "yes", "units": []}')
    assert load_preferences(tmp_path) == Preferences()
    file.write_text("{")
    assert load_preferences(tmp_path) == Preferences()


def test_what_came_of_a_file_is_told() -> None:
    told = settings.imported_text(Imported("glucose", 2880, 12), WORDS)
    assert told.startswith("Glucose: 2,880 values brought in. 12 lines were left out")
    assert "no header" in settings.imported_text(Unreadable("There is no header."), WORDS)
    assert settings.imported_text(OSError(), WORDS) == WORDS("import_failed")


def test_files_are_listed_and_a_missing_folder_is_empty(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("a.CSV", "c.txt", ".hidden.csv"):
        (tmp_path / name).touch()
    found = listing(tmp_path)
    assert [p.name for p in found.folders] == ["b"]
    assert [p.name for p in found.files] == ["a.CSV"]
    assert listing(tmp_path / "gone").files == ()


def test_what_the_server_refused_is_told_in_plain_words_and_can_be_put_away(phone: Phone) -> None:
    phone.take()
    phone.measure((bodies.ms_of(START), 60), (bodies.ms_of(START) + 1000, 900))
    batch = sending.claim(phone.db, max_items=9, max_bytes=10**6, now=START)
    problems = [{"index": None, "field": "dose", "code": "unknown_reference", "detail": "?"}]
    high = [{"index": n, "field": "values", "code": "out_of_range", "detail": "?"} for n in (0, 1)]
    results = {
        batch.items[0].id: {"outcome": "refused", "stored": 0, "problems": problems},
        batch.items[1].id: {"outcome": "partial", "stored": 1, "problems": high},
    }
    sending.settle(phone.db, batch, results, now=START)
    facts = attention.read(phone.db, Status(), "https://x")
    state = attention.present(facts, words=WORDS, now=START)
    heart, dose = state.sections[0].cards
    assert dose.title == "Your answer about a medicine"
    assert "plan may have changed" in dose.body
    assert heart.title == "Heart rate: 2 values"
    assert heart.body == "A value was too high or too low to be true. (2 times)"
    assert heart.small == "The server kept the rest."
    sending.put_away(phone.db, int(dose.choices[0].deed.subject))
    assert len(attention.read(phone.db, Status(), "x").attention) == 1


def test_a_cause_without_words_is_told_as_the_server_tells_it() -> None:
    assert attention.reasons(({"code": "new", "detail": "Too blue."},), WORDS) == "Too blue."
    assert attention.reasons((), WORDS) == WORDS("problem_unknown")


# --- words ---------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2] / "mobile"


def texts() -> dict[str, str]:
    table = json.loads((ROOT / "words" / "en.json").read_text())
    flat = {}
    for key, value in table.items():
        for text in value.values() if isinstance(value, dict) else [value]:
            if isinstance(text, str):
                flat[f"{key} {text}"] = re.sub(r"\{[^}]*\}", "five", text)
    return flat


def test_a_child_of_twelve_can_read_it() -> None:
    sentences = [text for text in texts().values() if len(text.split()) > 5]
    assert grade("The cat sat on the mat.") < 2
    assert grade("Discontinue administration following hypersensitivity reactions.") > 15
    assert grade(". ".join(sentences)) <= 6
    assert [text for text in sentences if grade(text) > 8] == []


def test_nobody_is_blamed() -> None:
    blame = {"missed", "failed", "forgot", "failure", "wrong", "bad", "must", "error", "invalid"}
    used = {w.strip(string.punctuation).lower() for t in texts().values() for w in t.split()}
    assert used & blame <= {"must"}  # only: an address must start with https


def test_every_word_that_the_app_asks_for_is_there() -> None:
    asked = set()
    for path in [*ROOT.rglob("*.py"), *ROOT.rglob("*.kv")]:
        asked |= set(re.findall(r'words\(\s*"([a-z_]+)"', path.read_text()))
    assert len(asked) > 60
    assert [key for key in asked if not WORDS.knows(key)] == []


def test_a_language_without_a_text_falls_back_to_english() -> None:
    spanish = replace(language_of("es"), messages={("undo", "Undo"): ("Deshacer",)})
    words = Words(spanish, {"undo": "Undo", "back": "Back"})
    assert (words("undo"), words("back")) == ("Deshacer", "Back")
    assert (load("de-DE").language, load("pt_BR").language) == ("en", "pt")
    with pytest.raises(KeyError):
        WORDS("no_such_text")


QR = "evenkeel://enrol?server=https%3A%2F%2Fclinic.example&code=7GK4M-Q2XWP"


@pytest.mark.parametrize(
    ("server", "code", "found"),
    [
        ("", QR, ("https://clinic.example", "7GK4M-Q2XWP")),
        (f" {QR}\n", "", ("https://clinic.example", "7GK4M-Q2XWP")),
        ("clinic.example", "7GK4M", ("clinic.example", "7GK4M")),
        ("clinic.example", "evenkeel://enrol?code=7GK4M", ("", "7GK4M")),
    ],
)
def test_the_text_of_the_desks_qr_fills_both_fields(
    server: str, code: str, found: tuple[str, str]
) -> None:
    assert enrolment.from_link(server, code) == found
