"""Enrol: address, code, start."""

# mypy: allow-subclassing-any

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.presenters import enrolment
from mobile.presenters.enrolment import EnrolFacts
from mobile.screens import background
from mobile.screens.widgets import Page
from mobile.sync.enrol import NotEnrolled

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class EnrolForm(BoxLayout):
    """What there is to fill in."""

    page = ObjectProperty()


class EnrolPage(Page):
    """Shown until somebody is enrolled, and after a sign-out."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.form = EnrolForm(page=self)
        self.content.add_widget(self.form)
        known = self.app.session.identity
        remembered = known.server if known else self.app.preferences.server
        self.form.ids.server.text = self.app.server or remembered
        self.form.ids.code.text = self.app.code
        self.busy, self.trouble = False, ""

    def refresh(self, *, again: bool = False) -> None:
        """Show how far it has come."""
        ids = self.form.ids
        waiting = 0 if self.busy else self.app.session.waiting()
        facts = EnrolFacts(ids.server.text, ids.code.text, self.busy, self.trouble, waiting)
        state = enrolment.present(facts, words=self.app.words)
        ids.problem.text, ids.note.text = state.problem, state.note
        ids.send.label, ids.send.disabled = state.button, not state.can_send

    def send(self) -> None:
        """Check what was typed, then ask the server beside the screen."""
        ids = self.form.ids
        server, code = enrolment.from_link(ids.server.text, ids.code.text)
        ids.server.text, ids.code.text = server, code
        self.trouble = enrolment.check(server, code)
        address = enrolment.address_of(server)
        if self.busy or self.trouble or address is None:
            self.refresh()
            return
        self.busy = True
        self.refresh()
        background.run("enrol", lambda: self.app.session.enrol(address, code), self._answered)

    def _answered(self, outcome: Any) -> None:
        self.busy = False
        if isinstance(outcome, NotEnrolled):
            self.trouble = enrolment.trouble_of(outcome.trouble)
        elif isinstance(outcome, Exception):
            self.trouble = "no_connection"
        else:
            self.form.ids.code.text = ""
            self.app.session.close()
            self.app.remember_server(outcome.server)
            self.app.enter()
            return
        self.refresh()
