"""Privacy: who may see what, who looked."""

from typing import Any

from mobile.presenters import privacy
from mobile.screens.widgets import BackButton, CardList, Page, Say
from mobile.sync import wishes


class PrivacyPage(Page):
    """A consent is taken back in two taps, with no network too."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.asking, self.cards = "", CardList()
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=self.app.words("more_privacy"), pt=26, bold=True))
        self.content.add_widget(self.cards)

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        now = self.app.now()
        facts = privacy.read(self.app.session.store, now=now)
        sections = privacy.present(facts, words=self.app.words, now=now, asking=self.asking)
        self.cards.show(sections, again=again)

    def ask(self, grant: str) -> None:
        """Sure? Or let it be."""
        self.asking = grant

    def withdraw(self, grant: str) -> None:
        """It goes to the server with the next sync."""
        wishes.wish(self.app.session.store, privacy.end_of(grant))
        self.asking = ""
        self.app.session.wake()
