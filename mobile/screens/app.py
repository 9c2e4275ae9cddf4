"""The app: theme, places, the tick that looks for changes, and what a tap does."""

# mypy: allow-subclassing-any

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.properties import BooleanProperty

from mobile.device.clock import zone_of
from mobile.device.keys import KeysShut
from mobile.device.preferences import Preferences, keep_preferences, load_preferences
from mobile.device.voice import NoVoice, Voice
from mobile.presenters import syncline
from mobile.presenters.aloud import spoken
from mobile.screens.keyboard import Keyboard
from mobile.screens.semantics import Node, nodes
from mobile.screens.shell import NavItem, Shell
from mobile.screens.themed import ThemedApp
from mobile.screens.widgets import Page
from mobile.sealing import WrongKey
from mobile.store import outbox, sending, shadow
from mobile.store.database import change_mark
from mobile.sync.deeds import UNDO_MS, Deed, carry_out, take_as_needed
from mobile.sync.engine import Outcome
from mobile.sync.session import Session
from mobile.words import load

TICK_S = 0.5
TIME_PASSES_S = 20.0
LOCK_AFTER = timedelta(minutes=5)
CLOSED_PLACES = ("enrol", "lock", "pin", "keyless")  # all that is shown before the store is open
PLACES = (
    ("today", "calendar-check-outline"),
    ("trends", "chart-line"),
    ("visits", "video-outline"),
    ("settings", "cog-outline"),
)


class EvenkeelApp(ThemedApp):
    """One window, one session."""

    title = "Evenkeel"
    reading = BooleanProperty(False)  # aloud

    def __init__(
        self, session: Session, pages: Mapping[str, Callable[[], Page]], **rest: Any
    ) -> None:
        """`pages` makes each page when it is first gone to; `server` and `code` may be given."""
        self.server, self.code = rest.pop("server", ""), rest.pop("code", "")
        self.voice: Voice = rest.pop("voice", NoVoice())
        super().__init__(**rest)
        self.session, self._pages = session, pages
        self.preferences: Preferences = load_preferences(session.folder)
        self.words = load(self.preferences.language)
        self._mark: object = None
        self._passed = 0.0
        self._undo: UUID | None = None
        self._undo_ends = None

    # --- begin and end ---------------------------------------------------------------------------

    def build(self) -> Shell:
        """The frame; pages come when they are gone to."""
        self.begin_theme()
        shell = Shell()
        for name, icon in PLACES:
            item = NavItem(icon=icon, label=self.words(f"nav_{name}"), tag=f"nav:{name}")
            item.bind(on_release=lambda _, place=name: self.go(place))
            shell.ids.nav.add_widget(item)
        self.root = shell
        Window.softinput_mode = "below_target"
        Window.bind(on_touch_down=self._used, on_key_down=self._used)
        self.keyboard = Keyboard(
            lambda: [node for node in self.tree() if node.can_be_used],
            ink=lambda: self.theme_cls.tertiaryColor, back=self.back, scroll=self._scroll,
        )  # fmt: skip
        return shell

    def on_start(self) -> None:
        """Open what is enrolled, or ask to enrol."""
        self.enter()
        Clock.schedule_interval(self._tick, TICK_S)

    def on_stop(self) -> None:
        """Close threads and store."""
        self.voice.hush()
        self.session.close()

    def enter(self) -> None:
        """After a start, an enrolment or a sign-out: the page that fits."""
        self._used_at = self.now()
        place = self._first_place()
        opened = self.session.is_open and place == "today"
        if opened and not self.preferences.language:
            profile = shadow.profile(self.session.store) or {}
            self.words = load(profile.get("language", ""))
        self.root.open = opened
        self.go(place)
        self.forget_pages()

    def _first_place(self) -> str:
        """The key comes before enrolment, and the PIN before the key."""
        safe = self.session.safe
        if safe.needs_pin:
            return "pin"
        try:
            if self.session.is_open or self.session.open():
                return "today"
            return "enrol" if safe.open() else "lock"
        except (KeysShut, WrongKey):
            return "keyless"

    def lock(self) -> None:
        """Nothing is shown before the PIN; syncing and ringing go on."""
        self.root.open = False
        self.root.ids.undo.text = ""
        self.go("lock")
        self.forget_pages()

    def _lock_if_idle(self) -> None:
        idle = not timedelta(0) <= self.now() - self._used_at < LOCK_AFTER
        if idle and self.root.open and self.session.safe.has_pin:
            self.lock()

    def _used(self, *_: object) -> None:
        self._used_at = self.now()

    # --- places ----------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page in view."""
        found: Page = self.root.ids.pages.page
        return found

    def go(self, place: str) -> None:
        """To another page; what is closed stays so, however it is asked for."""
        if not self.root.open and place not in CLOSED_PLACES:
            return
        self._hush()
        self.keyboard.leave()
        self.root.ids.pages.show(place, self._pages[place])
        for item in self.root.ids.nav.children:
            item.active = item.tag == f"nav:{place}"
        self.page.top()
        self.page.refresh()
        self._draw_sync()

    def back(self) -> None:
        """From a page behind the settings to these, from another place to Today."""
        name = next((n for n, page in self.root.ids.pages.made.items() if page is self.page), "")
        if name != "enrol":
            self.go("today" if name in dict(PLACES) else "settings")

    def tree(self) -> list[Node]:
        """What is on the screen, for those who do not see it."""
        return nodes(self.root, self.theme_cls.backgroundColor)

    def read_aloud(self) -> None:
        """Say the page; asked again, be quiet."""
        if self.reading:
            self._hush()
            return
        text = spoken(nodes(self.page, self.theme_cls.backgroundColor), self.words)
        self.reading = self.voice.say(text, language=self.words.language)
        if not self.reading:
            self.done(self.words("voice_none"))

    def _hush(self) -> None:
        if self.reading:
            self.voice.hush()
            self.reading = False

    def _scroll(self, widget: Any, share: float) -> None:
        """A thing into view, or the page up or down by a share of what is seen."""
        scroll = self.page.ids.scroll
        if widget is None:
            hidden = scroll.children[0].height - scroll.height
            if hidden > 0:
                moved = scroll.scroll_y + share * scroll.height / hidden
                scroll.scroll_y = min(1.0, max(0.0, moved))
        elif scroll in widget.walk_reverse(loopback=False):
            scroll.scroll_to(widget, padding=30, animate=False)

    def now(self) -> datetime:
        """This moment by the device's clock."""
        return self.session.clock()

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the patient's plan."""
        profile = shadow.profile(self.session.db) if self.session.db else None
        return zone_of((profile or {}).get("zone", "UTC"))

    def _tick(self, _dt: float) -> None:
        """Cheap when nothing happened: one pragma and a tuple."""
        if self.reading and not self.voice.is_speaking:
            self.reading = False
        if self.session.db is None:
            return
        self._lock_if_idle()
        if self.session.status.last == Outcome.REVOKED:
            self.session.sign_out()
            self.enter()
            return
        mark = (change_mark(self.session.db), self.session.status)
        passed = time.monotonic() - self._passed > TIME_PASSES_S
        if mark == self._mark and not passed:
            return
        self._mark = mark
        if passed:
            self._passed = time.monotonic()
        self._draw_sync()
        self.page.change_marked()

    def _draw_sync(self) -> None:
        if self.session.db is None:
            return
        facts = syncline.read(self.session.db, self.session.status)
        line = syncline.present(facts, words=self.words, zone=self.zone, now=self.now())
        bar = self.root.ids.sync
        bar.text, bar.icon, bar.tone = line.text, line.icon, line.tone.value

    # --- deeds -----------------------------------------------------------------------------------

    def do(self, deed: Deed) -> None:
        """Carry out what a button stands for."""
        if deed.kind in ("dose", "advice", "notice"):
            event = carry_out(self.session.store, deed, now=self.now())
            self.done(self.words(f"done_{deed.kind}_{deed.status}"), event)
        elif deed.kind == "needed":
            noted = take_as_needed(self.session.store, deed.subject, now=self.now())
            self.done(self.words("done_dose_taken" if noted else "done_not_yet"), noted)
        elif deed.kind == "go":
            self.go(deed.subject)
        elif deed.kind == "put_away":
            sending.put_away(self.session.store, int(deed.subject))
        elif hasattr(self.page, deed.kind):
            getattr(self.page, deed.kind)(deed.subject)
        self.page.refresh()
        self._draw_sync()

    def done(self, text: str, event: UUID | None = None) -> None:
        """Say what was done and offer to undo it for a while; sync once that is over."""
        self._undo = event
        bar = self.root.ids.undo
        bar.text, bar.can_undo = text, event is not None
        if self._undo_ends is not None:
            self._undo_ends.cancel()
        self._undo_ends = Clock.schedule_once(self._undo_over, UNDO_MS / 1000 - 0.5)
        self.session.wake()

    def undo(self) -> None:
        """Take back the last deed, if it has not gone out."""
        if self._undo is None:
            return
        undone = outbox.undo_event(self.session.store, self._undo)
        self.done(self.words("undone" if undone else "too_late"))
        self.page.refresh()
        self._draw_sync()

    def _undo_over(self, _dt: float) -> None:
        self._undo = None
        self.root.ids.undo.text = ""
        self.session.wake()

    # --- looks -----------------------------------------------------------------------------------

    def prefer(self, preferences: Preferences) -> None:
        """Keep and apply how the person likes it."""
        self.preferences = preferences
        keep_preferences(self.session.folder, preferences)
        self.apply_preferences()
        for item in self.root.ids.nav.children:
            item.label = self.words(item.tag.replace("nav:", "nav_"))
        self.forget_pages()
        self.page.refresh(again=True)
        self._draw_sync()

    def forget_pages(self) -> None:
        """All but the one in view are made anew when gone to: other words, another person."""
        self.root.ids.pages.forget()

    def remember_server(self, server: str) -> None:
        """So that the next enrolment finds it filled in."""
        self.preferences = replace(self.preferences, server=server)
        keep_preferences(self.session.folder, self.preferences)

    @property
    def folder(self) -> Path:
        """Where everything of this app lies."""
        return self.session.folder
