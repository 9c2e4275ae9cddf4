"""The app without a mouse: Tab goes from thing to thing, Enter uses it, Escape goes back."""

from collections.abc import Callable
from typing import Any, Final

from kivy.core.window import Window
from kivy.graphics import Color, InstructionGroup, Line
from kivy.metrics import dp

from mobile.screens.semantics import Node

TAB, ENTER, PAD_ENTER, SPACE, ESCAPE = 9, 13, 271, 32, 27
PAGE_UP, PAGE_DOWN = 280, 281
PAGE_SHARE: Final = 0.8  # of the window, a page key scrolls by


class Keyboard:
    """Knows which thing has the ring around it."""

    def __init__(
        self, stops: Callable[[], list[Node]], *, ink: Callable[[], Any], back: Callable[[], None],
        scroll: Callable[[Any, float], None],
    ) -> None:  # fmt: skip
        """`stops` are the things to go to; `scroll` brings one into view, or moves by so much."""
        self._stops, self._ink, self._back, self._scroll = stops, ink, back, scroll
        self._at: Node | None = None
        self._place = -1
        self._ring = InstructionGroup()
        Window.bind(on_key_down=self._key, on_touch_down=self._touched)

    def _key(self, _window: Any, key: int, _code: int, _text: str, modifiers: list[str]) -> bool:
        if key == TAB:
            self._step(-1 if "shift" in modifiers else 1)
            return True
        if key == ESCAPE:
            self.leave()
            self._back()
            return True
        if key in (PAGE_UP, PAGE_DOWN):
            self._scroll(None, PAGE_SHARE if key == PAGE_UP else -PAGE_SHARE)
            return True
        if key in (ENTER, PAD_ENTER, SPACE) and self._at is not None and self._at.role != "field":
            self._at.widget.trigger_action(0.1)
            return True
        return False

    def _touched(self, *_: Any) -> bool:
        """A finger or a mouse needs no ring."""
        self.leave()
        return False

    def _step(self, step: int) -> None:
        stops = self._stops()
        if not stops:
            return
        place = self._where(stops)
        self.leave()
        self._place = (place + step) % len(stops) if place >= 0 or step > 0 else len(stops) - 1
        self._at = stops[self._place]
        self._scroll(self._at.widget, 0)
        if self._at.role == "field":
            self._at.widget.ids.input.focus = True
        else:
            self._draw_ring()

    def _where(self, stops: list[Node]) -> int:
        """Where it stood: a thing that was drawn anew is known by its tag, one that went by its
        place.
        """
        if self._at is None:
            return -1
        same = [n for n, stop in enumerate(stops) if stop.widget is self._at.widget]
        alike = [n for n, stop in enumerate(stops) if stop.tag and stop.tag == self._at.tag]
        return next(iter([*same, *alike]), min(self._place, len(stops)) - 1)

    def leave(self) -> None:
        """Nothing has the ring."""
        if self._at is None:
            return
        widget = self._at.widget
        if self._at.role == "field":
            widget.ids.input.focus = False
        else:
            widget.unbind(pos=self._moved, size=self._moved)
            widget.canvas.after.remove(self._ring)
        self._at = None

    def _draw_ring(self) -> None:
        assert self._at is not None  # noqa: S101
        widget = self._at.widget
        widget.canvas.after.add(self._ring)
        widget.bind(pos=self._moved, size=self._moved)
        self._moved()

    def _moved(self, *_: Any) -> None:
        if self._at is None:
            return
        widget = self._at.widget
        self._ring.clear()
        self._ring.add(Color(*self._ink()))
        box = (widget.x + dp(2), widget.y + dp(2), widget.width - dp(4), widget.height - dp(4))
        self._ring.add(Line(rounded_rectangle=(*box, dp(12)), width=dp(2)))
