"""Streams read: overlay, sources, local days, and over HTTP."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from backend.core.problems import NotFound, TooLarge
from backend.patients.access import Category
from backend.streams import queries
from backend.wire.messages import DaySummary
from tests.people import NOW, Cast, chart
from tests.streams.samples import MORNING, merge, merge_and_bind, send, upload

STRETCH = {"start": MORNING, "end": MORNING + timedelta(hours=12)}
HOUR = timedelta(hours=1)


def ask(client: Client, who: dict[str, str], kind: str = "heart_rate", **query: Any) -> Any:
    query = {"start": "2026-11-22T07:00:00Z", "end": "2026-11-22T19:00:00Z"} | query
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return client.get(f"/api/v1/streams/{kind}?{asked}", **who)


def test_what_is_not_merged_lies_over_the_chunks(cast: Cast):
    send(cast.amina, upload(1, [61, 62, 63]))
    merge(cast)
    send(cast.amina, upload(2, [72], start=MORNING + timedelta(seconds=1)))
    opened = chart(cast.amina, cast.amina)
    assert queries.samples(opened, "heart_rate", **STRETCH).values.tolist() == [61, 72, 63]
    (day,) = queries.day_summaries(opened, "heart_rate", **STRETCH)
    assert (day.count, day.max) == (3, 72)


def test_a_stretch_is_half_open(cast: Cast):
    send(cast.amina, upload(1, [61, 62, 63]))
    opened = chart(cast.amina, cast.amina)
    second = {"start": MORNING + timedelta(seconds=1), "end": MORNING + timedelta(seconds=2)}
    assert queries.samples(opened, "heart_rate", **second).values.tolist() == [62]


def test_two_sources_of_one_walk_are_not_added(cast: Cast):
    walk = {"kind": "steps", "unit": "{steps}", "step": HOUR}
    send(cast.amina, upload(1, [100, 100, 100], source="watch", **walk))
    send(cast.amina, upload(2, [90, 95], source="phone", **walk))
    opened = chart(cast.amina, cast.amina)
    for _ in range(2):
        (day,) = queries.day_summaries(opened, "steps", **STRETCH)
        assert day.sum == 300
        assert queries.samples(opened, "steps", **STRETCH).values.tolist() == [100, 100, 100]
        phone = queries.samples(opened, "steps", **STRETCH, source="phone")
        assert phone.values.tolist() == [90, 95]
        merge(cast)


def test_the_source_that_covers_more_hours_counts(cast: Cast):
    walk = {"kind": "steps", "unit": "{steps}"}
    send(cast.amina, upload(1, [1] * 50, source="phone", step=timedelta(minutes=1), **walk))
    send(cast.amina, upload(2, [500] * 6, source="watch", step=HOUR, **walk))
    (day,) = queries.day_summaries(chart(cast.amina, cast.amina), "steps", **STRETCH)
    assert day.sum == 3000


def test_a_day_of_25_hours_is_one_day(cast: Cast):
    """Berlin, 25 October 2026."""
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    hourly = upload(1, [1] * 27, start=midnight - HOUR, step=HOUR, kind="steps", unit="{steps}")
    send(cast.amina, hourly)
    stretch = {"start": midnight, "end": midnight + 25 * HOUR}
    opened = chart(cast.amina, cast.amina)
    expected = [DaySummary(date(2026, 10, 25), 25, 1, 1, 1, 25, 1, "watch")]
    assert queries.day_summaries(opened, "steps", **stretch) == expected
    merge(cast)
    assert queries.day_summaries(opened, "steps", **stretch) == expected


def test_hours_are_counted_from_the_start_that_was_asked_for(cast: Cast):
    send(cast.amina, upload(1, [60, 80, 100], step=timedelta(minutes=40)))
    half_past = MORNING - timedelta(minutes=30)
    hours = queries.hour_summaries(
        chart(cast.amina, cast.amina), "heart_rate", start=half_past, end=MORNING + 3 * HOUR
    )
    assert [(h.date, h.count, h.mean) for h in hours] == [
        (half_past, 1, 60),
        (half_past + HOUR, 2, 90),
    ]


def test_kinds_come_in_the_order_of_the_table(cast: Cast):
    send(cast.amina, upload(1, [120], kind="systolic", unit="mm[Hg]"))
    merge(cast)
    send(cast.amina, upload(2))
    assert queries.kinds_of(chart(cast.amina, cast.amina)) == ["heart_rate", "systolic"]


def test_a_chart_without_streams_shows_none(cast: Cast):
    closed = chart(cast.amina, cast.amina, Category.PROFILE)
    with pytest.raises(NotFound):
        queries.samples(closed, "heart_rate", **STRETCH)
    with pytest.raises(NotFound):
        queries.day_summaries(closed, "heart_rate", **STRETCH)
    with pytest.raises(NotFound):
        queries.kinds_of(closed)


def test_a_century_is_too_much(cast: Cast):
    with pytest.raises(TooLarge):
        queries.samples(
            chart(cast.amina, cast.amina), "steps", start=NOW - timedelta(days=36_000), end=NOW
        )


def test_raw_columns_over_http(cast: Cast, client: Client):
    send(cast.amina, upload(1, [61, 62.5]))
    answer = ask(client, cast.amina.bearer)
    assert answer.status_code == 200
    assert answer.json() == {
        "kind": "heart_rate",
        "unit": "/min",
        "start": "2026-11-22T07:00:00.000Z",
        "offsets_ms": [0, 1000],
        "values": [61.0, 62.5],
    }


def test_nothing_has_no_start(cast: Cast, client: Client):
    assert ask(client, cast.amina.bearer).json()["start"] is None
    assert ask(client, cast.amina.bearer, resolution="day").json() == {"results": [], "next": None}


def test_days_and_hours_over_http(cast: Cast, client: Client):
    send(cast.amina, upload(1, [3, 4], step=HOUR, kind="steps", unit="{steps}"))
    (day,) = ask(client, cast.amina.bearer, "steps", resolution="day").json()["results"]
    told = {"date": "2026-11-22", "count": 2, "mean": 3.5, "min": 3, "max": 4, "sum": 7}
    assert day == told | {"coverage": round(2 / 24, 4), "source": "watch"}
    hours = ask(client, cast.amina.bearer, "steps", resolution="hour").json()["results"]
    assert [hour["date"] for hour in hours] == [
        "2026-11-22T07:00:00.000Z",
        "2026-11-22T08:00:00.000Z",
    ]
    send(cast.amina, upload(2))
    (day,) = ask(client, cast.amina.bearer, resolution="day").json()["results"]
    assert day["sum"] is None


def test_offsets_are_understood_and_staff_name_the_patient(cast: Cast, client: Client):
    send(cast.amina, upload(1))
    client.force_login(cast.bo.user)
    query = {"start": "2026-11-22T08:00:00+01:00", "patient": cast.amina.id}
    answer = ask(client, {}, **query)
    assert answer.json()["values"] == [61, 62, 63]
    assert ask(client, {}, patient=cast.stranger.id).status_code == 404


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"start": None}, "start", "required"),
        ({"end": None}, "end", "required"),
        ({"start": "2026-11-22T07:00:00"}, "start", "naive_time"),
        ({"start": "today"}, "start", "wrong_type"),
        ({"start": "0001-01-01T00:00:00Z"}, "start", "out_of_range"),
        ({"end": "9999-12-31T23:59:59Z"}, "end", "out_of_range"),
        ({"end": "2026-11-22T07:00:00Z"}, "end", "out_of_range"),
        ({"resolution": "week"}, "resolution", "invalid"),
    ],
)
def test_bad_questions_are_answered_plainly(
    cast: Cast, client: Client, query: dict, field: str, code: str
):
    answer = ask(client, cast.amina.bearer, **query)
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]


def test_an_unknown_kind_is_not_found(cast: Cast, client: Client):
    assert ask(client, cast.amina.bearer, "mood").status_code == 404


def test_a_long_stretch_is_streamed_day_by_day(cast: Cast, client: Client):
    late = MORNING + timedelta(hours=15, minutes=30)
    send(cast.amina, upload(1, [61, 62.5, 60] * 400, start=late, step=timedelta(seconds=2)))
    merge(cast)
    send(cast.amina, upload(2, [70], start=late + timedelta(seconds=1)))
    answer = ask(client, cast.amina.bearer, stream="1", end="2026-11-24T00:00:00Z")
    assert answer["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    whole = ask(client, cast.amina.bearer, end="2026-11-24T00:00:00Z").json()
    assert sum((line["values"] for line in lines), []) == whole["values"]
    assert [len(line["values"]) for line in lines] == [901, 300]
    assert ("step_ms" in lines[0], lines[1]["step_ms"]) == (False, 2000)
    assert lines[1]["start"] == "2026-11-22T23:00:00.000Z"  # midnight in Berlin
    empty = ask(client, cast.amina.bearer, "glucose", stream="1")
    assert b"".join(empty.streaming_content) == b""


def test_answers_are_gzipped_for_who_takes_that(cast: Cast, client: Client):
    send(cast.amina, upload(1, [61, 62] * 900))
    plain = ask(client, cast.amina.bearer)
    zipped = ask(client, cast.amina.bearer | {"HTTP_ACCEPT_ENCODING": "br, gzip"})
    assert zipped["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content


def test_as_known_at_an_earlier_moment(cast: Cast, client: Client):
    """Late uploads and revisions are not known before they came, bound or not."""
    for number, values, came in ((2, [72], NOW), (1, [61, 62, 63], NOW - HOUR)):
        send(cast.amina, upload(number, values), now=came)
    send(cast.amina, upload(3, [99, 98], source="ring"), now=NOW + HOUR)
    opened = chart(cast.amina, cast.amina)

    def known(at: datetime) -> list[float]:
        return queries.as_known_at(opened, "heart_rate", **STRETCH, at=at).values.tolist()

    for settle in (lambda: None, lambda: merge(cast), lambda: merge_and_bind(cast, hours=3)):
        settle()
        assert known(NOW - 2 * HOUR) == []
        assert known(NOW - HOUR) == [61, 62, 63]
        assert known(NOW + 2 * HOUR) == [72, 62, 63]
    answer = ask(client, cast.amina.bearer, known_at="2026-11-23T08:00:00Z")
    assert answer.json()["values"] == [61, 62, 63]


@pytest.mark.parametrize("extra", [{"known_at": "2026-11-23T08:00:00Z"}, {"stream": "1"}])
def test_only_raw_samples_are_streamed_or_known_at(cast: Cast, client: Client, extra: dict):
    answer = ask(client, cast.amina.bearer, resolution="day", **extra)
    assert answer.status_code == 400
    assert ask(client, cast.amina.bearer, known_at="now").status_code == 400
    both = ask(client, cast.amina.bearer, known_at="2026-11-23T08:00:00Z", stream="1")
    assert both.status_code == 400
