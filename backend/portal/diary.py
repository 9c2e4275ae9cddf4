"""The diary: what the days had in them, and seizures, noted by hand."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect

from backend.core.problems import invalid_field
from backend.patients.access import Category, Deed
from backend.portal.doors import Visitor, draw
from backend.streams import diary
from backend.wire.diary import PARTS, TAGS, Part, TagName
from backend.wire.language import Language
from backend.wire.problems import Code

SHOWN = 3  # days


def show(visitor: Visitor) -> HttpResponse:
    """Today and the days before it, each with what is noted."""
    chart = visitor.chart(Category.STREAMS, subject="diary page")
    today = visitor.local(visitor.now).date()
    days = [today - timedelta(days=n) for n in range(SHOWN - 1, -1, -1)]
    noted = reversed(diary.noted_days(chart, days))
    tags = tag_words(visitor.said)
    values = {
        "days": [(one, [(tag, tags[tag], tag in one.tags) for tag in TAGS]) for one in noted],
        "parts": part_words(visitor.said).items(),
    }
    return draw(visitor, "diary", values)


def tag_words(said: Language) -> dict[TagName, str]:
    """What a day may have had in it."""
    return {
        "alcohol": said.gettext("Alcohol"),
        "travel": said.gettext("A long journey"),
        "vaccine": said.gettext("A vaccine"),
    }


def part_words(said: Language) -> dict[Part, str]:
    """When on a day."""
    return {
        "night": said.gettext("At night"),
        "morning": said.gettext("In the morning"),
        "afternoon": said.gettext("In the afternoon"),
        "evening": said.gettext("In the evening"),
    }


def note_tags(visitor: Visitor, day: str) -> HttpResponse:
    """The boxes that are ticked hold, the others do not."""
    ticked = visitor.request.POST.getlist("tag")
    if set(ticked) - set(TAGS):
        raise invalid_field("tag", Code.INVALID, "Choose from the boxes.")
    chart = visitor.chart(Category.STREAMS, subject="day noted", deed=Deed.CHANGE)
    tags = frozenset(tag for tag in TAGS if tag in ticked)
    diary.note_tags(chart, _day(day), tags, now=visitor.now)
    return redirect("me:diary")


def note_seizure(visitor: Visitor, day: str) -> HttpResponse:
    """One more in a part of the day, or none on it."""
    asked = visitor.request.POST.get("part", "")
    part = next((one for one in PARTS if one == asked), None)
    if part is None and asked != "none":
        raise invalid_field("part", Code.INVALID, "Choose one of the buttons.")
    chart = visitor.chart(Category.STREAMS, subject="seizure noted", deed=Deed.CHANGE)
    diary.note_seizure(chart, _day(day), part, now=visitor.now)
    return redirect("me:diary")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid_field("day", Code.INVALID, "This is no date.") from None
