"""Today."""

# mypy: allow-subclassing-any

from datetime import date
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.uix.boxlayout import BoxLayout

from mobile.presenters import goals, today, week
from mobile.screens.joining import join_visit
from mobile.screens.widgets import CardList, Page
from mobile.store.database import keep_setting, writing
from mobile.sync import surveys, wishes


class TodayHead(BoxLayout):
    """Greeting and day."""


Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class TodayPage(Page):
    """What is due, in the order of the day."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.head, self.cards = TodayHead(), CardList()
        self.content.add_widget(self.head)
        self.content.add_widget(self.cards)
        self.opened: frozenset[str] = frozenset()

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        now = self.app.now()
        facts = today.read(self.app.session.db, now=now)
        state = today.present(facts, words=self.app.words, now=now, opened=self.opened)
        ids = self.head.ids
        ids.greeting.text, ids.day.text, ids.empty.text = state.greeting, state.day, state.empty
        ids.kind_word.text = state.kind_word
        self.cards.show(state.sections, again=again)

    def fold(self, tag: str) -> None:
        """Unfold a card, or fold it again."""
        self.opened ^= {tag}

    def answer(self, code: str) -> None:
        """To the questions."""
        self.app.go("surveys")
        self.app.page.answer(code)

    def put_off(self, code: str) -> None:
        """No more questions today."""
        surveys.put_off(self.app.session.store, code, self._today())

    def set_habit(self, name: str) -> None:
        """The first goal, or none for now."""
        chosen = goals.habit(self.app.words(f"habit_{name}")) if name else goals.NONE
        wishes.wish(self.app.session.store, wishes.GOAL, **chosen)
        self.app.done(self.app.words("goal_set" if name else "goal_later"))

    def habit_done(self, said: str) -> None:
        """Today, or not after all."""
        app = self.app
        facts = goals.read(app.session.store, zone=app.zone, now=app.now())
        done = goals.marked(facts, done=said == "yes")
        wishes.wish(app.session.store, wishes.GOAL, **done)
        app.done(app.words("goal_thanks" if said == "yes" else "undone"))

    def week_away(self, first: str) -> None:
        """The summary has been read."""
        store = self.app.session.store
        with writing(store):
            keep_setting(store, week.SEEN, first)

    def _today(self) -> date:
        today: date = self.app.now().astimezone(self.app.zone).date()
        return today

    def no_nudges(self, _subject: str) -> None:
        """From now on; the settings can turn them on again."""
        wishes.wish(self.app.session.store, wishes.NUDGES, off=True)
        self.app.session.arm()
        self.app.done(self.app.words("nudges_stopped"))

    def prepare(self, visit: str) -> None:
        """To the page where questions are written."""
        self.app.go("visits")
        self.app.page.prepare(visit)

    def join(self, visit: str) -> None:
        """Into the room."""
        join_visit(self.app, visit)
