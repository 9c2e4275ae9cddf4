"""Runs the real app and does what it is told, line by line of JSON on standard input.

    python -m tests.mobile.drive [--size 412x892] [-- options of mobile.main]

Each line is one command, each answer one line on standard output: {"ok": true, ...} or
{"ok": false, "error": "..."}. `tests.mobile.driving.Driven` speaks it. A widget is named by `tag`
or by `text` (the exact words of a label or button, else words that it contains).

    {"do": "tap", "tag": "nav:trends"}              {"do": "tap", "text": "Take"}
    {"do": "type", "tag": "server", "text": "…"}    {"do": "texts"}
    {"do": "wait", "text": "Synced", "timeout": 20} {"do": "wait_gone", "text": "…"}
    {"do": "shot", "path": "/tmp/a.png"}            {"do": "resize", "width": 412, "height": 892}
    {"do": "go", "place": "help"}                   {"do": "like", "text_percent": 200}
    {"do": "tree"} -> each thing's name, role, value, size, colours   {"do": "key", "key": 9}
    {"do": "timed_today"}  {"do": "timed_span", "span": "year"} -> ms  {"do": "memory"} -> MB
    {"do": "frames", "seconds": 5}  -> worst and mean frame in ms     {"do": "quit"}
"""

import json
import math
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from mobile import main as app_main  # sets up Kivy before anything else imports it
from mobile.device.alarms import InProcessAlarms
from mobile.device.clock import utc_now
from mobile.device.keys import KeysInMemory
from mobile.device.safe import Safe
from mobile.sync.deeds import Deed
from tests.mobile.phone import KEY

from kivy.base import EventLoop  # isort: skip
from kivy.clock import Clock  # isort: skip
from kivy.core.window import Window  # isort: skip
from kivy.input.motionevent import MotionEvent  # isort: skip
from kivy.uix.behaviors import ButtonBehavior  # isort: skip
from kivy.uix.label import Label  # isort: skip
from kivy.uix.scrollview import ScrollView  # isort: skip
from kivy.uix.textinput import TextInput  # isort: skip
from kivy.uix.widget import Widget  # isort: skip

HOLD_S = 0.08
SCROLL_S = 0.12  # a scrolled page passes a touch on only when it is sure not to be pulled
DEFAULT_TIMEOUT_S = 10.0


class Finger(MotionEvent):
    """A touch that goes through the same door as a mouse or a finger."""

    def __init__(self, number: int, x: float, y: float) -> None:
        super().__init__("drive", number, {"x": x / Window.width, "y": y / Window.height})
        self.profile = ["pos"]

    def depack(self, args: dict[str, float]) -> None:
        """Where it is, as shares of the window."""
        self.is_touch = True
        self.type_id = "touch"
        self.sx, self.sy = args["x"], args["y"]
        super().depack(args)


def walk(widget: Widget) -> Iterator[Widget]:
    """What is on the screen: not what is invisible, disabled through, or of no height."""
    if widget.opacity == 0 or widget.height <= 0:
        return
    yield widget
    for child in reversed(widget.children):
        yield from walk(child)


def words_of(widget: Widget) -> str:
    """What a person reads on it."""
    if isinstance(widget, TextInput):
        return str(widget.text)
    label = getattr(widget, "label", None)
    if isinstance(widget, Label):
        return str(label if label is not None else widget.text)
    return ""


class Driver:
    """Carries out commands on the app's own thread."""

    def __init__(self, app: Any) -> None:
        self.app, self.touches = app, 0
        self.frames: list[float] = []

    def find(self, tag: str | None, text: str | None) -> Widget | None:
        seen = list(walk(Window.children[-1])) if Window.children else []
        if tag is not None:
            return next((w for w in seen if getattr(w, "tag", None) == tag), None)
        exact = [w for w in seen if words_of(w) == text]
        near = [w for w in seen if text and text in words_of(w)]
        tappable = [w for w in exact if isinstance(w, ButtonBehavior)]
        return next(iter([*tappable, *exact, *near]), None)

    def texts(self) -> list[str]:
        icons = {"Icons"}
        return [
            words
            for w in walk(Window.children[-1])
            if (words := words_of(w)) and getattr(w, "font_name", "") not in icons
        ]

    def tap(self, tag: str | None, text: str | None, at: tuple[float, float]) -> bool:
        """False if it is no longer where it was seen: the page was drawn anew."""
        widget = self.find(tag, text)
        if widget is None or widget.to_window(*widget.center) != at:
            return False
        self.touches += 1
        x, y = at
        finger = Finger(self.touches, x, y)
        EventLoop.post_dispatch_input("begin", finger)
        Clock.schedule_once(lambda _: EventLoop.post_dispatch_input("end", finger), HOLD_S)
        return True


class Reader(threading.Thread):
    """Reads commands; waits here, never on the app's thread."""

    def __init__(self, driver: Driver, answers: Any) -> None:
        super().__init__(name="drive", daemon=True)
        self.driver, self.answers = driver, answers

    def run(self) -> None:
        for line in sys.stdin:
            try:
                answer = {"ok": True} | self.carry_out(json.loads(line))
            except Exception as error:
                answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
            self.answers.write(json.dumps(answer) + "\n")
            self.answers.flush()
        self.on_screen(self.driver.app.stop)

    def on_screen(self, act: Any) -> Any:
        """Call on the app's thread, between two frames, and wait for what it returns."""
        done, box = threading.Event(), {}

        def body(_dt: float) -> None:
            try:
                box["result"] = act()
            except Exception as error:
                box["error"] = error
            done.set()

        Clock.schedule_once(body, 0)
        if not done.wait(60):
            raise TimeoutError("the app does not draw any more")
        if "error" in box:
            raise box["error"]
        return box.get("result")

    def carry_out(self, command: dict[str, Any]) -> dict[str, Any]:
        name = command.pop("do")
        found: dict[str, Any] = getattr(self, f"do_{name}")(**command)
        return found

    def wait_for(self, tag: str | None, text: str | None, timeout: float) -> Widget:
        ends = time.monotonic() + timeout
        while time.monotonic() < ends:
            if (widget := self.on_screen(lambda: self.driver.find(tag, text))) is not None:
                return widget
            time.sleep(0.05)
        seen = self.on_screen(self.driver.texts)
        raise LookupError(f"{tag or text!r} is not on the screen: {seen}")

    def do_tap(
        self, tag: str | None = None, text: str | None = None, timeout: float = DEFAULT_TIMEOUT_S
    ) -> dict[str, Any]:
        ends = time.monotonic() + timeout
        while True:
            widget = self.wait_for(tag, text, max(0.1, ends - time.monotonic()))
            self.on_screen(lambda widget=widget: into_view(widget))
            self.draw()
            at = self.on_screen(lambda widget=widget: widget.to_window(*widget.center))
            self.draw()
            if self.on_screen(lambda at=at: self.driver.tap(tag, text, at)):
                break
        time.sleep(HOLD_S + SCROLL_S)
        self.draw()
        return {}

    def draw(self) -> None:
        """Let it draw twice, however busy the machine."""
        for _ in range(2):
            self.on_screen(lambda: None)

    def do_type(self, text: str, tag: str, timeout: float = DEFAULT_TIMEOUT_S) -> dict[str, Any]:
        field = self.wait_for(tag, None, timeout)
        inputs = [w for w in field.walk() if isinstance(w, TextInput)]

        def enter() -> None:
            into_view(field)
            inputs[0].focus = True
            inputs[0].select_all()
            inputs[0].delete_selection()
            inputs[0].insert_text(text)
            inputs[0].focus = False

        self.on_screen(enter)
        return {}

    def do_wait(
        self, text: str | None = None, tag: str | None = None, timeout: float = DEFAULT_TIMEOUT_S
    ) -> dict[str, Any]:
        widget = self.wait_for(tag, text, timeout)
        return {"text": words_of(widget)}

    def do_wait_gone(
        self, text: str | None = None, tag: str | None = None, timeout: float = DEFAULT_TIMEOUT_S
    ) -> dict[str, Any]:
        ends = time.monotonic() + timeout
        while self.on_screen(lambda: self.driver.find(tag, text)) is not None:
            if time.monotonic() > ends:
                raise LookupError(f"{tag or text!r} is still on the screen")
            time.sleep(0.05)
        return {}

    def do_texts(self) -> dict[str, Any]:
        return {"texts": self.on_screen(self.driver.texts)}

    def do_scroll(self, to: float) -> dict[str, Any]:
        def scroll() -> None:
            for widget in walk(Window.children[-1]):
                if isinstance(widget, ScrollView):
                    widget.scroll_y = to

        self.on_screen(scroll)
        time.sleep(0.2)
        return {}

    def do_resize(self, width: int, height: int) -> dict[str, Any]:
        def resize() -> None:
            Window.size = (width, height)

        self.on_screen(resize)
        time.sleep(0.3)
        return {}

    def do_shot(self, path: str) -> dict[str, Any]:
        """Window.screenshot adds a number to the name; the file ends up under `path` itself."""
        time.sleep(0.3)
        made = Path(self.on_screen(lambda: Window.screenshot(name=path)))
        ends = time.monotonic() + 10
        while not made.exists() and time.monotonic() < ends:
            time.sleep(0.05)
        made.replace(path)
        return {"path": path}

    def do_go(self, place: str) -> dict[str, Any]:
        self.on_screen(lambda: self.driver.app.go(place))
        self.draw()
        return {}

    def do_like(self, **preferences: Any) -> dict[str, Any]:
        """Text size and colours, as the settings set them."""
        app = self.driver.app
        self.on_screen(lambda: app.prefer(replace(app.preferences, **preferences)))
        time.sleep(0.3)
        return {}

    def do_tree(self) -> dict[str, Any]:
        """The semantic tree of the screen."""
        found = self.on_screen(self.driver.app.tree)
        names = [one.name for one in fields(found[0]) if one.name != "widget"]
        return {"tree": [{name: getattr(node, name) for name in names} for node in found]}

    def do_rest_below(self) -> dict[str, Any]:
        """How often the page must be moved on by a window to be seen whole."""
        scroll = self.driver.app.page.ids.scroll
        height = self.on_screen(lambda: scroll.children[0].height)
        return {"windows": max(1, math.ceil(height / scroll.height))}

    def do_key(self, key: int, modifiers: list[str] | None = None) -> dict[str, Any]:
        """A key of a keyboard, pressed and let go."""
        pressed = modifiers or []
        self.on_screen(lambda: Window.dispatch("on_key_down", key, 0, None, pressed))
        self.on_screen(lambda: Window.dispatch("on_key_up", key, 0))
        time.sleep(0.3)
        return {}

    def do_deed(self, kind: str, subject: str) -> dict[str, Any]:
        """What a button stands for, without the button."""
        self.on_screen(lambda: self.driver.app.do(Deed(kind, subject)))
        time.sleep(0.2)
        return {}

    def do_memory(self) -> dict[str, Any]:
        """The most that this process ever held, in MB."""
        return {"mb": round(most_held_kb() / 1024, 1)}

    def do_timed_today(self) -> dict[str, Any]:
        """From another page to Today drawn anew, until its frame is done."""
        app = self.driver.app

        def anew() -> None:
            app.go("help")
            app.root.ids.pages.made.pop("today", None)

        self.on_screen(anew)
        return self.timed(lambda: app.go("today"), lambda: True)

    def do_timed_span(self, span: str) -> dict[str, Any]:
        """From a tap on a span to its chart, read from the store and drawn."""
        page = self.driver.app.page
        self.on_screen(lambda: page.show(span="day"))
        self.timed(lambda: None, lambda: self.is_shown(page, "day"))
        return self.timed(lambda: page.show(span=span), lambda: self.is_shown(page, span))

    @staticmethod
    def is_shown(page: Any, span: str) -> bool:
        return page.facts is not None and page.facts.asked.span == span and not page.is_reading

    def timed(self, act: Any, is_done: Any) -> dict[str, Any]:
        """Until it is so, and one frame more; the processor's time too, for a busy machine."""
        done, marks, spent = threading.Event(), [], []

        def look(_dt: float) -> None:
            if not is_done():
                Clock.schedule_once(look, 0)
            elif len(marks) == 1:
                marks.append(0.0)
                Clock.schedule_once(look, 0)
            else:
                marks[-1] = time.perf_counter()
                spent.append(time.process_time())
                done.set()

        def begin() -> None:
            marks.append(time.perf_counter())
            spent.append(time.process_time())
            act()
            look(0)

        self.on_screen(begin)
        if not done.wait(60):
            raise TimeoutError("it is not shown")
        return {"ms": 1000 * (marks[-1] - marks[0]), "cpu_ms": 1000 * (spent[-1] - spent[0])}

    def do_said(self) -> dict[str, Any]:
        """What the app's voice was told to say."""
        return {"said": self.driver.app.voice.said}

    def do_overflow(self) -> dict[str, Any]:
        """Words that do not fit their widget, or that stick out of the window."""
        return {"overflow": self.on_screen(lambda: list(overflowing()))}

    def do_small(self, least: float = 48) -> dict[str, Any]:
        """Things to tap that are smaller than a finger."""
        return {"small": self.on_screen(lambda: list(too_small(least)))}

    def do_frames(self, seconds: float) -> dict[str, Any]:
        """How long frames took, while it looks on: the longest is what a finger feels."""
        times: list[float] = []
        event = self.on_screen(
            lambda: Clock.schedule_interval(lambda _: times.append(time.perf_counter()), 0)
        )
        time.sleep(seconds)
        self.on_screen(event.cancel)
        steps = [1000 * (b - a) for a, b in zip(times, times[1:], strict=False)]
        return {"frames": len(steps), "worst_ms": max(steps), "mean_ms": sum(steps) / len(steps)}

    def do_quit(self) -> dict[str, Any]:
        Clock.schedule_once(lambda _: self.driver.app.stop(), 0.1)
        return {}


class Listener:
    """A voice that only remembers."""

    is_speaking = True

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str, *, language: str) -> bool:
        self.said.append(f"{language}: {text}")
        return True

    def hush(self) -> None:
        self.said.append("(quiet)")


def in_process(_folder: Path, _key: bytes, ring: Any) -> InProcessAlarms:
    """Alarms that end with the test."""
    return InProcessAlarms(ring, clock=utc_now)


def most_held_kb() -> int:
    """Of Linux by its table: what getrusage tells counts the process that started this one too."""
    table = Path("/proc/self/status")
    if not table.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(table.read_text().split("VmHWM:")[1].split()[0])


def into_view(widget: Widget) -> None:
    """Scroll so far that it can be tapped."""
    above = widget.parent
    while above is not None and above is not above.parent:
        if isinstance(above, ScrollView):
            if above.children[0].height <= above.height:
                return  # all of it is in view; scroll_to would push it out
            above.scroll_to(widget, padding=30, animate=False)
            return
        above = above.parent


def overflowing() -> Iterator[str]:
    for widget in walk(Window.children[-1]):
        if not isinstance(widget, Label) or not widget.text:
            continue
        x, _ = widget.to_window(*widget.pos)
        wide = widget.texture_size[0] > widget.width + 1
        high = widget.texture_size[1] > widget.height + 1
        outside = x < -1 or x + widget.width > Window.width + 1
        if wide or high or outside:
            yield words_of(widget)


def too_small(least: float) -> Iterator[str]:
    for widget in walk(Window.children[-1]):
        if isinstance(widget, ButtonBehavior) and min(widget.size) < least and not widget.disabled:
            yield getattr(widget, "tag", "") or words_of(widget)


def main() -> None:
    """Commands on standard input, answers on what was standard output."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else prints must not get between the answers
    arguments = sys.argv[1:]
    began = time.monotonic()
    folder = Path(arguments[arguments.index("--data") + 1])
    holder = None if "DRIVE_NO_KEYRING" in os.environ else KeysInMemory(KEY)
    arming = app_main.alarms if "DRIVE_RINGER" in os.environ else in_process
    app = app_main.make_app(arguments, safe=Safe(folder, holder), arming=arming)
    app.voice = Listener()
    sys.setswitchinterval(app_main.SWITCH_S)
    reader = Reader(Driver(app), answers)

    def ready(_dt: float) -> None:
        since_start = time.time() - float(os.environ.get("DRIVE_STARTED", time.time()))
        # Processor time says the same on a busy machine; the window itself waits for nothing else.
        cpu_s = time.process_time()
        app_s = time.monotonic() - began
        told = {"ready": True, "cpu_s": cpu_s, "first_frame_s": since_start, "app_s": app_s}
        answers.write(json.dumps(told) + "\n")
        answers.flush()
        reader.start()

    def two_frames(_app: Any) -> None:
        Clock.schedule_once(lambda _: Clock.schedule_once(ready, 0), 0)

    app.bind(on_start=two_frames)  # returns None: a true value would keep the app from starting
    app.run()


if __name__ == "__main__":
    main()
