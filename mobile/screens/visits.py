"""Visits: the list, and asking for one."""

# mypy: allow-subclassing-any

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.presenters import visits
from mobile.screens.forms import Stepper  # noqa: F401
from mobile.screens.joining import join_visit
from mobile.screens.widgets import CardList, Page, Panel, PressButton, Say
from mobile.sync.deeds import ask_for_visit, prepare_visit

LONGEST_REASON = 500
MOST_QUESTIONS = 2_000


class AskPanel(Panel):
    """Day, time and reason."""

    page = ObjectProperty()


class QuestionsPanel(Panel):
    """What to ask at a visit."""

    page = ObjectProperty()


Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class VisitsPage(Page):
    """Visits to come, asked for and past."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.draft = visits.Draft()
        self.content.add_widget(Say(text=words("visits_title"), pt=26, bold=True))
        self.slot = BoxLayout(orientation="vertical", size_hint_y=None)
        self.slot.bind(minimum_height=self.slot.setter("height"))
        self.empty, self.cards = Say(), CardList()
        for part in (self.slot, self.empty, self.cards):
            self.content.add_widget(part)
        self.button = PressButton(label=words("visit_ask"), tag="visit_ask", icon="plus", wide=True)
        self.button.bind(on_release=lambda _: self.ask(True))
        self.form = AskPanel(page=self)
        self.ask(False)

    def ask(self, wanted: bool) -> None:
        """Show the form, or the button that leads to it."""
        self.slot.clear_widgets()
        self.slot.add_widget(self.form if wanted else self.button)

    def move(self, **step: int) -> None:
        """Another day or time."""
        self.draft = self.draft.moved(**step)
        self.refresh()

    def send(self) -> None:
        """Into the outbox."""
        now = self.app.now()
        event = ask_for_visit(
            self.app.session.db,
            starts_at=self.draft.starts_at(self.app.zone, now=now),
            reason=self.form.ids.reason.text[:LONGEST_REASON],
            now=now,
        )
        self.form.ids.reason.text, self.draft = "", visits.Draft()
        self.ask(False)
        self.app.done(self.app.words("done_visit"), event)
        self.refresh()

    def prepare(self, visit: str) -> None:
        """What to ask at this visit; what was written before stands there."""
        facts = visits.read(self.app.session.store)
        self.preparing = next(one for one in facts.visits if one.id == visit)
        self.slot.clear_widgets()
        panel = QuestionsPanel(page=self)
        panel.ids.questions.ids.input.multiline = True
        panel.ids.questions.text = self.preparing.questions
        self.slot.add_widget(panel)
        self.top()

    def keep_questions(self, text: str) -> None:
        """Into the outbox."""
        event = prepare_visit(
            self.app.session.store, self.preparing.id, text[:MOST_QUESTIONS], now=self.app.now()
        )
        self.ask(False)
        self.app.done(self.app.words("done_questions"), event)
        self.refresh()

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        now = self.app.now()
        facts = visits.read(self.app.session.db)
        state = visits.present(facts, self.draft, words=self.app.words, now=now)
        self.empty.text = state.empty
        self.form.ids.day.text, self.form.ids.clock.text = state.draft_day, state.draft_clock
        self.cards.show(state.sections, again=again)

    def join(self, visit: str) -> None:
        """Into the room."""
        join_visit(self.app, visit)
