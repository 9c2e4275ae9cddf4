"""The patient's app: `python -m mobile.main [--server URL] [--code CODE] [--data DIR]`."""

# mypy: allow-subclassing-any

import argparse
import logging
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

# Kivy reads the command line and writes a log file when it is imported, unless told not to.
os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")  # leave other libraries' loggers alone

import kivy
from kivy.base import ExceptionHandler, ExceptionManager
from kivy.config import Config

# X's middle-button paste needs xclip or xsel: without them Kivy would shout at every start.
kivy.kivy_options["cutbuffer"] = ()
Config.set("kivy", "log_level", "warning")
Config.set("kivy", "exit_on_escape", "0")
Config.set("graphics", "width", os.environ.get("EVENKEEL_WIDTH", "412"))
Config.set("graphics", "height", os.environ.get("EVENKEEL_HEIGHT", "892"))
Config.set("input", "mouse", "mouse,disable_multitouch")

from mobile.device.alarms import Alarm, Alarms  # noqa: E402
from mobile.device.background_alarms import BackgroundAlarms  # noqa: E402
from mobile.device.clock import utc_now  # noqa: E402
from mobile.device.keys import this_holder  # noqa: E402
from mobile.device.network import this_network  # noqa: E402
from mobile.device.notifications import DesktopNotifier  # noqa: E402
from mobile.device.preferences import load_preferences  # noqa: E402
from mobile.device.reliability import this_device  # noqa: E402
from mobile.device.safe import Safe  # noqa: E402
from mobile.device.voice import this_voice  # noqa: E402
from mobile.screens.app import EvenkeelApp  # noqa: E402
from mobile.screens.attention import SyncPage  # noqa: E402
from mobile.screens.devices import DevicesPage  # noqa: E402
from mobile.screens.diary import DiaryPage  # noqa: E402
from mobile.screens.enrol import EnrolPage  # noqa: E402
from mobile.screens.goal import GoalPage  # noqa: E402
from mobile.screens.help import HelpPage  # noqa: E402
from mobile.screens.lock import KeylessPage, LockPage, PinPage  # noqa: E402
from mobile.screens.meals import MealsPage  # noqa: E402
from mobile.screens.messages import MessagesPage  # noqa: E402
from mobile.screens.nudges import NudgesPage  # noqa: E402
from mobile.screens.privacy import PrivacyPage  # noqa: E402
from mobile.screens.selftest import SelfTestPage  # noqa: E402
from mobile.screens.settings import SettingsPage  # noqa: E402
from mobile.screens.surveys import SurveysPage  # noqa: E402
from mobile.screens.today import TodayPage  # noqa: E402
from mobile.screens.trends import TrendsPage  # noqa: E402
from mobile.screens.visits import VisitsPage  # noqa: E402
from mobile.sources.here import health_store  # noqa: E402
from mobile.sync.nearby import Bluetooth  # noqa: E402
from mobile.sync.session import Arming, Session  # noqa: E402
from mobile.sync.transport import Transport  # noqa: E402
from mobile.words import load  # noqa: E402

PAGES = {
    "enrol": EnrolPage,
    "lock": LockPage,
    "pin": PinPage,
    "keyless": KeylessPage,
    "today": TodayPage,
    "trends": TrendsPage,
    "visits": VisitsPage,
    "settings": SettingsPage,
    "sync": SyncPage,
    "selftest": SelfTestPage,
    "help": HelpPage,
    "devices": DevicesPage,
    "surveys": SurveysPage,
    "nudges": NudgesPage,
    "privacy": PrivacyPage,
    "meals": MealsPage,
    "goal": GoalPage,
    "messages": MessagesPage,
    "diary": DiaryPage,
}
CARD_WORDS = (
    "card_taken", "card_later", "card_skip",
    "channel_reminders", "channel_critical", "channel_notices",
)  # fmt: skip
SWITCH_S = 0.001  # the sync thread gives way to a frame after this long, not after 5 ms


def default_folder() -> Path:
    """Where apps keep their data on this system."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", home)) / "Evenkeel"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Evenkeel"
    if android := os.environ.get("ANDROID_PRIVATE"):
        return Path(android) / "evenkeel"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "evenkeel"


def transport(server: str) -> Transport:
    """HTTP; httpx is imported here, on the sync thread, so that the window need not wait for it."""
    made: Transport = import_module("mobile.sync.http").HttpTransport(server)
    return made


def bluetooth() -> Bluetooth:
    """The radio; its library is imported here, when the patient first asks for a device."""
    made: Bluetooth = import_module("mobile.sync.pairing").RealBluetooth()
    return made


def alarms(folder: Path, key: bytes, _ring: Callable[[Alarm], None]) -> Alarms:
    """The platform's own: on a computer a process that outlives the window."""
    if hasattr(sys, "getandroidapilevel"):
        words = load(load_preferences(folder).language)
        labels = [words(key) for key in CARD_WORDS]
        made: Alarms = import_module("mobile.device.android_alarms").AndroidAlarms(labels)
        return made
    return BackgroundAlarms(folder, key, at_login=this_holder(folder) is not None)


def make_app(
    arguments: list[str], *, safe: Safe | None = None, arming: Arming = alarms
) -> EvenkeelApp:
    """The app, not yet running; tests bring a safe of their own and alarms that end with it."""
    parser = argparse.ArgumentParser(prog="python -m mobile.main", description=__doc__)
    parser.add_argument("--server", default="", help="address to fill in when enrolling")
    parser.add_argument("--code", default="", help="enrolment code to fill in")
    parser.add_argument("--data", type=Path, default=None, help="folder for everything it keeps")
    options = parser.parse_args(arguments)
    folder = (options.data or default_folder()).expanduser().resolve()
    session = Session(
        folder,
        safe=safe or Safe(folder, this_holder(folder)),
        transport=transport,
        alarms=arming,
        network=this_network(),
        notifier=DesktopNotifier(),
        clock=utc_now,
        reliability=this_device(),
        source=health_store(clock=utc_now),
        bluetooth=bluetooth,
    )
    return EvenkeelApp(session, PAGES, server=options.server, code=options.code, voice=this_voice())


class KeepOpen(ExceptionHandler):
    """A fault in drawing one thing must not close the app on a patient."""

    def handle_exception(self, inst: BaseException) -> int:
        """Log its class alone, for its text may hold health data; an interrupt still ends."""
        if not isinstance(inst, Exception):
            return int(ExceptionManager.RAISE)
        logging.getLogger("evenkeel").error("fault: %s", type(inst).__name__)
        return int(ExceptionManager.PASS)


def main() -> None:
    """Open the window and stay until it is closed."""
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("kivy").setLevel(logging.WARNING)
    logging.getLogger("kivy").addFilter(lambda record: "Cutbuffer" not in record.getMessage())
    ExceptionManager.add_handler(KeepOpen())
    sys.setswitchinterval(SWITCH_S)
    app = make_app(sys.argv[1:])
    if hasattr(sys, "getandroidapilevel"):
        import_module("mobile.device.android").hide_screen()
    try:
        app.run()
    except KeyboardInterrupt:
        app.session.close()


if __name__ == "__main__":
    main()
