"""Rules: sound files, bounds that hold at the edge, review dates, ages, and the clinical part."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.guidance.rulebook import FOLDER, Condition, RuleError, read_rule, rules, rules_in_force
from backend.insights.models import Finding

ROOT = FOLDER.parent.parent
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GOOD = (FOLDER / "wellness" / "walk_more.toml").read_text()


def named(name):
    return next(rule for rule in rules() if rule.name == name)


def finding(method, *, value=None, lower=None, upper=None, days=3, **detail):
    return Finding(
        method=method,
        value=value,
        lower=lower,
        upper=upper,
        detail=detail,
        valid_until=NOW + timedelta(days=days),
    )


def applies(rule, *findings):
    return bool(named(rule).evidence({f.method: f for f in findings}, NOW))


def test_there_are_enough_rules_with_a_public_source_each():
    assert len(rules()) >= 25
    for rule in rules():
        assert rule.source.url.startswith("https://")
        assert rule.source.reviewed < rule.source.review_by
        assert rule.source.review_by - rule.source.reviewed <= timedelta(days=400)
        assert rule.quiet >= timedelta(days=7)
        assert rule.changes_with
        assert "2026-11-24" in rule.source.checked


def test_the_rules_cover_what_is_measured():
    about = {condition.finding.partition(".")[0] for rule in rules() for condition in rule.when}
    assert about >= {"sleep", "activity", "glucose", "pressure", "weight", "adherence", "heart"}


def test_no_condition_asks_for_a_detail_that_its_method_never_gives():
    science = {path.stem: path.read_text() for path in (ROOT / "science").glob("*.py")}
    told = "".join(path.read_text() for path in (ROOT / "insights").glob("*.py"))
    known = told + "".join(science.values())
    for rule in rules():
        for condition in rule.when:
            name = condition.field.removeprefix("detail.")
            episodes = name.startswith("below_54_") and 'f"{name}_longest_minutes"' in told
            assert name in known or episodes, (rule.name, name)


def test_the_clinical_rules_are_a_part_that_goes_as_a_whole():
    all_of_them = {r.name for r in rules_in_force(TODAY, clinical=True)}
    without = {r.name for r in rules_in_force(TODAY, clinical=False)}
    gone = {p.stem for p in (FOLDER / "clinical").glob("*.toml")}
    assert all_of_them - without == gone
    assert gone
    assert without


def test_a_rule_past_its_review_date_is_withheld():
    last = named("walk_more").source.review_by
    assert named("walk_more") in rules_in_force(last, clinical=False)
    assert named("walk_more") not in rules_in_force(last + timedelta(days=1), clinical=False)


CASES = [
    ("glucose_low", finding("glucose.time_in_range", below_70_percent=4.0), True),
    ("glucose_low", finding("glucose.time_in_range", below_70_percent=3.99), False),
    ("glucose_out_of_range", finding("glucose.time_in_range", value=60, upper=69.9), True),
    ("glucose_out_of_range", finding("glucose.time_in_range", value=60, upper=70.0), False),
    ("glucose_swings", finding("glucose.time_in_range", cv_percent=36.1), True),
    ("glucose_swings", finding("glucose.time_in_range", cv_percent=36.0), False),
    ("walk_more", finding("activity.trend", lower=0, median_steps_per_day=4999), True),
    ("walk_more", finding("activity.trend", lower=0, median_steps_per_day=5000), False),
    ("walk_more", finding("activity.trend", lower=1, median_steps_per_day=4999), False),
    ("steps_falling", finding("activity.trend", upper=-1, change_percent_per_week=-5), True),
    ("steps_falling", finding("activity.trend", upper=0, change_percent_per_week=-5), False),
    ("steps_falling", finding("activity.trend", upper=-1, change_percent_per_week=-4.9), False),
    ("keep_walking", finding("activity.trend", lower=1, change_percent_per_week=5), True),
    ("keep_walking", finding("activity.trend", lower=0, change_percent_per_week=5), False),
    ("doses_missed", finding("adherence.pdc", value=79.9), True),
    ("doses_missed", finding("adherence.pdc", value=80), False),
    ("doses_late", finding("adherence.pdc", value=80, on_time_percent=69), True),
    ("doses_late", finding("adherence.pdc", value=80, on_time_percent=70), False),
    ("doses_late", finding("adherence.pdc", value=80, on_time_percent=None), False),
    ("mark_doses", finding("adherence.pdc", code="too_few_answers"), True),
    ("mark_doses", finding("adherence.pdc", code="too_few_dose_days"), False),
    ("wear_sensor", finding("glucose.time_in_range", code="too_little_sensor_time", have=11), True),
    ("wear_sensor", finding("glucose.time_in_range", code="too_little_sensor_time", have=9), False),
]


MORE = [
    ("sleep_irregular", [finding("sleep.regularity", upper=69.9)], True),
    ("sleep_irregular", [finding("sleep.regularity", upper=70)], False),
    ("sleep_steady", [finding("sleep.regularity", lower=80)], True),
    ("sleep_steady", [finding("sleep.regularity", lower=79.9)], False),
    ("sleep_wear", [finding("sleep.regularity", code="too_little_worn", have=20.1)], True),
    ("sleep_wear", [finding("sleep.regularity", code="too_little_worn", have=20)], False),
    (
        "move_for_sleep",
        [finding("sleep.regularity", upper=69.9), finding("activity.active_minutes", upper=21.3)],
        True,
    ),
    (
        "move_for_sleep",
        [finding("sleep.regularity", upper=69.9), finding("activity.active_minutes", upper=21.4)],
        False,
    ),
    ("active_minutes_low", [finding("activity.active_minutes", upper=21.3)], True),
    ("active_minutes_low", [finding("activity.active_minutes", upper=21.4)], False),
    ("active_minutes_met", [finding("activity.active_minutes", lower=21.4)], True),
    ("active_minutes_met", [finding("activity.active_minutes", lower=21.3)], False),
    ("sit_less", [finding("activity.active_minutes", sedentary_hours_per_day=8)], True),
    ("sit_less", [finding("activity.active_minutes", sedentary_hours_per_day=7.9)], False),
    ("balance", [finding("activity.active_minutes", lower=10)], True),
    ("balance", [finding("activity.active_minutes", lower=9.9)], False),
    ("very_few_steps", [finding("activity.trend", median_steps_per_day=2499.9)], True),
    ("very_few_steps", [finding("activity.trend", median_steps_per_day=2500)], False),
    ("glucose_very_low", [finding("glucose.time_in_range", below_54_percent=1)], True),
    ("glucose_very_low", [finding("glucose.time_in_range", below_54_percent=0.9)], False),
    ("glucose_low_episode", [finding("glucose.lows", below_54_episodes=1)], True),
    ("glucose_low_episode", [finding("glucose.lows", below_54_episodes=0.9)], False),
    ("glucose_lows_often", [finding("glucose.lows", lower=2)], True),
    ("glucose_lows_often", [finding("glucose.lows", lower=1.9)], False),
    ("glucose_low_long", [finding("glucose.lows", below_54_longest_minutes=120)], True),
    ("glucose_low_long", [finding("glucose.lows", below_54_longest_minutes=119.9)], False),
    ("glucose_very_high", [finding("glucose.time_in_range", above_250_percent=5)], True),
    ("glucose_very_high", [finding("glucose.time_in_range", above_250_percent=4.9)], False),
    (
        "glucose_goal_met",
        [finding("glucose.time_in_range", lower=70.1, below_70_percent=3.9)],
        True,
    ),
    ("glucose_goal_met", [finding("glucose.time_in_range", lower=70.1, below_70_percent=4)], False),
    ("glucose_visit", [finding("glucose.risk", gmi_percent=8)], True),
    ("glucose_visit", [finding("glucose.risk", gmi_percent=7.9)], False),
    (
        "glucose_walk_after_meals",
        [
            finding("glucose.time_in_range", upper=69.9),
            finding("activity.active_minutes", sedentary_hours_per_day=8),
        ],
        True,
    ),
    (
        "glucose_walk_after_meals",
        [
            finding("glucose.time_in_range", upper=69.9),
            finding("activity.active_minutes", sedentary_hours_per_day=7.9),
        ],
        False,
    ),
    ("doses_kept", [finding("adherence.pdc", lower=80)], True),
    ("doses_kept", [finding("adherence.pdc", lower=79.9)], False),
    ("doses_unanswered", [finding("adherence.pdc", value=0, unanswered_percent=20)], True),
    ("doses_unanswered", [finding("adherence.pdc", value=0, unanswered_percent=19.9)], False),
    ("doses_few_taken", [finding("adherence.pdc", upper=49.9)], True),
    ("doses_few_taken", [finding("adherence.pdc", upper=50)], False),
    ("doses_review", [finding("adherence.outlook", value=70)], True),
    ("doses_review", [finding("adherence.outlook", value=69.9)], False),
    (
        "ask_for_help",
        [finding("adherence.pdc", upper=79.9), finding("activity.trend", upper=-0.1)],
        True,
    ),
    (
        "ask_for_help",
        [finding("adherence.pdc", upper=79.9), finding("activity.trend", upper=0)],
        False,
    ),
    ("night_heart_fast", [finding("heart.night_resting", lower=100.1)], True),
    ("night_heart_fast", [finding("heart.night_resting", lower=100)], False),
]


def mean_pressure(value=140.0, *, surely=1.0, stage_2=-5.0, under=-9.0):
    return finding(
        "pressure.home",
        value=value,
        surely_over_135_85_mm_hg=surely,
        over_150_95_mm_hg=stage_2,
        surely_under_135_85_mm_hg=under,
    )


def early_days(code="too_few_nights_to_warn"):
    return finding("heart.early_warning", code=code)


HEART = [
    ("night_heart_up", [finding("heart.night_resting", nights_high_in_row=2), early_days()], True),
    ("night_heart_up", [finding("heart.night_resting", nights_high_in_row=1), early_days()], False),
    (
        "night_heart_up",
        [finding("heart.night_resting", nights_high_in_row=2), early_days(None)],
        False,
    ),
    ("nights_unlike_usual", [finding("heart.early_warning", nights_in_alarm=2)], True),
    ("nights_unlike_usual", [finding("heart.early_warning", nights_in_alarm=0)], False),
]
HOME = [
    ("pressure_very_high", [finding("pressure.very_high", value=1)], True),
    ("pressure_very_high", [finding("pressure.very_high", value=0)], False),
    ("pressure_stage_2", [mean_pressure(stage_2=0)], True),
    ("pressure_stage_2", [mean_pressure(stage_2=-0.1)], False),
    ("pressure_high", [mean_pressure(surely=0)], True),
    ("pressure_high", [mean_pressure(surely=-0.1)], False),
    ("pressure_high", [mean_pressure(stage_2=0)], False),
    ("pressure_low", [mean_pressure(89.9)], True),
    ("pressure_low", [mean_pressure(90)], False),
    ("pressure_doses", [mean_pressure(), finding("adherence.pdc", upper=79.9)], True),
    ("pressure_doses", [mean_pressure(), finding("adherence.pdc", upper=80)], False),
    ("pressure_doses", [mean_pressure(surely=-1), finding("adherence.pdc", upper=9)], False),
    ("pressure_salt", [mean_pressure(surely=0)], True),
    ("pressure_salt", [mean_pressure(surely=-0.1)], False),
    ("pressure_walk", [mean_pressure(), finding("activity.active_minutes", upper=21.3)], True),
    ("pressure_walk", [mean_pressure(), finding("activity.active_minutes", upper=21.4)], False),
    ("pressure_goal_met", [mean_pressure(120, under=0.1)], True),
    ("pressure_goal_met", [mean_pressure(120, under=0)], False),
    ("pressure_goal_met", [mean_pressure(89, under=5)], False),
    ("pressure_measure", [finding("pressure.home", code="too_few_pressures", have=1)], True),
    ("pressure_measure", [finding("pressure.home", code="too_few_pressures", have=0)], False),
    ("weight_gain_fast", [finding("weight.gain", gain_3_days_kg=2.01)], True),
    ("weight_gain_fast", [finding("weight.gain", gain_3_days_kg=2)], False),
    ("weight_gain_week", [finding("weight.gain", gain_7_days_kg=2.3, gain_3_days_kg=1)], True),
    ("weight_gain_week", [finding("weight.gain", gain_7_days_kg=2.2, gain_3_days_kg=1)], False),
    ("weight_gain_week", [finding("weight.gain", gain_7_days_kg=3, gain_3_days_kg=3)], False),
    ("weight_loss", [finding("weight.trend", upper=-0.1, change_percent_3_months=-5)], True),
    ("weight_loss", [finding("weight.trend", upper=-0.1, change_percent_3_months=-4.9)], False),
    ("weight_loss", [finding("weight.trend", upper=0, change_percent_3_months=-9)], False),
    ("weight_rising", [finding("weight.trend", lower=0.1, change_percent_3_months=3)], True),
    ("weight_rising", [finding("weight.trend", lower=0.1, change_percent_3_months=2.9)], False),
    ("weight_rising", [finding("weight.trend", lower=0, change_percent_3_months=9)], False),
    ("weight_weigh_in", [finding("weight.gain", code="too_few_weights", have=1)], True),
    ("weight_weigh_in", [finding("weight.gain", code="too_few_weights", have=0)], False),
]
MORE += HEART + HOME


@pytest.mark.parametrize(("rule", "seen", "expected"), CASES)
def test_bounds_hold_at_their_edges(rule, seen, expected):
    assert applies(rule, seen) is expected


@pytest.mark.parametrize(("rule", "seen", "expected"), MORE)
def test_bounds_over_several_findings_hold_at_their_edges(rule, seen, expected):
    assert applies(rule, *seen) is expected


def test_every_rule_has_a_case_on_both_sides():
    for expected in (True, False):
        assert {c[0] for c in [*CASES, *MORE] if c[2] is expected} >= {r.name for r in rules()}


def test_a_finding_out_of_date_is_no_evidence():
    assert not applies("doses_missed", finding("adherence.pdc", value=10, days=-1))
    gone = finding("adherence.pdc", value=10)
    gone.superseded_at = NOW
    assert not applies("doses_missed", gone)
    assert not applies("doses_missed", finding("adherence.pdc"))
    assert not applies("doses_missed")


def test_a_rule_for_adults_is_not_said_to_a_child_or_to_an_unknown_age():
    rule = named("glucose_low")
    assert rule.suits(date(2008, 11, 23), TODAY)
    assert not rule.suits(date(2008, 11, 24), TODAY)
    assert not rule.suits(None, TODAY)
    assert named("doses_missed").suits(None, TODAY)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("below = 5000", "below = 5000\nabove = 1"),
        ("below = 5000", "beyond = 5000"),
        ('finding = "activity.trend"', 'finding = "activity.trnd"'),
        ("version = 1\n", ""),
        ("review_by = 2027-11-30", "until = 2027-11-30"),
    ],
)
def test_a_file_that_is_no_rule_is_told_by_name(tmp_path, was, becomes):
    path = tmp_path / "odd_rule.toml"
    path.write_text(GOOD.replace(was, becomes, 1))
    with pytest.raises(RuleError, match="odd_rule"):
        read_rule(path)


def test_true_is_not_the_number_one():
    assert not Condition("activity.trend", "detail.x", "at_least", 1).holds(
        finding("activity.trend", x=True)
    )
