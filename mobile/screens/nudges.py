"""Short tips during the day: whether, how, how often, and not just now."""

from typing import Any

from mobile.presenters import nudges
from mobile.presenters.shapes import Choosing
from mobile.screens.forms import ChoosingPanel
from mobile.screens.widgets import BackButton, CardList, Page, Say
from mobile.sync import wishes


class NudgesPage(Page):
    """Each tap holds at once, and the server hears of it with the next sync."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.asked, self.note = CardList(), Say(pt=15, muted=True)
        title = Say(text=words("more_nudges"), pt=26, bold=True)
        for part in (BackButton(), title, self.asked, self.note):
            self.content.add_widget(part)
        self._shown: tuple[Choosing, ...] | None = None

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        app = self.app
        facts = nudges.read(app.session.store)
        asked = nudges.present(facts, words=app.words, zone=app.zone, now=app.now())
        self.note.text = app.words(f"choice_{wishes.standing(app.session.store, wishes.NUDGES)}")
        if asked == self._shown and not again:
            return
        self._shown = asked
        self.asked.clear_widgets()
        for one in asked:
            self.asked.add_widget(ChoosingPanel(one, self._choose))

    def _choose(self, key: str, value: str) -> None:
        wished = nudges.wished(key, value, now=self.app.now())
        if wished is not None:
            what, values = wished
            wishes.wish(self.app.session.store, what, **values)
            self.app.session.arm()  # a nudge that is armed must not ring any more
            self.app.session.wake()
        self.refresh()
