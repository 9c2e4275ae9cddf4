"""Messages: the conversations, one of them, and writing with no network too."""

# mypy: allow-subclassing-any

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.presenters import messages
from mobile.screens.widgets import BackButton, CardList, Page, Panel, PressButton, Say
from mobile.sync import messages as writing

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class EmergencyPanel(Panel):
    """Whom to call instead of writing."""


class WritePanel(Panel):
    """Subject and text; what is half written is kept."""

    page = ObjectProperty()


class MessagesPage(Page):
    """The list, or one conversation."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.thread = ""
        self.title = Say(pt=26, bold=True)
        self.emergency, self.empty, self.cards = EmergencyPanel(), Say(), CardList()
        self.slot = BoxLayout(orientation="vertical", size_hint_y=None, spacing="8dp")
        self.slot.bind(minimum_height=self.slot.setter("height"))
        self.form = WritePanel(page=self)
        self.subject = self.form.ids.subject.__self__  # kept while it is not in the form
        self.form.ids.text.ids.input.multiline = True
        self.form.ids.text.ids.input.bind(text=lambda _, text: self._keep(text))
        self.begin = PressButton(
            label=words("messages_begin"), tag="messages_begin", icon="plus", wide=True
        )
        self.begin.bind(on_release=lambda _: self.open(messages.BEGIN))
        self.back = PressButton(
            label=words("messages_back"), icon="arrow-left", look="text", tag="messages_back"
        )
        self.back.bind(on_release=lambda _: self.open(""))
        self.leave = BackButton()
        self.top_slot = BoxLayout(orientation="vertical", size_hint_y=None)
        self.top_slot.bind(minimum_height=self.top_slot.setter("height"))
        for part in (
            self.top_slot, self.title, self.emergency, self.empty, self.cards, self.slot,
        ):  # fmt: skip
            self.content.add_widget(part)
        self._shown: tuple[str, bool, bool] | None = None

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says; what is looked at is read."""
        now, store = self.app.now(), self.app.session.store
        if self.thread and self.thread != messages.BEGIN:
            writing.see(store, self.thread, now=now)
        state = messages.present(
            messages.read(store), words=self.app.words, now=now, open_thread=self.thread
        )
        self.title.text, self.empty.text = state.title, state.empty
        self.emergency.ids.text.text = state.emergency
        self.cards.show(state.sections, again=again)
        shown = (self.thread, state.writes, state.asks_subject)
        if shown != self._shown:
            self._shown = shown
            self._arrange(state)

    def _arrange(self, state: messages.MessagesState) -> None:
        self.slot.clear_widgets()
        self.top_slot.clear_widgets()
        self.top_slot.add_widget(self.back if self.thread else self.leave)
        if state.writes:
            self.form.remove_widget(self.subject)
            if state.asks_subject:
                self.form.add_widget(self.subject, index=len(self.form.children))  # on top
            self.form.ids.text.text = writing.draft(self.app.session.store, self._draft_key())
            self.slot.add_widget(self.form)
        elif not self.thread:
            self.slot.add_widget(self.begin)

    def _draft_key(self) -> str:
        return "" if self.thread == messages.BEGIN else self.thread

    def _keep(self, text: str) -> None:
        if self.thread:
            writing.keep_draft(self.app.session.store, text, thread=self._draft_key())

    def open(self, thread: str) -> None:
        """Into a conversation, to a new one, or back to the list."""
        self.thread = thread
        self.top()
        self.refresh()

    def send(self) -> None:
        """Into the outbox; it goes out with the next sync."""
        ids, now = self.form.ids, self.app.now()
        subject = "" if self._draft_key() else self.subject.text
        sent = writing.write(
            self.app.session.store,
            ids.text.text,
            thread=self._draft_key(),
            subject=subject,
            now=now,
        )
        if sent is None:
            self.app.done(self.app.words("messages_empty"))
            return
        ids.text.text = self.subject.text = ""
        self.app.done(self.app.words("messages_done"))
        self.open(self._draft_key() or str(sent))

    def write_again(self, message: str) -> None:
        """What was refused, into the field once more."""
        thread = writing.write_again(self.app.session.store, message)
        self._shown = None
        self.open(thread or messages.BEGIN)

    def allow(self, _: str) -> None:
        """The team may read from now on."""
        writing.allow(self.app.session.store)
        self.app.session.wake()
