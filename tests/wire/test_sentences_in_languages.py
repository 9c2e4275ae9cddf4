"""Schedules in every language: a law over all that can be prescribed, and how common ones read."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from backend.wire.language import LANGUAGES, language_of
from backend.wire.messages import DoseStep, ScheduleRow
from backend.wire.schedule import ScheduleError, from_row
from backend.wire.sentences import MEALS, Details, sentence, span

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
CLOCKS = st.times().map(lambda at: f"{at:%H:%M}")
STARTS = st.datetimes().map(lambda at: at.replace(2026)).map(lambda at: f"{at:%Y-%m-%dT%H:%M}")


def some(*parts):
    return st.lists(st.sampled_from(parts), min_size=1, max_size=3, unique=True).map(",".join)


def rules():
    hourly = st.one_of(
        st.integers(1, 744).map(lambda n: f"FREQ=HOURLY;INTERVAL={n}"),
        some(*map(str, range(24))).map(lambda hours: f"FREQ=HOURLY;BYHOUR={hours}"),
        some("0", "15", "30").map(lambda minutes: f"FREQ=HOURLY;BYMINUTE={minutes}"),
        some(*DAYS).map(lambda days: f"FREQ=HOURLY;BYDAY={days}"),
    )
    daily = st.one_of(
        st.integers(1, 366).map(lambda n: f"FREQ=DAILY;INTERVAL={n}"),
        some(*DAYS).map(lambda days: f"FREQ=DAILY;BYDAY={days}"),
        st.tuples(st.integers(1, 60), st.integers(1, 60)).map(
            lambda turns: f"FREQ=DAILY;X-CYCLE={turns[0]}/{turns[1]}"
        ),
    )
    weekly = st.builds(
        lambda n, days: f"FREQ=WEEKLY;INTERVAL={n}{days}",
        st.integers(1, 52),
        st.one_of(st.just(""), some(*DAYS).map(lambda days: f";BYDAY={days}")),
    )
    monthly = st.builds(
        lambda n, days: f"FREQ=MONTHLY;INTERVAL={n}{days}",
        st.integers(1, 12),
        st.one_of(
            some("1", "15", "28", "-1").map(lambda days: f";BYMONTHDAY={days}"),
            some(*(f"{n}{day}" for n in ("", 1, 2, 3, 4, -1) for day in DAYS)).map(
                lambda days: f";BYDAY={days}"
            ),
        ),
    )
    ends = st.sampled_from(["", ";COUNT=1", ";COUNT=30", ";UNTIL=20271231"])
    return st.builds(lambda rule, end: rule + end, st.one_of(hourly, daily, weekly, monthly), ends)


ROWS = st.builds(
    ScheduleRow,
    id=st.just(UUID(int=1)),
    mode=st.sampled_from(["wall", "elapsed", "as_needed"]),
    rule=rules(),
    times=st.lists(CLOCKS, max_size=3, unique=True),
    starts_local=STARTS,
    zone=st.sampled_from(["UTC", "Africa/Nairobi", "America/Sao_Paulo"]),
    zone_mode=st.sampled_from(["floating", "fixed"]),
    ends_local=st.sampled_from([None, "2027-06-30T00:00"]),
)
TAPER = (DoseStep("2026-12-01", "40 mg"), DoseStep("2026-12-08", "20 mg"))
DETAILS = st.builds(
    Details,
    meals=st.lists(st.sampled_from(MEALS), max_size=3),
    steps=st.sampled_from([(), TAPER]),
    most_a_day=st.sampled_from([None, 1, 4]),
    min_gap_minutes=st.sampled_from([None, 1, 60, 90, 240]),
)


def numbers(text):
    """Times and numbers, sorted; grouping marks taken out."""
    return sorted(re.findall(r"\d+(?::\d+)?", re.sub(r"(?<=\d)[.,\u202f](?=\d{3})", "", text)))


@given(row=ROWS, details=DETAILS)
def test_every_schedule_is_said_with_all_its_numbers_in_every_language(row, details):
    try:
        schedule = from_row(row)
    except ScheduleError:
        reject()
    english = sentence(schedule, details)
    for code in LANGUAGES:
        told = sentence(schedule, details, code)
        assert told[0] == told[0].upper()
        assert not re.search(r"[{}$]|  |,,|None", told)
        # A language may say "once" as a word or with a number.
        assert set(numbers(english)) <= set(numbers(told)) | {"1"}, told
        assert code == "en" or told != english


def daily(*times, rule="FREQ=DAILY", mode="wall", **more):
    row = dict(
        id=UUID(int=1),
        mode=mode,
        rule=rule,
        times=list(times),
        starts_local="2026-12-01T08:00",
        zone="Africa/Nairobi",
        zone_mode="floating",
        ends_local=None,
    )
    return from_row(ScheduleRow(**row | more))


TWICE = daily("01:00", "20:00")
WEEKEND = daily("08:00", rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA")
MONTHLY = daily("08:00", rule="FREQ=MONTHLY;BYDAY=1MO,-1SU")
PILL = daily("08:00", rule="FREQ=DAILY;X-CYCLE=21/7")
NEEDED = daily(mode="as_needed")
LIMITS = Details(most_a_day=4, min_gap_minutes=360)
MEALTIMES = Details(meals=("breakfast", "bedtime"))


@pytest.mark.parametrize(
    ("code", "schedule", "details", "words"),
    [
        ("es", TWICE, Details(), "Todos los días a la 01:00 y las 20:00"),
        ("pt", TWICE, Details(), "Todos os dias à 01:00 e às 20:00"),
        ("fr", TWICE, Details(), "Tous les jours à 01:00 et 20:00"),
        ("sw", TWICE, Details(), "Kila siku saa 01:00 na 20:00"),
        ("es", WEEKEND, Details(), "Cada 2 semanas, los lunes y sábados a las 08:00"),
        ("pt", WEEKEND, Details(), "A cada 2 semanas, às segundas-feiras e aos sábados às 08:00"),
        ("fr", WEEKEND, Details(), "Toutes les 2 semaines, les lundis et samedis à 08:00"),
        ("sw", WEEKEND, Details(), "Kila baada ya wiki 2, siku za Jumatatu na Jumamosi saa 08:00"),
        ("es", MONTHLY, Details(), "Cada mes, el primer lunes y el último domingo a las 08:00"),
        (
            "pt",
            MONTHLY,
            Details(),
            "Todo mês, na primeira segunda-feira e no último domingo às 08:00",
        ),
        ("es", daily(rule="FREQ=HOURLY;BYHOUR=8"), Details(), "Todos los días a las 08:00"),
        ("fr", PILL, Details(), "Tous les jours à 08:00, pendant 21 jours, puis 7 jours sans"),
        (
            "sw",
            NEEDED,
            LIMITS,
            "Pale tu inapohitajika, si zaidi ya mara 4 kwa siku,"
            " angalau saa 6 kati ya dozi moja na nyingine",
        ),
        (
            "es",
            NEEDED,
            LIMITS,
            "Solo cuando sea necesario, como máximo 4 veces al día,"
            " con al menos 6 horas entre una dosis y otra",
        ),
        (
            "fr",
            daily("07:30", "22:00"),
            MEALTIMES,
            "Tous les jours au petit-déjeuner (07:30) et au coucher (22:00)",
        ),
        (
            "pt",
            daily("08:00", ends_local="2026-12-15T00:00"),
            Details(steps=TAPER),
            "Todos os dias às 08:00: 40 mg até 7 de dezembro de 2026,"
            " depois 20 mg até 14 de dezembro de 2026",
        ),
    ],
)
def test_it_reads_as_people_say_it(code, schedule, details, words):
    assert sentence(schedule, details, code).replace("\u00a0", " ") == words


def test_lengths_of_time_and_lists():
    told = [span(150, code) for code in ("es", "fr", "pt", "sw")]
    assert told == [
        "2 horas y 30 minutos",
        "2 heures et 30 minutes",
        "2 horas e 30 minutos",
        "saa 2 na dakika 30",
    ]
    assert language_of("sw").listed(["a", "b", "c"]) == "a, b na c"
    assert language_of("fr").listed([]) == ""


def test_a_language_that_we_do_not_speak_is_english():
    assert language_of("tlh") is language_of("en")
    assert language_of("pt-BR").code == language_of("PT_pt").code == "pt"
    assert sentence(TWICE, None, "xx") == sentence(TWICE)
    assert language_of("es").gettext("Nobody has said this before.").startswith("Nobody")


@pytest.mark.parametrize("code", LANGUAGES)
def test_days_have_their_own_names(code):
    monday = date(2026, 11, 23)
    week = [language_of(code).day(monday + timedelta(days=n)) for n in range(7)]
    assert len(set(week)) == 7
    short = language_of(code).calendar.weekdays_short
    assert len(set(short)) == 7
