"""A voice to read a screen aloud: the phone's own, or a speech program on a desktop."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, Protocol

# Each reads the text from its standard input: on a command line any other user could read it.
PROGRAMS: Final = (
    ("espeak-ng", ("--stdin", "-v")),
    ("espeak", ("--stdin", "-v")),
    ("spd-say", ("--wait", "--pipe-mode", "-l")),
)


class Voice(Protocol):
    """Says one text at a time."""

    def say(self, text: str, *, language: str) -> bool:
        """Begin to say it, instead of what is being said; False where nothing can speak."""

    def hush(self) -> None:
        """Be quiet at once."""

    @property
    def is_speaking(self) -> bool:
        """Whether it is still saying something."""


class NoVoice:
    """A device that cannot speak."""

    is_speaking = False

    def say(self, text: str, *, language: str) -> bool:
        """Never."""
        return False

    def hush(self) -> None:
        """Nothing to end."""


class ProgramVoice:
    """A program of the desktop; it ends with the text."""

    def __init__(self, command: Sequence[str], *, names_language: bool = True) -> None:
        """`command` ends where the language follows, unless it names none."""
        self._command, self._names_language = tuple(command), names_language
        self._running: subprocess.Popen[str] | None = None

    def say(self, text: str, *, language: str) -> bool:
        """Start the program and give it the text."""
        self.hush()
        command = [*self._command, *([language] if self._names_language else [])]
        try:
            self._running = subprocess.Popen(  # noqa: S603  # found by name, no words of people
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            if self._running.stdin is not None:
                self._running.stdin.write(text)
                self._running.stdin.close()
        except OSError:
            return False
        return True

    def hush(self) -> None:
        """End the program, if it runs."""
        if self._running is not None:
            if self._running.poll() is None:
                self._running.terminate()
            self._running.wait()
            self._running = None

    @property
    def is_speaking(self) -> bool:
        """Until the program has ended."""
        return self._running is not None and self._running.poll() is None


class PhoneVoice:
    """The phone's own speech, by plyer; unverified on a device."""

    is_speaking = False  # the facade does not tell

    def say(self, text: str, *, language: str) -> bool:
        """In the language that the phone speaks."""
        try:
            import_module("plyer").tts.speak(text)
        except (ImportError, NotImplementedError):
            return False
        return True

    def hush(self) -> None:
        """Saying nothing ends what is being said."""
        self.say("", language="")


def this_voice() -> Voice:
    """What this device speaks with."""
    if hasattr(sys, "getandroidapilevel") or sys.platform == "ios":
        return PhoneVoice()
    if sys.platform == "darwin" and (say := shutil.which("say")):
        return ProgramVoice((say, "-f", "-"), names_language=False)
    for name, options in PROGRAMS:
        if found := shutil.which(name):
            return ProgramVoice((found, *options))
    return NoVoice()
