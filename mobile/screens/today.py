"""Today."""

# mypy: allow-subclassing-any

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.uix.boxlayout import BoxLayout

from mobile.presenters import today
from mobile.screens.joining import join_visit
from mobile.screens.widgets import CardList, Page
from mobile.sync import wishes


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
        self.cards.show(state.sections, again=again)

    def fold(self, tag: str) -> None:
        """Unfold a card, or fold it again."""
        self.opened ^= {tag}

    def no_nudges(self, _subject: str) -> None:
        """From now on; the settings can turn them on again."""
        wishes.wish(self.app.session.store, wishes.NUDGES, off=True)
        self.app.session.arm()
        self.app.done(self.app.words("nudges_stopped"))

    def join(self, visit: str) -> None:
        """Into the room."""
        join_visit(self.app, visit)
