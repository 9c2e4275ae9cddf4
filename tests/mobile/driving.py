"""Drives the real app in a process of its own, drawn off the screen; see tests/mobile/drive.py.

    with Driven(folder, server=url, code=code) as app:
        app.tap("enrol")
        app.wait(text="Synced")
        app.shot(path)

The app's window is one per process, so a test never imports Kivy itself.
"""

import ctypes.util
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("GL", "EGL")


def need_graphics() -> None:
    """Skip where nothing can be drawn: Kivy's window needs libGL and libEGL (Mesa will do)."""
    missing = [name for name in NEEDED if ctypes.util.find_library(name) is None]
    if missing and sys.platform == "linux":
        pytest.skip(f"the app cannot be drawn here: lib{' and lib'.join(missing)} not installed")


class AppError(AssertionError):
    """The app could not do what it was told."""


class Driven:
    """The running app; every method waits until the app has done it."""

    def __init__(
        self,
        folder: Path,
        *,
        server: str = "",
        code: str = "",
        zone: str | None = None,
        size: tuple[int, int] | None = None,
        **drive: str,
    ) -> None:
        """`drive` sets variables of drive.py: no_keyring, ringer."""
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        environment = {
            **os.environ,
            "SDL_VIDEODRIVER": "offscreen",
            "KIVY_HOME": str(folder / "kivy"),
            "PYTHONPATH": str(ROOT),
            "DRIVE_STARTED": str(time.time()),
        }
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "KIVY_WINDOW"):
            environment.pop(name, None)
        environment |= {f"DRIVE_{name.upper()}": value for name, value in drive.items()}
        if zone is not None:
            environment["TZ"] = zone
        if size is not None:
            environment["EVENKEEL_WIDTH"], environment["EVENKEEL_HEIGHT"] = map(str, size)
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--data", str(folder / "data"), "--server", server, "--code", code]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mobile.drive", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.started = self._next(60)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put(None)

    def _next(self, timeout: float) -> dict[str, Any]:
        try:
            answer = self._answers.get(timeout=timeout)
        except queue.Empty:
            answer = None
        if answer is None:
            self.close()
            raise AppError(f"the app gave no answer; it said:\n{self.said()}")
        return answer

    def said(self) -> str:
        """What the app printed, for a failure's message."""
        if self._errors.closed:
            return self._last_words
        self._errors.seek(0)
        return self._errors.read()[-4000:]

    def do(self, do: str, *, within: float = 90, **rest: Any) -> dict[str, Any]:
        """One command of drive.py and its answer; AppError if it failed."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **rest}) + "\n")
        self._process.stdin.flush()
        answer = self._next(within)
        if not answer["ok"]:
            raise AppError(f"{do} {rest}: {answer['error']}")
        return answer

    def tap(self, tag: str | None = None, *, text: str | None = None, timeout: float = 10) -> None:
        """Touch the middle of a widget, scrolled into view."""
        self.do("tap", tag=tag, text=text, timeout=timeout)

    def enter(self, tag: str, text: str) -> None:
        """Replace what stands in a field."""
        self.do("type", tag=tag, text=text)

    def wait(self, text: str | None = None, *, tag: str | None = None, timeout: float = 15) -> str:
        """Until it is on the screen; the whole text of what was found."""
        found = self.do("wait", text=text, tag=tag, timeout=timeout, within=timeout + 60)
        return str(found["text"])

    def wait_gone(self, text: str, *, timeout: float = 15) -> None:
        """Until it is no longer on the screen."""
        self.do("wait_gone", text=text, timeout=timeout, within=timeout + 60)

    def texts(self) -> list[str]:
        """All words on the screen, top to bottom."""
        return list(self.do("texts")["texts"])

    def shot(self, path: Path) -> Path:
        """A picture of the window."""
        self.do("shot", path=str(path))
        return path

    def close(self) -> int:
        """Quit as a person would; the exit code."""
        if self._errors.closed:
            return self._process.returncode
        try:
            if self._process.poll() is None:
                self.do("quit", within=10)
        except (AppError, BrokenPipeError):
            self._process.kill()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._thread.join(timeout=5)
        self._last_words = self.said()
        self._errors.close()
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
