"""Will my reminders work on this phone?"""

from datetime import timedelta
from typing import Any

from mobile.device.clock import device_zone
from mobile.presenters import selftest
from mobile.presenters.shapes import Section
from mobile.screens.widgets import BackButton, CardList, Page, Say
from mobile.sync import ringing


class SelfTestPage(Page):
    """What was looked at, and a trial ring through the real alarms."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.cards = CardList()
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=self.app.words("selftest_question"), pt=26, bold=True))
        self.content.add_widget(self.cards)

    def refresh(self, *, again: bool = False) -> None:
        """Ask the device anew and draw what the presenter says."""
        session, words, now = self.app.session, self.app.words, self.app.now()
        facts = selftest.read(
            session.store,
            standing=session.reliability.look(),
            opens=session.reliability.opens,
            alarms_run=session.alarms_run,
            outlives_app=session.outlives_app,
            device_zone=device_zone(),
            now=now,
        )
        state = selftest.present(facts, words=words, now=now)
        sections = (
            Section("", (state.verdict,)),
            Section(words("selftest_try"), (state.trial,)),
            Section(words("selftest_seen"), state.checks),
        )
        self.cards.show(sections, again=again)

    def ring(self, seconds: str) -> None:
        """A trial: armed at once, for it must work without a network."""
        session = self.app.session
        ringing.ask_for(session.store, timedelta(seconds=int(seconds)), now=self.app.now())
        session.arm()

    def heard(self, said: str) -> None:
        """What the patient says; the server hears how far it can rely on this phone."""
        ringing.answer(self.app.session.store, noticed=said == "yes")
        self.app.session.arm()
        self.app.session.wake()

    def open(self, which: str) -> None:
        """The platform's own page."""
        self.app.session.reliability.open_settings(which)
