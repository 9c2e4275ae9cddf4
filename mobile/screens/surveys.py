"""Questionnaires: the list, and one question at a time."""

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from backend.wire.questionnaire import Answer, Questionnaire
from mobile.presenters import answering
from mobile.presenters import surveys as asking
from mobile.presenters.shapes import Card, Choosing, Section, Typing
from mobile.screens.forms import ChoosingPanel, TypingPanel
from mobile.screens.widgets import BackButton, CardList, Page, PressButton, Say
from mobile.sync import surveys


class SurveysPage(Page):
    """Each answer is kept at once; a killed app goes on where it was."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.open_form, self.place = "", asking.END
        self.thanks: tuple[Card, ...] = ()
        self.empty, self.cards = Say(pt=20, bold=True), CardList()
        self.slot = BoxLayout(orientation="vertical", size_hint_y=None, height=0, spacing="8dp")
        self.slot.bind(minimum_height=self.slot.setter("height"))
        self.back = self._button("survey_back", "arrow-left", self._step_back)
        self.over = self._button("survey_pass", "skip-next-outline", lambda: self._keep(None))
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=words("more_surveys"), pt=26, bold=True))
        for part in (self.empty, self.slot, self.cards):
            self.content.add_widget(part)
        self._drawn: asking.SurveysState | None = None

    def _button(self, key: str, icon: str, act: Any) -> PressButton:
        made = PressButton(label=self.app.words(key), icon=icon, look="text", tag=key)
        made.bind(on_release=lambda _: act())
        return made

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
        if again or self._drawn is None or self._differs(state, self._drawn):
            self._draw_question(state)
        self._drawn = state

    @staticmethod
    def _differs(state: asking.SurveysState, drawn: asking.SurveysState) -> bool:
        return (state.asking, state.can_go_back) != (drawn.asking, drawn.can_go_back)

    def _draw_question(self, state: asking.SurveysState) -> None:
        self.slot.clear_widgets()
        if isinstance(state.asking, Choosing):
            self.slot.add_widget(ChoosingPanel(state.asking, self._choose, plain=True))
        elif isinstance(state.asking, Typing):
            self.panel = TypingPanel(state.asking, self._type)
            self.slot.add_widget(self.panel)
        if state.can_pass and isinstance(state.asking, Choosing):
            self.slot.add_widget(self.over)
        if state.can_go_back:
            self.slot.add_widget(self.back)

    def _form(self) -> Questionnaire:
        found = surveys.forms(self.app.session.store)
        return next(form for form in found if form.code == self.open_form)

    def _draft(self) -> surveys.Draft:
        return surveys.draft(self.app.session.store, self.open_form, now=self.app.now())

    def answer(self, code: str) -> None:
        """Begin, or go on where it was left."""
        self.open_form, self.thanks = code, ()
        self.place = asking.first_open(self._form(), self._draft())
        self.top()

    def start_over(self, code: str) -> None:
        """From the first question."""
        surveys.forget_draft(self.app.session.store, code)
        self.answer(code)

    def _choose(self, _key: str, value: str) -> None:
        self._keep(answering.chosen(asking.question_at(self._form(), self.place), value))

    def _type(self, typed: str) -> None:
        question = asking.question_at(self._form(), self.place)
        if question.kind == "display":
            self._keep(None)
            return
        try:
            self._keep(answering.read(question, typed, self.app.words))
        except answering.Unreadable as needed:
            self.panel.problem = str(needed)

    def _keep(self, answer: Answer | None) -> None:
        """And on to the next; which that is depends on the answer."""
        store, now = self.app.session.store, self.app.now()
        surveys.keep_answer(store, self.open_form, self.place, answer, now=now)
        self.place = asking.beside(self._form(), self._draft(), self.place, 1) or asking.END
        self.top()
        self.refresh()

    def _step_back(self) -> None:
        """To the question before, and from the first one to the list."""
        before = asking.beside(self._form(), self._draft(), self.place, -1)
        if before is None:
            self.open_form = ""
        else:
            self.place = before
        self.refresh()

    def send(self, code: str) -> None:
        """Into the outbox; what must be said at once stays in sight."""
        store, now, form = self.app.session.store, self.app.now(), self._form()
        alarm = form.reach_out if form.is_alarm(self._draft().answers) else ""
        if surveys.send(store, form, now=now) is None:
            self.place = asking.first_open(form, self._draft())
            return
        self.thanks, self.open_form = (asking.thanks(alarm, self.app.words),), ""
        self.app.session.wake()
        self.top()
