"""Where glucose will likely be, worked out on the phone with its model while readings are fresh."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.science.glucose_forecast import WEIGHTS
from backend.wire.glucose_ahead import digest_of
from mobile.presenters.ahead import with_ahead
from mobile.presenters.charts import Chart, Looks
from mobile.store.database import setting
from mobile.store.outbox import Samples, record_samples
from mobile.sync import forecasting
from mobile.sync.forecasting import foresee, foreseen
from tests.mobile.phone import Phone

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
BERLIN = ZoneInfo("Europe/Berlin")
STEP = 300_000
MODEL = json.loads(WEIGHTS.read_text())
AT = [NOW_MS - STEP * n for n in range(60, 0, -1)]
MG_DL = [140.0 - n for n in range(60)]


def chart(right: float) -> Chart:
    empty: tuple[()] = ()
    return Chart(AT[0], right, 0, 1, empty, empty, empty, empty, 1.0, None, empty, empty, empty)


def test_the_band_begins_at_the_last_reading_and_ends_with_the_chart() -> None:
    told = foreseen(MODEL, AT, MG_DL, now=NOW)
    assert told is not None
    drawn = with_ahead(chart(AT[-1] + 6.5 * STEP), told, Looks(shown=list))
    assert len(drawn.ahead) == len(drawn.ahead_band) == 7
    assert drawn.ahead[0] == (AT[-1], MG_DL[-1])
    assert drawn.ahead_band[0].low == drawn.ahead_band[0].high == MG_DL[-1]
    assert drawn.ahead_band[6].low < drawn.ahead[6][1] < drawn.ahead_band[6].high
    low, high = drawn.extent
    assert low <= drawn.ahead_band[6].low
    assert high >= drawn.ahead_band[6].high


def test_it_is_drawn_in_the_patients_unit() -> None:
    told = foreseen(MODEL, AT, MG_DL, now=NOW)
    assert told is not None
    looks = Looks(shown=lambda values: [value / 18 for value in values])
    drawn = with_ahead(chart(AT[-1] + 3 * STEP), told, looks)
    assert drawn.ahead[0][1] == pytest.approx(MG_DL[-1] / 18)


def test_old_readings_and_gaps_are_not_forecast_from() -> None:
    assert foreseen(MODEL, AT, MG_DL, now=NOW + timedelta(minutes=16)) is None
    assert foreseen(MODEL, AT[-5:], MG_DL[-5:], now=NOW) is None
    assert foreseen(MODEL, [], [], now=NOW) is None


def test_a_day_before_the_last_reading_has_no_band() -> None:
    told = foreseen(MODEL, AT, MG_DL, now=NOW)
    assert told is not None
    assert with_ahead(chart(AT[-1] - 1), told, Looks(shown=list)).ahead == ()


def test_the_model_is_asked_for_where_glucose_is_measured_and_kept(phone: Phone) -> None:
    db = phone.db
    assert forecasting.known_model(db) is None
    assert foresee(db, order=[], zone=BERLIN, now=NOW) is None
    record_samples(db, Samples("glucose", "G6", "mg/dL", AT, MG_DL), now=NOW)
    assert forecasting.known_model(db) == ""
    forecasting.keep_model(db, None)
    assert forecasting.known_model(db) == ""
    forecasting.keep_model(db, MODEL)
    assert forecasting.known_model(db) == digest_of(MODEL)
    told = foresee(db, order=[], zone=BERLIN, now=NOW)
    assert told is not None
    assert told.last_mg_dl == MG_DL[-1]


def test_a_newer_servers_model_is_not_used_and_not_asked_for_again(phone: Phone) -> None:
    db = phone.db
    newer = MODEL | {"version": "9.0"}
    forecasting.keep_model(db, newer)
    assert forecasting.known_model(db) == digest_of(newer)
    assert setting(db, forecasting.KEY) is None
