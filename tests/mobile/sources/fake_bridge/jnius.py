"""Enough of pyjnius to run the bridge to Android: classes by name, calls that answer later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

answers: dict[str, Any] = {}  # by call: a result, an error with a code, or a JavaException
asked: list[tuple[str, Any]] = []
api = [34]


class JavaException(Exception):
    def __init__(self, classname: str) -> None:
        super().__init__("java")
        self.classname = classname


class PythonJavaClass:
    pass


def java_method(_: str) -> Callable[[Any], Any]:
    return lambda function: function


class JavaList:
    def __init__(self, *items: Any) -> None:
        self._items = items

    def size(self) -> int:
        return len(self._items)

    def get(self, at: int) -> Any:
        return self._items[at]


class Builder:
    """Notes what it is told; `build` gives the notes."""

    def __init__(self, *made_of: Any) -> None:
        self.told: list[Any] = [*made_of]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def tell(*values: Any) -> Any:
            if name == "build":
                return self.told
            self.told += [name, *values]
            return self

        return tell


class Manager:
    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(request: Any, executor: Any, outcome: Any) -> None:
            asked.append((name, request))
            answer = answers[name]
            if isinstance(answer, JavaException):
                raise answer
            failed = isinstance(answer, int)
            error = SimpleNamespace(getErrorCode=lambda: answer)
            run = (lambda: outcome.onError(error)) if failed else lambda: outcome.onResult(answer)
            job = SimpleNamespace(run=run)
            threading.Thread(target=executor.execute, args=(job,)).start()

        return call


services: dict[str, Any] = {"healthconnect": Manager()}
started: list[Any] = []  # activities, as the notes of their intents
activity = SimpleNamespace(
    getPackageName=lambda: "org.evenkeel",
    startActivity=lambda intent: started.append(intent.told),
    getSystemService=lambda name: services.get(name),
    checkSelfPermission=lambda permission: 0 if permission.endswith("READ_STEPS") else -1,
)


def autoclass(name: str) -> Any:
    if name.endswith("Builder"):
        return Builder
    return {
        "org.kivy.android.PythonActivity": SimpleNamespace(mActivity=activity),
        "android.os.Build$VERSION": SimpleNamespace(SDK_INT=api[0]),
        "android.content.Intent": Builder,
        "android.net.Uri": SimpleNamespace(parse=lambda text: text),
        "java.lang.Class": SimpleNamespace(forName=lambda known: known),
        "java.time.Instant": SimpleNamespace(ofEpochMilli=lambda ms: ms),
    }[name]
