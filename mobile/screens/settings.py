"""Settings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import ObjectProperty

from mobile.device.clock import device_zone, zone_of
from mobile.presenters import files, settings
from mobile.presenters.settings import SettingsFacts
from mobile.presenters.shapes import Choosing
from mobile.screens import background
from mobile.screens.forms import ChoosingPanel
from mobile.screens.widgets import Page, Panel, PressButton, Say
from mobile.sync import wishes
from mobile.sync.imports import import_file


class YouPanel(Panel):
    """What the record says."""


class FilePanel(Panel):
    """A file to bring in."""

    page = ObjectProperty()


class MorePanel(Panel):
    """The way to the pages behind."""


class LeavePanel(Panel):
    """Signing out."""


Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class SettingsPage(Page):
    """Who I am, how things are shown, a file, and the door."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.importing, self.imported, self.leaving = False, "", False
        self._choosing: tuple[Choosing, ...] = ()
        self._build()
        Window.bind(on_drop_file=self._dropped)

    def _build(self) -> None:
        self.content.clear_widgets()
        self.more, self.you = MorePanel(), YouPanel()
        self.file, self.leave = FilePanel(page=self), LeavePanel()
        self.panels: dict[str, ChoosingPanel] = {}
        self.content.add_widget(Say(text=self.app.words("settings_title"), pt=26, bold=True))
        for part in (self.more, self.you, self.file, self.leave):
            self.content.add_widget(part)
        self._choosing = ()

    def facts(self) -> SettingsFacts:
        """What the app knows by itself, and the record."""
        session = self.app.session
        server = session.identity.server if session.identity else ""
        base = SettingsFacts(
            "", "", device_zone(), False, (), self.app.preferences, server, 0,
            self.importing, self.imported, self.leaving,
        )  # fmt: skip
        return settings.read(session.db, base)

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        if again:
            self._build()
        state = settings.present(self.facts(), words=self.app.words)
        you, file = self.you.ids, self.file.ids
        you.name.text, you.zone.text, you.zone_note.text = state.name, state.zone, state.zone_note
        you.server.text = state.server
        file.imported.text, file.bring.label = state.imported, state.import_button
        file.bring.disabled = not state.can_import
        if state.choosing != self._choosing:
            self._draw_choosing(state.choosing)
        self._draw_leave(state)

    def _draw_choosing(self, choosing: tuple[Choosing, ...]) -> None:
        """Below "you", in order; made anew, for they are few."""
        for panel in self.panels.values():
            self.content.remove_widget(panel)
        below = self.content.children.index(self.you)
        for one in choosing:
            panel = self.panels[one.key] = ChoosingPanel(one, self._choose)
            self.content.add_widget(panel, index=below)
        self._choosing = choosing

    def _choose(self, key: str, value: str) -> None:
        self.app.prefer(settings.chosen(self.app.preferences, key, value))
        if key == "language" and self.app.session.is_open:
            wishes.wish(self.app.session.store, wishes.LANGUAGE, language=value)
            self.app.session.wake()

    # --- a file ----------------------------------------------------------------------------------

    def look(self, folder: Path | None = None) -> None:
        """List a folder, or put the list away."""
        box = self.file.ids.files
        if box.children and folder is None:
            box.clear_widgets()
            return
        box.clear_widgets()
        found = files.listing(folder or files.first_folder())
        if found.above is not None:
            self._file_button(self.app.words("files_up"), "arrow-up", found.above, self.look)
        for path in found.folders:
            self._file_button(path.name, "folder-outline", path, self.look)
        for path in found.files:
            self._file_button(path.name, "file-delimited-outline", path, self._picked)
        if not found.files:
            box.add_widget(Say(text=self.app.words("files_none"), muted=True))

    def _file_button(self, label: str, icon: str, path: Path, act: Callable[[Path], None]) -> None:
        button = PressButton(
            label=label, icon=icon, look="text", wide=True, tag=f"file:{path.name}"
        )
        button.bind(on_release=lambda _: act(path))
        self.file.ids.files.add_widget(button)

    def _picked(self, path: Path) -> None:
        self.file.ids.path.text = str(path)
        self.file.ids.files.clear_widgets()

    def _dropped(self, _window: object, name: bytes, *_: object) -> None:
        if self.app.page is self and self.app.session.is_open:
            self.file.ids.path.text = name.decode(errors="replace")
            self.bring_in()

    def bring_in(self) -> None:
        """Read the file beside the screen."""
        path = Path(self.file.ids.path.text.strip()).expanduser()
        if self.importing:
            return
        self.importing, self.imported = True, ""
        self.refresh()
        session, zone, now = self.app.session, self.app.zone, self.app.now()

        def read() -> Any:
            db = session.connect()
            try:
                return import_file(db, path, zone=zone_of(str(zone)), now=now)
            finally:
                db.close()

        background.run("import", read, self._have_read)

    def _have_read(self, outcome: Any) -> None:
        self.importing = False
        self.imported = settings.imported_text(outcome, self.app.words)
        self.app.session.wake()
        if self.app.session.is_open:
            self.refresh()

    # --- the door --------------------------------------------------------------------------------

    def _draw_leave(self, state: settings.SettingsState) -> None:
        words, row = self.app.words, self.leave.ids.buttons
        self.leave.ids.text.text = state.leaving_text if state.leaving else ""
        row.clear_widgets()
        if state.leaving:
            self._leave_button(words("settings_leave_yes"), "leave_yes", "filled", self._go)
            self._leave_button(words("settings_leave_no"), "leave_no", "text", self._stay)
        else:
            self._leave_button(words("settings_leave"), "leave", "outlined", self._ask)

    def _leave_button(self, label: str, tag: str, look: str, act: Callable[[], None]) -> None:
        button = PressButton(label=label, tag=tag, look=look, wide=True)
        button.bind(on_release=lambda _: act())
        self.leave.ids.buttons.add_widget(button)

    def _ask(self) -> None:
        self.leaving = True
        self.refresh()

    def _stay(self) -> None:
        self.leaving = False
        self.refresh()

    def _go(self) -> None:
        self.leaving = False
        self.app.session.sign_out()
        self.app.enter()
