"""Trends: reads and draws beside the screen, for a month of heart beats is many numbers."""

# mypy: allow-subclassing-any

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ColorProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.stacklayout import StackLayout

from mobile.presenters import tapped, trends
from mobile.presenters.axes import SPAN_DAYS, stretch
from mobile.screens import background
from mobile.screens.chart import SECOND, SOURCES, ChartView  # noqa: F401
from mobile.screens.widgets import ButtonRow, Page, Panel, PressButton  # noqa: F401
from mobile.sync.fetching import fetch_known, fetch_overview, overview_is_due

REDRAW_S = 2.0  # while samples come in


class TrendsBody(BoxLayout):
    """What stands on the page."""

    page = ObjectProperty()
    period = StringProperty("")


class NumberRow(BoxLayout):
    """Numbers side by side; one below the other where letters are large."""


class Legend(StackLayout):
    """Which colour is whose."""


class LegendEntry(BoxLayout):
    """One source."""

    colour = ColorProperty()
    name = StringProperty("")
    widest = NumericProperty(None, allownone=True)


class NumberBox(Panel):
    """A number and its name."""

    label = StringProperty("")
    number = StringProperty("")


Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class TrendsPage(Page):
    """One or two streams, by day, week, month or year."""

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
        self._offline, self._comparing = False, False

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
        units, now = self.app.preferences.units, self.app.now()

        def read() -> Any:
            db = session.connect()
            try:
                return trends.read(db, asked, units, now=now)
            finally:
                db.close()

        background.run("trends", read, self._have_read)

    @property
    def is_reading(self) -> bool:
        """Whether the store is being read."""
        return self._reading

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

    def _ask(self, asked: trends.Asked) -> bool:
        """On a thread of its own; False if the server did not answer."""
        session, now = self.app.session, self.app.now()
        start, end = stretch(asked.span, asked.last, self.facts.zone)
        token = session.identity.token or ""
        transport = session.call()
        db = session.connect()
        try:
            if overview_is_due(db, now=now):
                fetch_overview(db, transport, token, end=end, now=now)
            return all(
                fetch_known(
                    db, transport, token, kind, start=start, end=end,
                    finer=lambda series: trends.finer_resolution(series, asked.span),
                    key=trends.fetch_key(asked._replace(kind=kind)), now=now,
                )
                for kind in (asked.kind, asked.over) if kind
            )  # fmt: skip
        finally:
            db.close()
            transport.close()

    def _have_fetched(self, outcome: Any) -> None:
        self._fetching, self._offline = False, outcome is not True
        if self.app.session.is_open:
            self.draw()
            self.refresh()

    # --- drawing ---------------------------------------------------------------------------------

    def draw(self) -> None:
        """Show what the presenter makes of the facts."""
        state = trends.present(
            self.facts, words=self.app.words, now=self.app.now(),
            fetching=self._fetching, offline=self._offline,
        )  # fmt: skip
        if state == self._state:
            return
        old, self._state = self._state, state
        ids = self.body.ids
        self.body.period, ids.after.disabled = state.period, not state.has_next
        ids.unit.text = state.unit if state.chart else ""
        ids.second_unit.text = state.second_unit
        ids.chart.chart, ids.chart.second = state.chart, state.second
        ids.chart.said, ids.chart.told = trends.chart_in_words(state)
        ids.empty.text = state.empty
        ids.target.text, ids.source.text = state.target, state.source
        if old is None or (old.kinds, old.asked) != (state.kinds, state.asked):
            self._draw_choices(state)
        self._draw_numbers(state)
        self._draw_legend(state)
        if ids.chart.mark is None:
            self.look(None)

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
        self._draw_others(state)

    def _draw_others(self, state: trends.TrendsState) -> None:
        """What this stream can be seen beside, once that is asked for."""
        ids, asked = self.body.ids, state.asked
        ids.others.clear_widgets()
        ids.compare.disabled = len(state.kinds) < 2
        ids.compare.label = self.app.words("trends_alone" if asked.over else "trends_compare")
        for kind, label in state.kinds if self._comparing else ():
            if kind != asked.kind:
                button = self._choice(label, f"over:{kind}", kind == asked.over)
                button.bind(on_release=lambda _, k=kind: self.show(over=k))
                ids.others.add_widget(button)

    def _choice(self, label: str, tag: str, chosen: bool) -> PressButton:
        return PressButton(
            label=label,
            tag=tag,
            icon="check" if chosen else "",
            look="tonal" if chosen else "outlined",
        )

    def _draw_numbers(self, state: trends.TrendsState) -> None:
        ids = self.body.ids
        for row, numbers in (
            (ids.numbers, state.numbers),
            (ids.second_numbers, state.second_numbers),
        ):
            row.clear_widgets()
            row.orientation = "vertical" if self.app.text_scale > 1.3 else "horizontal"
            for label, number in numbers:
                row.add_widget(NumberBox(label=label, number=number))

    def second_ink(self, theme_style: str) -> Any:
        """The colour of the second stream."""
        return SECOND[theme_style]

    def _draw_legend(self, state: trends.TrendsState) -> None:
        legend = self.body.ids.legend
        legend.clear_widgets()
        for number, name in state.legend:
            colour = SOURCES[number % len(SOURCES)]
            legend.add_widget(LegendEntry(colour=colour, name=name))

    # --- taps ------------------------------------------------------------------------------------

    def show(self, **changed: Any) -> None:
        """Another kind or span; a kind opens on its own last day."""
        if self.facts is None:
            return
        asked = (self.asked or self.facts.asked)._replace(**changed)
        if "kind" in changed:
            self._comparing, asked = False, asked._replace(over="")
            db, now = self.app.session.db, self.app.now()
            asked = asked._replace(last=trends.last_day(db, asked.kind, self.facts.zone, now))
        self._ask_for(asked)

    def compare(self) -> None:
        """Offer what to see beside this stream; or go back to it alone."""
        if self._state is None:
            return
        alone = bool(self._state.asked.over)
        self._comparing = not (alone or self._comparing)
        if alone:
            self.show(over="")
        else:
            self._draw_others(self._state)

    def look(self, at_ms: float | None) -> None:
        """Mark the value nearest to a place on the chart and say it in words; None: no more."""
        found = None
        if at_ms is not None and self.facts is not None:
            found = tapped.tapped(self.facts, at_ms, self.app.words)
        ids = self.body.ids
        ids.chart.mark = found
        hint = self.app.words("tapped_hint") if ids.chart.chart else ""
        ids.told.text = found.text if found else hint

    def _ask_for(self, asked: trends.Asked) -> None:
        """The choice shows at once; the chart follows when it has been read."""
        self.asked = asked
        self.look(None)
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
