"""Questionnaires: the list, and one question at a time."""

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from mobile.presenters import surveys as asking
from mobile.presenters.shapes import Card, Choosing, Section
from mobile.screens.forms import ChoosingPanel
from mobile.screens.widgets import BackButton, CardList, Page, PressButton, Say
from mobile.sync import surveys
from mobile.sync.surveys import Form


class SurveysPage(Page):
    """Each answer is kept at once; a killed app goes on where it was."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.open_form, self.place = "", 0
        self.thanks: tuple[Card, ...] = ()
        self.empty, self.cards = Say(pt=20, bold=True), CardList()
        self.slot = BoxLayout(orientation="vertical", size_hint_y=None, height=0, spacing="8dp")
        self.slot.bind(minimum_height=self.slot.setter("height"))
        self.back = PressButton(
            label=words("survey_back"), icon="arrow-left", look="text", tag="survey_back"
        )
        self.back.bind(on_release=lambda _: self._step_back())
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=words("more_surveys"), pt=26, bold=True))
        for part in (self.empty, self.slot, self.cards):
            self.content.add_widget(part)
        self._asked: Choosing | None = None
        self._goes_back = False

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        now, words = self.app.now(), self.app.words
        state = asking.present(
            asking.read(self.app.session.store, now=now),
            words=words, now=now, open_form=self.open_form, place=self.place,
        )  # fmt: skip
        self.empty.text = state.empty
        sections = state.sections
        if self.thanks and not self.open_form:
            sections = (Section("", self.thanks), *sections)
        self.cards.show(sections, again=again)
        if again or state.asking != self._asked or state.can_go_back != self._goes_back:
            self._draw_question(state)

    def _draw_question(self, state: asking.SurveysState) -> None:
        self._asked, self._goes_back = state.asking, state.can_go_back
        self.slot.clear_widgets()
        if state.asking is not None:
            self.slot.add_widget(ChoosingPanel(state.asking, self._choose, plain=True))
        if state.can_go_back:
            self.slot.add_widget(self.back)

    def _form(self) -> Form:
        found = surveys.forms(self.app.session.store)
        return next(form for form in found if form.code == self.open_form)

    def answer(self, code: str) -> None:
        """Begin, or go on where it was left."""
        self.open_form, self.thanks = code, ()
        answers = surveys.draft(self.app.session.store, code, now=self.app.now())
        self.place = asking.first_open(self._form(), answers)
        self.top()

    def start_over(self, code: str) -> None:
        """From the first question."""
        surveys.forget_draft(self.app.session.store, code)
        self.answer(code)

    def _choose(self, key: str, value: str) -> None:
        item = key.removeprefix("survey:")
        surveys.keep_answer(
            self.app.session.store, self.open_form, item, int(value), now=self.app.now()
        )
        self.place += 1
        self.top()
        self.refresh()

    def _step_back(self) -> None:
        """To the question before, and from the first one to the list."""
        if self.place:
            self.place -= 1
        else:
            self.open_form = ""
        self.refresh()

    def send(self, code: str) -> None:
        """Into the outbox; what must be said at once stays in sight."""
        store, now, form = self.app.session.store, self.app.now(), self._form()
        alarm = form.alarm(surveys.draft(store, code, now=now))
        if surveys.send(store, form, now=now) is not None:
            self.thanks = (asking.thanks(alarm, self.app.words),)
        self.open_form = ""
        self.app.session.wake()
        self.top()
