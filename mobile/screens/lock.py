"""The lock: asking for the PIN, and choosing it."""

# mypy: allow-subclassing-any

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.device.clock import device_zone, zone_of
from mobile.presenters import lock
from mobile.presenters.lock import LockFacts, PinFacts
from mobile.screens import background
from mobile.screens.widgets import BackButton, Field, Page, PressButton, Say


class SecretField(Field):
    """A line whose letters nobody sees or hears."""

    told = ""

    def on_kv_post(self, base_widget: Any) -> None:
        """Once the line is there."""
        self.ids.input.password = True
        self.ids.input.input_type = "number"


class LockForm(BoxLayout):
    """PIN, button, the way out for who forgot it."""

    page = ObjectProperty()


class PinForm(BoxLayout):
    """The old one, a new one twice."""

    page = ObjectProperty()


Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class LockPage(Page):
    """Shown until the PIN is right."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.form = LockForm(page=self)
        self.content.add_widget(self.form)
        self.busy, self.trouble, self.forgotten = False, "", False

    def facts(self) -> LockFacts:
        """What the safe says."""
        session = self.app.session
        return LockFacts(
            session.safe.closed_until(self.app.now()), zone_of(device_zone()),
            self.busy, self.trouble, self.forgotten,
            session.waiting() if self.forgotten else 0,
        )  # fmt: skip

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        ids, state = self.form.ids, lock.present(self.facts(), words=self.app.words)
        ids.problem.text, ids.forgotten.text = state.problem, state.forgotten
        ids.send.label, ids.send.disabled = state.button, not state.can_try
        ids.sure.clear_widgets()
        if state.forgotten:
            words = self.app.words
            for key, look, act in (
                ("lock_forgot_yes", "filled", self.wipe), ("keep", "text", self.keep),
            ):  # fmt: skip
                button = PressButton(label=words(key), tag=key, look=look, wide=True)
                button.bind(on_release=lambda _, act=act: act())
                ids.sure.add_widget(button)

    def send(self) -> None:
        """Judge the PIN beside the screen: it is made to take its time."""
        pin, safe, now = self.form.ids.pin.text, self.app.session.safe, self.app.now()
        if self.busy or not pin:
            return
        self.busy = True
        self.refresh()
        background.run("pin", lambda: safe.try_pin(pin, now=now), self._judged)

    def _judged(self, right: Any) -> None:
        self.busy, self.form.ids.pin.text = False, ""
        if right is True:
            self.trouble, self.forgotten = "", False
            self.app.enter()
            return
        self.trouble = "shut" if isinstance(right, Exception) else "wrong"
        self.refresh()

    def forget(self) -> None:
        """Say what it costs."""
        self.forgotten = True
        self.refresh()

    def keep(self) -> None:
        """Nothing goes."""
        self.forgotten = False
        self.refresh()

    def wipe(self) -> None:
        """All that lies on this device goes; enrol again."""
        self.forgotten = False
        self.app.session.wipe()
        self.app.enter()


class KeylessPage(Page):
    """The device does not give the key: try again, or start anew."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        words = self.app.words
        self.content.add_widget(Say(text=words("keyless_title"), pt=28, bold=True))
        self.content.add_widget(Say(text=words("keyless_text")))
        for key, look, act in (
            ("keyless_again", "filled", self.app.enter), ("lock_forgot_yes", "text", self.wipe),
        ):  # fmt: skip
            button = PressButton(label=words(key), tag=key, look=look, wide=True)
            button.bind(on_release=lambda _, act=act: act())
            self.content.add_widget(button)

    def wipe(self) -> None:
        """What cannot be read goes."""
        self.app.session.wipe()
        self.app.enter()


class PinPage(Page):
    """Set, change or take away; where the device keeps no keys it comes before all else."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.form, self.old = PinForm(page=self), SecretField(tag="pin_old")
        self.old.label = self.app.words("pin_old")
        self.leave = BackButton()
        self.content.add_widget(self.form)
        self.busy, self.trouble = False, ""

    def refresh(self, *, again: bool = False) -> None:
        """Draw what the presenter says."""
        safe, ids = self.app.session.safe, self.form.ids
        facts = PinFacts(
            safe.has_pin, safe.keeps_key, safe.shortest, self.app.session.is_open,
            self.busy, self.trouble,
        )  # fmt: skip
        state = lock.present_pin(facts, words=self.app.words)
        ids.text.text, ids.problem.text = state.text, state.problem
        ids.send.label, ids.send.disabled = state.button, not state.can_send
        _put(ids.old_slot, self.old, wanted=state.asks_old)
        ids.drop_slot.clear_widgets()
        if state.can_drop:
            drop = PressButton(
                label=self.app.words("pin_drop"), tag="pin_drop", look="text", wide=True
            )
            drop.bind(on_release=lambda _: self._change(None))
            ids.drop_slot.add_widget(drop)
        if state.can_leave and self.leave.parent is None:
            self.content.add_widget(self.leave, index=len(self.content.children))

    def send(self) -> None:
        """Check what was typed, then change it beside the screen."""
        new, again = self.form.ids.new.text, self.form.ids.again.text
        self.trouble = lock.check(new, again, self.app.session.safe.shortest)
        if self.trouble:
            self.refresh()
        else:
            self._change(new)

    def _change(self, new: str | None) -> None:
        """To this PIN, or to none; the old one must be right."""
        if self.busy:
            return
        self.busy = True
        self.refresh()
        safe, old, now = self.app.session.safe, self.old.text, self.app.now()

        def change() -> bool:
            if safe.has_pin and not safe.try_pin(old, now=now):
                return False
            if new is None:
                safe.drop_pin()
            else:
                safe.choose_pin(new)
            return True

        background.run("pin", change, self._changed)

    def _changed(self, done: Any) -> None:
        self.busy = False
        self.trouble = "" if done is True else "failed" if isinstance(done, Exception) else "wrong"
        if done is not True:
            self.refresh()
            return
        for field in (self.old, self.form.ids.new, self.form.ids.again):
            field.text = ""
        was_open = self.app.session.is_open
        self.app.enter()
        if was_open:
            self.app.done(self.app.words("pin_done"))


def _put(slot: BoxLayout, widget: Any, *, wanted: bool) -> None:
    if wanted and widget.parent is None:
        slot.add_widget(widget)
    elif not wanted and widget.parent is not None:
        slot.remove_widget(widget)
