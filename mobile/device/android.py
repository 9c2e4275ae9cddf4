"""Android's answers about alarms, cards and battery by pyjnius. Not yet run on a device.

Only imported on Android. Classes and constants are those of the framework's reference.
"""

from typing import Any

from jnius import autoclass

from mobile.device.reliability import BATTERY, CARDS, EXACT, SOUND, Standing

CHANNEL = "reminders"
EXACT_ASKED_FROM = 31  # before Android 12 every app may set exact alarms
AUDIBLE = 3  # NotificationManager.IMPORTANCE_DEFAULT: makes a sound
ALL_SHOWN = 1  # INTERRUPTION_FILTER_ALL; 0 is unknown
CAR = 3  # Configuration.UI_MODE_TYPE_CAR
PAGES = {
    EXACT: "android.settings.REQUEST_SCHEDULE_EXACT_ALARM",
    CARDS: "android.settings.APP_NOTIFICATION_SETTINGS",
    SOUND: "android.settings.APP_NOTIFICATION_SETTINGS",
    BATTERY: "android.settings.IGNORE_BATTERY_OPTIMIZATION_SETTINGS",
}


class AndroidReliability:
    """See `Reliability`."""

    opens = frozenset(PAGES)

    def __init__(self) -> None:
        """Finds the app's context and the managers."""
        self._context = autoclass("org.kivy.android.PythonActivity").mActivity
        self._api = int(autoclass("android.os.Build$VERSION").SDK_INT)

    def look(self) -> Standing:
        """Asks the managers anew: the patient may have been in the settings."""
        package = self._context.getPackageName()
        power, cards = self._manager("power"), self._manager("notification")
        exact = self._api < EXACT_ASKED_FROM or self._manager("alarm").canScheduleExactAlarms()
        return Standing(
            exact=bool(exact),
            cards=bool(cards.areNotificationsEnabled()),
            sound=_is_heard(cards.getNotificationChannel(CHANNEL)),
            unthrottled=bool(power.isIgnoringBatteryOptimizations(package)),
            saving=bool(power.isPowerSaveMode()),
            quiet=int(cards.getCurrentInterruptionFilter()) > ALL_SHOWN,
            driving=int(self._manager("uimode").getCurrentModeType()) == CAR,
        )

    def open_settings(self, which: str) -> None:
        """One of Android's own pages."""
        intent = autoclass("android.content.Intent")(PAGES[which])
        package = self._context.getPackageName()
        if which == EXACT:
            intent.setData(autoclass("android.net.Uri").parse(f"package:{package}"))
        elif which in (CARDS, SOUND):
            intent.putExtra("android.provider.extra.APP_PACKAGE", package)
        self._context.startActivity(intent)

    def _manager(self, service: str) -> Any:
        return self._context.getSystemService(service)


def _is_heard(channel: Any) -> bool | None:
    """A channel is made with the first card; until then nobody can have silenced it."""
    return None if channel is None else int(channel.getImportance()) >= AUDIBLE


class AndroidNetwork:
    """See `Network`."""

    def is_metered(self) -> bool:
        """What Android says of the network in use."""
        context = autoclass("org.kivy.android.PythonActivity").mActivity
        return bool(context.getSystemService("connectivity").isActiveNetworkMetered())


def hide_screen() -> None:
    """No picture of the window in the task switcher, and no screenshots (Shield.java)."""
    activity = autoclass("org.kivy.android.PythonActivity").mActivity
    autoclass("org.evenkeel.phone.Shield").hide(activity)
