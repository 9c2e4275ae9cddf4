"""The diary: notes on the last days."""

from typing import Any

from mobile.presenters import diary
from mobile.presenters.diary import DiaryFacts, DiaryState
from mobile.screens import background
from mobile.screens.forms import ChoosingPanel
from mobile.screens.widgets import BackButton, CardList, Page, PressButton, Say
from mobile.sync.diary import begin_seizures, fetch_noted


class DiaryPage(Page):
    """Each tap is a note at once; tapped again it is taken back."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.asked = CardList()
        self.begin = PressButton(
            label=words("seizures_begin"), tag="seizures_begin", look="text", wide=True
        )
        self.begin.bind(on_release=lambda _: self._begin())
        title = Say(text=words("more_diary"), pt=26, bold=True)
        for part in (BackButton(), title, Say(text=words("diary_text")), self.asked, self.begin):
            self.content.add_widget(part)
        self._shown: DiaryState | None = None
        self._facts: DiaryFacts | None = None
        self._has_asked = False

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        app = self.app
        now, zone = app.now(), app.zone
        self._facts = diary.read(app.session.store, zone=zone, now=now)
        state = diary.present(self._facts, words=app.words, zone=zone, now=now)
        self.begin.opacity, self.begin.disabled = float(state.may_begin), not state.may_begin
        if state != self._shown or again:
            self._shown = state
            self.asked.clear_widgets()
            for one in state.asked:
                self.asked.add_widget(ChoosingPanel(one, self._choose))
        self._ask_server()

    def _choose(self, key: str, value: str) -> None:
        app = self.app
        if self._facts is not None:
            diary.choose(app.session.store, self._facts, key, value, zone=app.zone, now=app.now())
            app.session.wake()
            self.refresh()

    def _begin(self) -> None:
        begin_seizures(self.app.session.store)
        self.refresh()

    def _ask_server(self) -> None:
        """Once while the page lives: what a browser or another phone has noted."""
        if self._has_asked or self._facts is None:
            return
        self._has_asked = True
        session, zone, now = self.app.session, self.app.zone, self.app.now()
        first, last = self._facts.days[-1].day, self._facts.days[0].day
        token = session.identity.token or ""

        def ask() -> bool:
            db, transport = session.connect(), session.call()
            try:
                return fetch_noted(db, transport, token, first=first, last=last, zone=zone, now=now)
            finally:
                db.close()
                transport.close()

        background.run("diary", ask, self._have_asked)

    def _have_asked(self, _outcome: object) -> None:
        if self.app.session.is_open and self.app.page is self:
            self.refresh()
