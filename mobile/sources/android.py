"""Android's Health Connect by pyjnius: nothing here decides anything. Not yet run on a device.

Only imported on Android. The framework's Java classes are called (API 34 and later); the Kotlin
client library cannot be, for its calls suspend.
"""

# mypy: disable-error-code="misc, untyped-decorator"

import threading
from collections.abc import Callable, Sequence
from typing import Any

from jnius import JavaException, PythonJavaClass, autoclass, java_method

from mobile.sources.health_connect import SECURITY, Changes, PlatformError

ANSWER_S = 20.0
FIRST_API = 34
PAGE_SIZE = 1_000
ROOT = "android.health.connect."


class _Now(PythonJavaClass):
    """An Executor that runs what it is given at once."""

    __javainterfaces__ = ["java/util/concurrent/Executor"]
    __javacontext__ = "app"

    @java_method("(Ljava/lang/Runnable;)V")
    def execute(self, work: Any) -> None:
        """Run it."""
        work.run()


class _Outcome(PythonJavaClass):
    """An OutcomeReceiver that can be waited for."""

    __javainterfaces__ = ["android/os/OutcomeReceiver"]
    __javacontext__ = "app"

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()
        self.result: Any = None
        self.code: int | None = None

    @java_method("(Ljava/lang/Object;)V")
    def onResult(self, result: Any) -> None:
        """It went well."""
        self.result = result
        self.answered.set()

    @java_method("(Ljava/lang/Throwable;)V")
    def onError(self, error: Any) -> None:
        """It did not."""
        self.code = int(error.getErrorCode())
        self.answered.set()


class AndroidHealthConnect:
    """The calls of `HealthConnect`; each waits for its answer, so never call on the UI thread."""

    def __init__(self) -> None:
        """Finds the manager, where there is one."""
        self._activity = autoclass("org.kivy.android.PythonActivity").mActivity
        self._manager: Any = None
        if int(autoclass("android.os.Build$VERSION").SDK_INT) >= FIRST_API:
            self._manager = self._activity.getSystemService("healthconnect")

    def is_here(self) -> bool:
        """See `HealthConnect`."""
        return self._manager is not None

    def may_read(self, permission: str) -> bool:
        """See `HealthConnect`."""
        return int(self._activity.checkSelfPermission(permission)) == 0

    def changes_token(self, record_type: str) -> str:
        """See `HealthConnect`."""
        builder = autoclass(f"{ROOT}changelog.ChangeLogTokenRequest$Builder")()
        request = builder.addRecordType(_class(record_type)).build()
        return str(self._asked(self._manager.getChangeLogToken, request).getToken())

    def changes(self, token: str) -> Changes:
        """See `HealthConnect`."""
        builder = autoclass(f"{ROOT}changelog.ChangeLogsRequest$Builder")(token)
        answer = self._asked(self._manager.getChangeLogs, builder.build())
        return Changes(
            _listed(answer.getUpsertedRecords()),
            [str(each.getDeletedRecordId()) for each in _listed(answer.getDeletedLogs())],
            str(answer.getNextChangesToken()),
            bool(answer.hasMorePages()),
        )

    def records(self, record_type: str, since_ms: int, page: int) -> tuple[Sequence[Any], int]:
        """See `HealthConnect`."""
        start = autoclass("java.time.Instant").ofEpochMilli(since_ms)
        window = autoclass(f"{ROOT}TimeInstantRangeFilter$Builder")().setStartTime(start).build()
        builder = autoclass(f"{ROOT}ReadRecordsRequestUsingFilters$Builder")(_class(record_type))
        builder = builder.setTimeRangeFilter(window).setPageSize(PAGE_SIZE)
        builder = builder.setAscending(True) if page < 0 else builder.setPageToken(page)
        answer = self._asked(self._manager.readRecords, builder.build())
        return _listed(answer.getRecords()), int(answer.getNextPageToken())

    def _asked(self, call: Callable[[Any, Any, Any], None], request: Any) -> Any:
        outcome = _Outcome()
        try:
            call(request, _Now(), outcome)
        except JavaException as error:
            refused = "SecurityException" in str(error.classname)
            raise PlatformError(SECURITY if refused else 0) from None
        if not outcome.answered.wait(ANSWER_S):
            raise PlatformError(0)
        if outcome.code is not None:
            raise PlatformError(outcome.code)
        return outcome.result


def _class(record_type: str) -> Any:
    return autoclass("java.lang.Class").forName(f"{ROOT}datatypes.{record_type}")


def _listed(found: Any) -> list[Any]:
    return [found.get(at) for at in range(found.size())]
