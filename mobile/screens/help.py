"""Help."""

from typing import Any

from mobile.presenters import help as helping
from mobile.presenters.shapes import Section
from mobile.screens.widgets import BackButton, CardList, Page, Say


class HelpPage(Page):
    """The same for everybody; works without a network."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.cards = CardList()
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=self.app.words("more_help"), pt=26, bold=True))
        self.content.add_widget(self.cards)

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        self.cards.show((Section("", helping.present(self.app.words)),), again=again)
