"""Days of the week and of the month in the sentences of schedules.

After "every", Spanish and French want the plural ("los sábados") and Portuguese another article for
the weekend ("aos sábados"), so the names stand in the catalogues as they read there; a day's plain
name is the calendar's.
"""

from collections.abc import Sequence
from datetime import datetime

from backend.wire.language import Language
from backend.wire.rules import DAYS, Rule

WEEKEND = ("SA", "SU")


def days_of_week(days: Sequence[str], speak: Language) -> str:
    """ "Monday and Friday", of codes such as MO; nothing of none."""
    every = {
        "MO": speak.pgettext("every", "Monday"),
        "TU": speak.pgettext("every", "Tuesday"),
        "WE": speak.pgettext("every", "Wednesday"),
        "TH": speak.pgettext("every", "Thursday"),
        "FR": speak.pgettext("every", "Friday"),
        "SA": speak.pgettext("every", "Saturday"),
        "SU": speak.pgettext("every", "Sunday"),
    }
    return speak.listed([every[day] for day in days])


def days_of_month(rule: Rule, starts: datetime, speak: Language) -> str:
    """ "day 1 and the last day", "the first Monday"."""
    if rule.byday:
        return speak.listed([_weekday(ordinal, day, speak) for ordinal, day in rule.byday])
    days = rule.bymonthday or (starts.day,)
    last = speak.gettext("the last day")
    return speak.listed(
        [last if day == -1 else speak.gettext("day {day}", day=day) for day in days]
    )


def _weekday(ordinal: int, day: str, speak: Language) -> str:
    name = speak.calendar.weekdays[DAYS.index(day)]
    # Portuguese has another gender for the weekend.
    if day in WEEKEND:
        told = {
            0: speak.pgettext("Saturday or Sunday", "each {day}", day=name),
            1: speak.pgettext("Saturday or Sunday", "the first {day}", day=name),
            2: speak.pgettext("Saturday or Sunday", "the second {day}", day=name),
            3: speak.pgettext("Saturday or Sunday", "the third {day}", day=name),
            4: speak.pgettext("Saturday or Sunday", "the fourth {day}", day=name),
            -1: speak.pgettext("Saturday or Sunday", "the last {day}", day=name),
        }
    else:
        told = {
            0: speak.pgettext("Monday to Friday", "each {day}", day=name),
            1: speak.pgettext("Monday to Friday", "the first {day}", day=name),
            2: speak.pgettext("Monday to Friday", "the second {day}", day=name),
            3: speak.pgettext("Monday to Friday", "the third {day}", day=name),
            4: speak.pgettext("Monday to Friday", "the fourth {day}", day=name),
            -1: speak.pgettext("Monday to Friday", "the last {day}", day=name),
        }
    return told[ordinal]
