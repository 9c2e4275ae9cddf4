"""Trends: reads and draws beside the screen, for a month of heart beats is many numbers."""

# mypy: allow-subclassing-any

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.presenters import trends
from mobile.presenters.charts import SPAN_DAYS, stretch
from mobile.screens import background
from mobile.screens.chart import ChartView  # noqa: F401
from mobile.screens.widgets import ButtonRow, Page, Panel, PressButton  # noqa: F401
from mobile.store.database import open_store
from mobile.sync.fetching import fetch_overview, fetch_stretch, overview_is_due

REDRAW_S = 2.0  # while samples come in


class TrendsBody(BoxLayout):
    """What stands on the page."""

    page = ObjectProperty()


class NumberRow(BoxLayout):
    """Numbers side by side; one below the other where letters are large."""


class NumberBox(Panel):
    """A number and its name."""

    label = StringProperty("")
    number = StringProperty("")


Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class TrendsPage(Page):
    """One stream, by day, week or month."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.body = TrendsBody(page=self)
        self.content.add_widget(self.body)
        self.asked: trends.Asked | None = None
        self.facts: Any = None  # trends.TrendsFacts, once the store has been read
        self._state: trends.TrendsState | None = None
        self._reading, self._again, self._fetching = False, False, False
        self._read_at = 0.0
        self._fetched: set[trends.Asked] = set()

    # --- reading ---------------------------------------------------------------------------------

    def refresh(self, *, again: bool = False) -> None:
        """Read the store beside the screen; one reading at a time, the last wish wins."""
        if again:
            self._state = None
        if self._reading:
            self._again = True
            return
        self._reading, self._again, self._read_at = True, False, time.monotonic()
        session, asked = self.app.session, self.asked
        path, units, now = session.path, self.app.preferences.units, self.app.now()

        def read() -> Any:
            db = open_store(path)
            try:
                return trends.read(db, asked, units, now=now)
            finally:
                db.close()

        background.run("trends", read, self._have_read)

    def change_marked(self) -> None:
        """Not more often than REDRAW_S, and not while a reading is on its way."""
        if time.monotonic() - self._read_at > REDRAW_S:
            self.refresh()

    def _have_read(self, outcome: Any) -> None:
        self._reading = False
        if isinstance(outcome, Exception) or not self.app.session.is_open:
            return
        self.facts = outcome
        if self.asked is None and outcome.kinds:
            self.asked = outcome.asked
        self.draw()
        if self._again:
            self.refresh()
        self._fetch()

    # --- asking the server -----------------------------------------------------------------------

    def _fetch(self) -> None:
        """Once for each stretch while the page is open; what it has is drawn meanwhile."""
        asked = self.facts.asked
        if self._fetching or asked in self._fetched:
            return
        self._fetching = True
        self._fetched.add(asked)
        self.draw()
        background.run("fetch", lambda: self._ask(asked), self._have_fetched)

    def _ask(self, asked: trends.Asked) -> None:
        session, now, zone = self.app.session, self.app.now(), self.facts.zone
        start, end = stretch(asked.span, asked.last, zone)
        token = session.identity.token or ""
        transport = session.call()
        db = open_store(session.path)
        try:
            if overview_is_due(db, now=now):
                fetch_overview(db, transport, token, end=end, now=now)
            for resolution in trends.resolutions(db, asked, start, end):
                fetch_stretch(
                    db, transport, token, asked.kind, start=start, end=end,
                    resolution=resolution, key=trends.fetch_key(asked), now=now,
                )  # fmt: skip
        finally:
            db.close()
            transport.close()

    def _have_fetched(self, _outcome: Any) -> None:
        self._fetching = False
        if self.app.session.is_open:
            self.draw()
            self.refresh()

    # --- drawing ---------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show what the presenter makes of the facts."""
        state = trends.present(
            self.facts, words=self.app.words, now=self.app.now(), fetching=self._fetching
        )
        if state == self._state:
            return
        old, self._state = self._state, state
        ids = self.body.ids
        ids.period.text, ids.after.disabled = state.period, not state.has_next
        ids.unit.text = state.unit if state.chart else ""
        ids.chart.chart, ids.empty.text = state.chart, state.empty
        ids.target.text, ids.source.text = state.target, state.source
        if old is None or (old.kinds, old.asked) != (state.kinds, state.asked):
            self._draw_choices(state)
        self._draw_numbers(state)

    def _draw_choices(self, state: trends.TrendsState) -> None:
        ids, asked = self.body.ids, state.asked
        ids.kinds.clear_widgets()
        ids.spans.clear_widgets()
        for kind, label in state.kinds:
            button = self._choice(label, f"kind:{kind}", kind == asked.kind)
            button.bind(on_release=lambda _, k=kind: self.show(kind=k))
            ids.kinds.add_widget(button)
        for span in SPAN_DAYS:
            button = self._choice(
                self.app.words(f"span_{span}"), f"span:{span}", span == asked.span
            )
            button.bind(on_release=lambda _, s=span: self.show(span=s))
            ids.spans.add_widget(button)

    def _choice(self, label: str, tag: str, chosen: bool) -> PressButton:
        return PressButton(
            label=label,
            tag=tag,
            icon="check" if chosen else "",
            look="tonal" if chosen else "outlined",
        )

    def _draw_numbers(self, state: trends.TrendsState) -> None:
        row = self.body.ids.numbers
        row.clear_widgets()
        row.orientation = "vertical" if self.app.text_scale > 1.3 else "horizontal"
        for label, number in state.numbers:
            row.add_widget(NumberBox(label=label, number=number))

    # --- taps ------------------------------------------------------------------------------------

    def show(self, **changed: Any) -> None:
        """Another kind or span; a kind opens on its own last day."""
        if self.facts is None:
            return
        asked = (self.asked or self.facts.asked)._replace(**changed)
        if "kind" in changed:
            db, now = self.app.session.db, self.app.now()
            asked = asked._replace(last=trends.last_day(db, asked.kind, self.facts.zone, now))
        self._ask_for(asked)

    def _ask_for(self, asked: trends.Asked) -> None:
        """The choice shows at once; the chart follows when it has been read."""
        self.asked = asked
        if self._state is not None and asked != self._state.asked:
            self._state = replace(self._state, asked=asked)
            self._draw_choices(self._state)
        self.refresh()

    def move(self, steps: int) -> None:
        """The stretch before or after."""
        if self.facts is None:
            return
        today = self.app.now().astimezone(self.facts.zone).date()
        self._ask_for(trends.moved(self.asked or self.facts.asked, steps, today=today))
