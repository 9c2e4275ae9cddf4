"""Every screen, by its semantic tree: contrast, size, names, fit; the keyboard; the voice."""

from pathlib import Path

import pytest

from tests.mobile.driving import need_graphics
from tests.mobile.tour import LOOKS, furnished, look_at, stops

TAB, ENTER, ESCAPE = 9, 13, 27


@pytest.mark.slow
def test_each_screen_can_be_read_touched_and_heard(tmp_path: Path) -> None:
    """On a small phone, in every look, with letters of 100 and 200 %."""
    need_graphics()
    wrong = []
    with furnished(tmp_path) as app:
        for percent, look in [(100, look) for look in LOOKS] + [(200, "light")]:
            app.do("like", text_percent=percent, **LOOKS[look])
            for stop in stops():
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
