"""My devices: which are used, how they fare, and which are in reach."""

from dataclasses import replace
from typing import Any

from mobile.presenters import devices
from mobile.presenters.devices import Looking
from mobile.presenters.shapes import Section
from mobile.screens import background
from mobile.screens.widgets import BackButton, CardList, Page, PressButton, Say
from mobile.sync import priority
from mobile.sync.connections import pair, unpair
from mobile.sync.nearby import NoRadio


class DevicesPage(Page):
    """Looking around and fetching go on beside the screen."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.state = Looking()
        self.empty, self.cards = Say(), CardList()
        self.said, self.near = Say(), CardList()
        self.look = PressButton(
            label=words("devices_look"), tag="devices_look", icon="magnify", wide=True
        )
        self.look.bind(on_release=lambda _: self.look_around())
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=words("devices_title"), pt=26, bold=True))
        for part in (self.empty, self.cards, self.look, self.said, self.near):
            self.content.add_widget(part)

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        app, db = self.app, self.app.session.store
        used = devices.read(db)
        view = devices.present(
            used, words=app.words, zone=app.zone, now=app.now(),
            counts=devices.priorities(db), fetching=self.state.fetching,
        )  # fmt: skip
        near = devices.nearby(self.state, used, words=app.words)
        self.empty.text, self.said.text = view.empty, near.empty
        self.cards.show((Section("", view.cards),), again=again)
        self.near.show((Section(near.title, near.cards),) if near.cards else (), again=again)
        busy = self.state.looking or bool(self.state.fetching)
        self.look.disabled, self.look.look = busy, "outlined" if busy else "filled"

    def look_around(self) -> None:
        """What is in reach."""
        self.state = Looking(looking=True)
        self.refresh()
        background.run("look", lambda: self.app.session.bluetooth().look_around(), self._seen)

    def _seen(self, found: Any) -> None:
        failed = isinstance(found, Exception)
        self.state = Looking(None if failed else tuple(found), no_radio=failed)
        self._redraw()

    def pair(self, address: str) -> None:
        """The patient uses this one, and wants to see what it has."""
        one = next(each for each in self.state.nearby or () if each.address == address)
        name = one.name or self.app.words("devices_unnamed")
        pair(
            self.app.session.store, one.source,
            label=name, address=one.address, services=one.services,
        )  # fmt: skip
        self.fetch(one.source)

    def unpair(self, source: str) -> None:
        """It is not asked any more."""
        unpair(self.app.session.store, source)

    def count_first(self, source: str) -> None:
        """Where another source measures the same, this one counts."""
        priority.put_first(self.app.session.store, source)
        self.app.done(self.app.words("devices_counts_now"))

    def fetch(self, source: str) -> None:
        """Ask a device for what it has measured."""
        if self.state.fetching:
            return
        self.state = replace(self.state, fetching=source, no_radio=False)
        session, zone = self.app.session, self.app.zone
        connect = session.connect
        background.run(
            "fetch", lambda: session.bluetooth().fetch(connect, source, zone=zone), self._fetched
        )

    def _fetched(self, outcome: Any) -> None:
        no_radio = isinstance(outcome, NoRadio)
        self.state = replace(self.state, fetching="", no_radio=no_radio)
        self.app.session.wake()
        self._redraw()

    def _redraw(self) -> None:
        if self.app.session.is_open and self.app.page is self:
            self.refresh()
