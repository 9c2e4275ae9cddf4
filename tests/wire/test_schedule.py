"""The expander against a slow, obvious twin, in every IANA zone, and at the oddities of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.wire.messages import ScheduleRow
from backend.wire.schedule import Schedule, ScheduleError, from_row, slots
from backend.wire.sentences import sentence

ID = UUID("019aac00-0000-7000-8000-000000000001")
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime"})


def distinct_zones() -> list[str]:
    """One name for each set of rules: half of the names are links to another."""
    rules = resources.files("tzdata") / "zoneinfo"
    return sorted({rules.joinpath(name).read_bytes(): name for name in ZONES}.values())


def schedule(
    rule: str = "FREQ=DAILY",
    times: tuple[str, ...] = (),
    *,
    starts: str = "2025-12-01T02:30",
    mode: str = "wall",
    zone: str = "Europe/Berlin",
    zone_mode: str = "floating",
    ends: str | None = None,
) -> Schedule:
    row = ScheduleRow(ID, mode, rule, list(times), starts, zone, zone_mode, ends)  # type: ignore[arg-type]
    return from_row(row)


def nominals(found: Schedule, *, zone: str = "UTC", days: int = 60) -> list[str]:
    end = START + timedelta(days=days)
    return [slot.nominal_local for slot in slots(found, zone=zone, start=START, end=end)]


def twin(local: datetime, zone: ZoneInfo) -> datetime:
    """Walk the UTC axis in minutes around the local time: the first minute that shows it, else, in
    a gap, the time since the gap began is added to the gap's end.
    """
    around = local.replace(tzinfo=UTC)
    moment, last = around - timedelta(hours=30), around + timedelta(hours=30)
    while moment < last:
        shown = moment.astimezone(zone).replace(tzinfo=None)
        if shown == local:
            return moment
        if shown > local:
            before = (moment - timedelta(minutes=1)).astimezone(zone).utcoffset()
            return around - (before or timedelta())
        moment += timedelta(minutes=1)
    raise AssertionError


@settings(deadline=None, max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2005, 1, 1), date(2035, 1, 1)),
    at=st.times(),
)
def test_due_moments_agree_with_walking_the_minutes(zone: str, day: date, at: time):
    local = datetime.combine(day, at.replace(second=0, microsecond=0))
    found = schedule("FREQ=DAILY;COUNT=1", starts=f"{local:%Y-%m-%dT%H:%M}")
    moment = local.replace(tzinfo=UTC)
    (slot,) = slots(
        found, zone=zone, start=moment - timedelta(days=2), end=moment + timedelta(days=2)
    )
    expected = twin(local, ZoneInfo(zone))
    # Sub-minute offsets of the distant past are not on the twin's grid; none lie in these years.
    assert slot.due_at == expected


@pytest.mark.parametrize("zone", ZONES[::7])
def test_elapsed_spacing_is_exact_in_every_zone(zone: str):
    found = slots(
        schedule("FREQ=HOURLY;INTERVAL=8", mode="elapsed", zone=zone),
        zone="Asia/Tokyo",
        start=START,
        end=END,
    )
    gaps = {b.due_at - a.due_at for a, b in zip(found, found[1:], strict=False)}
    assert gaps == {timedelta(hours=8)}
    anchor = twin(datetime.fromisoformat("2025-12-01T02:30"), ZoneInfo(zone))
    assert (found[0].due_at - anchor) % timedelta(hours=8) == timedelta()
    assert found[0].nominal_local == f"{found[0].due_at:%Y-%m-%dT%H:%M}Z"


def by_hand(found: Schedule, first: date, last: date) -> list[str]:
    """Day by day, each day asked whether the rule means it."""
    rule, starts = found.rule, found.starts
    wanted = []
    day = first
    names = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    monday = starts.date() - timedelta(days=starts.weekday())
    while day <= last:
        named = {name for _, name in rule.byday}
        if rule.freq == "DAILY":
            fits = (day - starts.date()).days % rule.interval == 0
            fits = fits and (not named or names[day.weekday()] in named)
            on, off = rule.cycle or (1, 0)
            fits = fits and (day - starts.date()).days % (on + off) < on
        elif rule.freq == "WEEKLY":
            fits = (day - monday).days // 7 % rule.interval == 0
            fits = fits and names[day.weekday()] in (named or {names[starts.weekday()]})
        else:
            months = (day.year - starts.year) * 12 + day.month - starts.month
            fits = months % rule.interval == 0 and _fits_month(
                day, rule.bymonthday or (starts.day,)
            )
        if fits:
            wanted += [datetime.combine(day, at) for at in found.times]
        day += timedelta(days=1)
    kept = [at for at in wanted if at >= starts]
    kept = kept if rule.count is None else kept[: rule.count]
    ends = found.ends or datetime(2100, 1, 1)  # noqa: DTZ001
    until = rule.until or datetime(2100, 1, 1)  # noqa: DTZ001
    return [f"{at:%Y-%m-%dT%H:%M}" for at in kept if at < ends and at <= until]


def _fits_month(day: date, month_days: tuple[int, ...]) -> bool:
    is_last = (day + timedelta(days=1)).month != day.month
    return day.day in month_days or (-1 in month_days and is_last)


def test_what_is_taken_as_needed_is_never_due():
    assert nominals(schedule(mode="as_needed")) == []


RULES = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 40)),
    st.just("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"),
    st.builds("FREQ=DAILY;X-CYCLE={}/{}".format, st.integers(1, 30), st.integers(1, 30)),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={}".format,
        st.integers(1, 6),
        st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1).map(
            ",".join
        ),
    ),
    st.builds("FREQ=WEEKLY;INTERVAL={}".format, st.integers(1, 6)),
    st.builds(
        "FREQ=MONTHLY;INTERVAL={};BYMONTHDAY={}".format,
        st.integers(1, 12),
        st.sets(st.sampled_from([1, 5, 28, -1]), min_size=1).map(
            lambda days: ",".join(map(str, days))
        ),
    ),
)
LIMITS = st.one_of(
    st.just(""),
    st.builds(";COUNT={}".format, st.integers(1, 400)),
    st.just(";UNTIL=20260303"),
    st.just(";UNTIL=20260303T080000"),
)


@settings(deadline=None, max_examples=120)
@given(
    rule=RULES,
    limit=LIMITS,
    starts=st.datetimes(datetime(2023, 1, 1), datetime(2026, 2, 20)),  # noqa: DTZ001
    times=st.sets(st.sampled_from(["00:00", "08:00", "13:05", "23:59"]), min_size=1),
    ends=st.none() | st.just("2026-02-24T13:05"),
)
def test_rules_agree_with_asking_each_day(
    rule: str, limit: str, starts: datetime, times: set[str], ends: str | None
):
    found = schedule(rule + limit, tuple(times), starts=f"{starts:%Y-%m-%dT%H:%M}", ends=ends)
    wanted = by_hand(found, starts.date(), date(2026, 4, 1))
    low, high = START.strftime("%Y-%m-%dT%H:%M"), "2026-03-02T00:00"
    assert nominals(found) == [at for at in wanted if low <= at < high]


def test_windows_join_without_gap_or_repeat():
    found = schedule("FREQ=HOURLY;INTERVAL=4")
    whole = slots(found, zone="America/New_York", start=START, end=START + timedelta(days=120))
    steps = [START + timedelta(hours=7 * n) for n in range(120 * 24 // 7 + 2)]
    parts = [
        slot
        for a, b in zip(steps, steps[1:], strict=False)
        for slot in slots(found, zone="America/New_York", start=a, end=b)
    ]
    assert parts[: len(whole)] == whole
    assert len({slot.key for slot in parts}) == len(parts)


def test_names_are_the_same_wherever_the_patient_is():
    found = schedule("FREQ=DAILY", ("08:00",))
    berlin = slots(found, zone="Europe/Berlin", start=START, end=START + timedelta(days=9))
    tokyo = slots(found, zone="Asia/Tokyo", start=START, end=START + timedelta(days=9))
    by_key = {slot.key: slot for slot in tokyo}
    both = [(slot, by_key[slot.key]) for slot in berlin if slot.key in by_key]
    assert len(both) == 8
    for here, there in both:
        assert here.dose_id == there.dose_id == uuid5(ID, here.key)
        assert here.due_at - there.due_at == timedelta(hours=8)
    assert berlin[0].key == f"rem:{ID}:2026-01-01T08:00"


def test_a_fixed_schedule_goes_by_its_own_zone():
    found = schedule("FREQ=DAILY", ("08:00",), zone_mode="fixed")
    end = START + timedelta(days=9)
    at_home = slots(found, zone="Europe/Berlin", start=START, end=end)
    assert slots(found, zone="Asia/Tokyo", start=START, end=end) == at_home
    assert at_home[0].due_at == datetime(2026, 1, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30"),  # gap: shows at 03:30
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),  # fold: the first
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45"),  # a gap of half an hour
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00"),  # a gap at midnight
        ("Pacific/Apia", "2011-12-30T08:00", "2011-12-30T18:00"),  # a day that never was
    ],
)
def test_oddities_of_clocks(zone: str, local: str, utc: str):
    found = schedule("FREQ=DAILY;COUNT=1", starts=local)
    start = datetime.fromisoformat(local).replace(tzinfo=UTC) - timedelta(days=3)
    (slot,) = slots(found, zone=zone, start=start, end=start + timedelta(days=6))
    assert f"{slot.due_at:%Y-%m-%dT%H:%M}" == utc


def test_two_nominal_times_at_one_instant_keep_both_keys():
    found = schedule("FREQ=DAILY", starts="2011-12-28T08:00")
    start = datetime(2011, 12, 28, tzinfo=UTC)
    twice = slots(found, zone="Pacific/Apia", start=start, end=start + timedelta(days=3))[-2:]
    assert twice[0].due_at == twice[1].due_at
    assert [s.nominal_local for s in twice] == ["2011-12-30T08:00", "2011-12-31T08:00"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"rule": "FREQ=SECONDLY"}, "HOURLY, DAILY"),
        ({"rule": "nonsense"}, "not supported"),
        ({"rule": ""}, "HOURLY, DAILY"),
        ({"rule": "FREQ=DAILY;INTERVAL=0"}, "INTERVAL"),
        ({"rule": "FREQ=DAILY;INTERVAL=1e3"}, "INTERVAL"),
        ({"rule": "FREQ=DAILY;BYDAY=XX"}, "BYDAY"),
        ({"rule": "FREQ=DAILY;BYDAY=1MO"}, "MONTHLY"),
        ({"rule": "FREQ=DAILY;INTERVAL=7;BYDAY=TU"}, "never meet"),
        ({"rule": "FREQ=MONTHLY;BYMONTHDAY=31"}, "BYMONTHDAY"),
        ({"rule": "FREQ=MONTHLY;BYDAY=5MO"}, "BYDAY"),
        ({"rule": "FREQ=MONTHLY", "starts": "2026-01-31T08:00"}, "Not every month"),
        ({"rule": "FREQ=HOURLY;INTERVAL=24;BYHOUR=5"}, "exclude"),
        ({"rule": "FREQ=DAILY;COUNT=3;UNTIL=20260101"}, "not both"),
        ({"rule": "FREQ=DAILY;UNTIL=20260101T000000Z"}, "UNTIL"),
        ({"rule": "FREQ=DAILY;FREQ=DAILY"}, "twice"),
        ({"rule": "FREQ=DAILY;BYSETPOS=1"}, "BYSETPOS"),
        ({"times": ("25:00",)}, "08:00"),
        ({"times": ("08:00", "08:00")}, "twice"),
        ({"rule": "FREQ=HOURLY", "times": ("08:00",)}, "exclude"),
        ({"starts": "2026-01-01"}, "local time"),
        ({"starts": "2026-01-01T08:00+01:00"}, "local time"),
        ({"ends": "2025-01-01T00:00"}, "after the start"),
        ({"zone": "Mars/Olympus"}, "time zone"),
        ({"zone": "../etc/passwd"}, "time zone"),
        ({"mode": "elapsed", "rule": "FREQ=MONTHLY"}, "fixed length"),
        ({"mode": "elapsed", "times": ("08:00",)}, "fixed spacing"),
        ({"mode": "lunar"}, "mode"),
        ({"rule": "FREQ=DAILY;X-CYCLE=21"}, "Days off"),
        ({"rule": "FREQ=DAILY;X-CYCLE=0/7"}, "Days on"),
        ({"rule": "FREQ=WEEKLY;X-CYCLE=21/7"}, "every day"),
        ({"rule": "FREQ=DAILY;INTERVAL=2;X-CYCLE=21/7"}, "every day"),
        ({"mode": "elapsed", "rule": "FREQ=DAILY;X-CYCLE=2/1"}, "fixed spacing"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_plain_words(changed: dict, reason: str):
    with pytest.raises(ScheduleError, match=reason):
        schedule(**changed)


def test_an_endless_stretch_is_refused():
    with pytest.raises(ScheduleError, match="shorter"):
        slots(schedule("FREQ=HOURLY"), zone="UTC", start=START, end=START + 3 * (END - START))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"times": ("20:00", "08:00")}, "Every day at 08:00 and 20:00"),
        ({"rule": "FREQ=DAILY;INTERVAL=2"}, "Every 2 days at 02:30"),
        (
            {"rule": "FREQ=WEEKLY;BYDAY=FR,MO,WE", "times": ("08:00",)},
            "Every Monday, Wednesday and Friday at 08:00",
        ),
        ({"rule": "FREQ=WEEKLY;INTERVAL=2"}, "Every 2 weeks on Monday at 02:30"),
        ({"rule": "FREQ=MONTHLY;BYMONTHDAY=-1"}, "Every month on the last day at 02:30"),
        ({"rule": "FREQ=MONTHLY;BYDAY=1MO"}, "Every month on the first Monday at 02:30"),
        ({"rule": "FREQ=HOURLY;INTERVAL=4"}, "Every 4 hours, from 02:30"),
        ({"rule": "FREQ=HOURLY;BYHOUR=8,20"}, "Every day at 08:30 and 20:30"),
        (
            {"rule": "FREQ=HOURLY;INTERVAL=8", "mode": "elapsed"},
            "Every 8 hours, counted from 1 December 2025 at 02:30",
        ),
        ({"rule": "FREQ=DAILY;COUNT=3"}, "Every day at 02:30, 3 times"),
        ({"rule": "FREQ=DAILY;UNTIL=20260105"}, "Every day at 02:30, until 5 January 2026"),
        ({"ends": "2026-01-05T00:00"}, "Every day at 02:30, until 4 January 2026"),
        (
            {"rule": "FREQ=DAILY;X-CYCLE=21/7"},
            "Every day at 02:30, for 21 days, then 7 days without",
        ),
        ({"zone_mode": "fixed"}, "Every day at 02:30, always by the clock of Berlin"),
    ],
)
def test_sentences_read_plainly(changed: dict, words: str):
    assert sentence(schedule(**changed)) == words
