"""The app: theme, places, the tick that looks for changes, and what a tap does."""

# mypy: allow-subclassing-any

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.properties import NumericProperty, ObjectProperty
from kivymd.app import MDApp

from mobile.device.clock import zone_of
from mobile.device.preferences import Preferences, keep_preferences, load_preferences
from mobile.presenters import syncline
from mobile.presenters.shapes import Tone
from mobile.screens.widgets import NavItem, Page, Shell
from mobile.store import outbox, sending, shadow
from mobile.store.database import change_mark
from mobile.sync.deeds import UNDO_MS, Deed, carry_out, take_as_needed
from mobile.sync.session import Session
from mobile.words import load

SEED = "Teal"
TICK_S = 0.5
TIME_PASSES_S = 20.0
PLACES = (
    ("today", "calendar-check-outline"),
    ("trends", "chart-line"),
    ("visits", "video-outline"),
    ("settings", "cog-outline"),
)
TONES = {
    Tone.CALM: ("surfaceContainerColor", "onSurfaceColor", "transparentColor"),
    Tone.DONE: ("surfaceContainerLowColor", "onSurfaceVariantColor", "outlineVariantColor"),
    Tone.DUE: ("secondaryContainerColor", "onSecondaryContainerColor", "primaryColor"),
    Tone.LATE: ("surfaceContainerHighColor", "onSurfaceColor", "tertiaryColor"),
    Tone.TROUBLE: ("surfaceContainerHighColor", "onSurfaceColor", "errorColor"),
}


class EvenkeelApp(MDApp):
    """One window, one session."""

    title = "Evenkeel"
    text_scale = NumericProperty(1.0)
    words = ObjectProperty()
    painted = NumericProperty(0)  # counts changes of the theme, each after its last colour

    def __init__(
        self, session: Session, pages: Mapping[str, Callable[[], Page]], **rest: Any
    ) -> None:
        """`pages` makes each page when it is first gone to; `server` and `code` may be given."""
        self.server, self.code = rest.pop("server", ""), rest.pop("code", "")
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
        self.theme_cls.theme_style_switch_animation = False
        self.theme_cls.primary_palette = SEED
        self.theme_cls.bind(surfaceColor=Clock.create_trigger(self._repaint))
        self._apply_preferences()
        shell = Shell()
        for name, icon in PLACES:
            item = NavItem(icon=icon, label=self.words(f"nav_{name}"), tag=f"nav:{name}")
            item.bind(on_release=lambda _, place=name: self.go(place))
            shell.ids.nav.add_widget(item)
        self.root = shell
        Window.softinput_mode = "below_target"
        return shell

    def on_start(self) -> None:
        """Open what is enrolled, or ask to enrol."""
        self.enter()
        Clock.schedule_interval(self._tick, TICK_S)

    def on_stop(self) -> None:
        """Close threads and store."""
        self.session.close()

    def enter(self) -> None:
        """After a start, an enrolment or a sign-out: the page that fits."""
        opened = self.session.is_open or self.session.open()
        if opened and not self.preferences.language:
            profile = shadow.profile(self.session.store) or {}
            self.words = load(profile.get("language", ""))
        self.root.open = opened
        self.go("today" if opened else "enrol")
        self.forget_pages()

    # --- places ----------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page in view."""
        found: Page = self.root.ids.pages.page
        return found

    def go(self, place: str) -> None:
        """To another page."""
        self.root.ids.pages.show(place, self._pages[place])
        for item in self.root.ids.nav.children:
            item.active = item.tag == f"nav:{place}"
        self.page.top()
        self.page.refresh()
        self._draw_sync()

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
        if self.session.db is None:
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
        self._apply_preferences()
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

    def _apply_preferences(self) -> None:
        self.text_scale = self.preferences.text_percent / 100
        self.theme_cls.theme_style = "Dark" if self.preferences.dark else "Light"
        self.words = load(self.preferences.language)

    def _repaint(self, *_: object) -> None:
        """The theme sets its colours one by one: what asks for several asks once more."""
        self.painted += 1

    def tone_ground(self, tone: str, _painted: int = 0) -> Any:
        """The colour under a card of this tone."""
        return getattr(self.theme_cls, TONES[Tone(tone)][0])

    def tone_ink(self, tone: str, _painted: int = 0) -> Any:
        """The colour of words on it."""
        return getattr(self.theme_cls, TONES[Tone(tone)][1])

    def tone_accent(self, tone: str, _painted: int = 0) -> Any:
        """The colour of its edge."""
        return getattr(self.theme_cls, TONES[Tone(tone)][2])

    @property
    def folder(self) -> Path:
        """Where everything of this app lies."""
        return self.session.folder
