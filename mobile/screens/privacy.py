"""Privacy: who may see what, who looked, a copy to take along, and the end of the record."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty

from mobile.device.files import export_folder
from mobile.presenters import privacy, taking
from mobile.presenters.taking import TakingFacts
from mobile.screens import background
from mobile.screens.widgets import BackButton, CardList, Page, Panel, Say
from mobile.sync import own_record, wishes

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class ErasePanel(Panel):
    """A word to type: nobody ends a record by a slip of the thumb."""

    page = ObjectProperty()


class PrivacyPage(Page):
    """A consent is taken back in two taps, with no network too."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.asking, self.cards, self.own = "", CardList(), CardList()
        self.copy, self.saved_as, self.ending = "", "", ""
        self.sure = ErasePanel(page=self)
        self.content.add_widget(BackButton())
        self.content.add_widget(Say(text=self.app.words("more_privacy"), pt=26, bold=True))
        self.content.add_widget(self.cards)
        self.content.add_widget(self.own)

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenters say."""
        now, words = self.app.now(), self.app.words
        facts = privacy.read(self.app.session.store, now=now)
        sections = privacy.present(facts, words=words, now=now, asking=self.asking)
        self.cards.show(sections, again=again)
        own = taking.present(TakingFacts(self.copy, self.saved_as, self.ending), words=words)
        self.own.show((own,), again=again)
        wanted = self.ending in ("asked", "failed")
        if wanted and self.sure.parent is None:
            self.content.add_widget(self.sure)
        elif not wanted and self.sure.parent is not None:
            self.content.remove_widget(self.sure)

    def ask(self, grant: str) -> None:
        """Sure? Or let it be."""
        self.asking = grant

    def withdraw(self, grant: str) -> None:
        """It goes to the server with the next sync."""
        wishes.wish(self.app.session.store, privacy.end_of(grant))
        self.asking = ""
        self.app.session.wake()

    # --- a copy ----------------------------------------------------------------------------------

    def save_copy(self, _subject: str) -> None:
        """Fetch everything beside the screen, into a file of the patient's own."""
        session, day = self.app.session, self.app.now().astimezone(self.app.zone).date()
        token = session.identity.token or ""
        self.copy = "busy"

        def save() -> Any:
            db, transport = session.connect(), session.call()
            try:
                return own_record.save_copy(db, transport, token, export_folder(), day=day)
            finally:
                transport.close()
                db.close()

        background.run("copy", save, self._saved)

    def _saved(self, outcome: Any) -> None:
        failed = isinstance(outcome, Exception)
        self.copy, self.saved_as = ("failed", "") if failed else ("done", str(outcome))
        self._redraw()

    # --- the end ---------------------------------------------------------------------------------

    def ask_end(self, asked: str) -> None:
        """Say what goes and what stays; or let it be."""
        self.ending, self.sure.ids.word.text = asked, ""

    def erase(self) -> None:
        """Only with the word typed: at the server, then here."""
        if not taking.is_word(self.sure.ids.word.text, self.app.words):
            return
        session = self.app.session
        token = session.identity.token or ""
        self.ending = "busy"
        self.refresh()

        def end() -> None:
            transport = session.call()
            try:
                own_record.erase(transport, token)
            finally:
                transport.close()

        background.run("erase", end, self._erased)

    def _erased(self, outcome: Any) -> None:
        if isinstance(outcome, Exception):
            self.ending = "failed"
            self._redraw()
            return
        self.app.session.wipe()
        self.app.enter()

    def _redraw(self) -> None:
        if self.app.session.is_open and self.app.page is self:
            self.refresh()
