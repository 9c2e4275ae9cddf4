"""Work beside the screen: a thread does it, the screen's own thread gets the result."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from kivy.clock import Clock

Result = TypeVar("Result")
logger = logging.getLogger("evenkeel.screens")


def run(
    name: str, work: Callable[[], Result], done: Callable[[Result | Exception], None]
) -> threading.Thread:
    """Do `work` on a thread of its own, then call `done` on the screen's with what came of it."""

    def body() -> None:
        result: Result | Exception
        try:
            result = work()
        except Exception as error:
            # The screen says it in plain words; a log gets the class alone.
            logger.info("%s: %s", name, type(error).__name__)
            result = error
        Clock.schedule_once(lambda _: done(result), 0)

    thread = threading.Thread(target=body, name=name, daemon=True)
    thread.start()
    return thread
