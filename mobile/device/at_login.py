"""Start the ringer when the person signs in to the computer, so that a restart stops no reminder.

By the desktop's own autostart folder (XDG, so Linux); elsewhere the app must be opened once after a
restart, and until then the server reminds. Only where the device keeps the key: nobody types a PIN
at sign-in.
"""

import os
import shlex
import sys
from hashlib import sha256
from pathlib import Path

from mobile.device.files import replace_file

ENTRY = """[Desktop Entry]
Type=Application
Name=Evenkeel
Exec={command}
Path={path}
NoDisplay=true
X-GNOME-Autostart-enabled=true
"""


def entry_of(folder: Path) -> Path | None:
    """Where the entry of this folder's ringer lies; None where there is no such place."""
    if sys.platform != "linux":
        return None
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    name = sha256(str(folder).encode()).hexdigest()[:12]
    return config / "autostart" / f"evenkeel-{name}.desktop"


def start_at_login(folder: Path, home: Path) -> None:
    """From the next sign-in on; `home` is where the package lies."""
    if (entry := entry_of(folder)) is not None and not entry.exists():
        command = shlex.join([sys.executable, "-m", "mobile.ringer", "--data", str(folder)])
        replace_file(entry, ENTRY.format(command=command, path=home))


def no_more_at_login(folder: Path) -> None:
    """Nobody is signed in here."""
    if (entry := entry_of(folder)) is not None:
        entry.unlink(missing_ok=True)
