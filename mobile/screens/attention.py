"""The page behind the sync line."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty

from mobile.presenters import attention
from mobile.screens.widgets import CardList, Page, Panel

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class SyncSummary(Panel):
    """How things stand."""

    page = ObjectProperty()


class SyncPage(Page):
    """What waits, what was confirmed, what was refused."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.summary, self.cards = SyncSummary(page=self), CardList()
        self.content.add_widget(self.summary)
        self.content.add_widget(self.cards)
        self.can_enrol = False

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        session = self.app.session
        facts = attention.read(session.db, session.status, session.identity.server)
        state = attention.present(facts, words=self.app.words, now=self.app.now())
        ids = self.summary.ids
        ids.line.text, ids.waiting.text = state.line.text, state.waiting
        ids.confirmed.text, ids.server.text = state.confirmed, state.server
        self.can_enrol = state.can_enrol
        ids.act.label = self.app.words("sync_enrol" if state.can_enrol else "sync_now")
        self.cards.show(state.sections, again=again)

    def act(self) -> None:
        """Sync now, or go to enrol again."""
        if self.can_enrol:
            self.app.session.close()
            self.app.enter()
        else:
            self.app.session.wake(anyway=True)
