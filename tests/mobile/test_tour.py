"""Every screen, by its semantic tree: contrast, size, names, fit; the keyboard; the voice."""

from pathlib import Path

import pytest

from tests.mobile.driving import need_graphics
from tests.mobile.tour import LOOKS, furnished, look_at, stops

TAB, ENTER, ESCAPE = 9, 13, 27


# Every page in two looks, these in all four: the command (tour.py) shows every page in every look.
ROUNDS = (("light", 200), ("dark", 100), ("light-strong", 100), ("dark-strong", 100))
ALWAYS = ("today", "trends-day", "visits", "settings")


@pytest.mark.slow
def test_each_screen_can_be_read_touched_and_heard(tmp_path: Path) -> None:
    """On a small phone, in every look, with letters of 100 and 200 %."""
    need_graphics()
    wrong = []
    with furnished(tmp_path) as app:
        for look, percent in ROUNDS:
            app.do("like", text_percent=percent, **LOOKS[look])
            for stop in stops():
                if look.endswith("strong") and stop.name not in ALWAYS:
                    continue
                wrong += [f"{look} {percent}: {fault}" for fault in look_at(app, stop)]
                for tag in stop.undo:
                    app.tap(tag)
        assert wrong == []

        app.do("go", place="help")
        app.tap("voice")
        (said,) = app.do("said")["said"]
        assert said.startswith("en: Settings, button.\nHelp.\n")
        app.do("key", key=ESCAPE)
        assert app.do("said")["said"][-1] == "(quiet)"
        app.wait("Time zone of your plan")

        app.do("go", place="today")
        for _ in range(2):
            app.do("key", key=TAB)
        app.do("key", key=TAB, modifiers=["shift"])
        app.do("key", key=ENTER)
        app.wait("Sync now")
        assert app.close() == 0
