"""`make phone`: lay out what buildozer builds from. Copies files, needs no network.

Buildozer wants main.py at the root of its folder, and of the server only the wire.
"""

import argparse
import shutil
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
PARTS = ("mobile", "backend/wire")
ANDROID = ("src", "hook.py", "receivers.xml")
MAIN = '''"""The app's entry on a phone."""

from mobile.main import main

__version__ = "{version}"

main()
'''
NOT_ON_A_PHONE = ("__pycache__", "android", "ringer.py", "desktop_keys.py")


def stage(to: Path, *, version: str) -> None:
    """Fill an empty folder; what was in it goes."""
    shutil.rmtree(to, ignore_errors=True)
    for part in PARTS:
        shutil.copytree(HOME / part, to / part, ignore=shutil.ignore_patterns(*NOT_ON_A_PHONE))
    (to / "backend" / "__init__.py").touch()
    (to / "main.py").write_text(MAIN.format(version=version))
    for name in ANDROID:
        there = HOME / "mobile" / "android" / name
        if there.is_dir():
            shutil.copytree(there, to / "android" / name)
        else:
            (to / "android").mkdir(exist_ok=True)
            shutil.copy(there, to / "android" / name)
    shutil.copy(HOME / "mobile" / "android" / "buildozer.spec", to / "buildozer.spec")


def main() -> None:
    """Into build/phone, unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m mobile.android.stage", description=__doc__)
    parser.add_argument("--to", type=Path, default=HOME / "build" / "phone")
    parser.add_argument("--version", default="0.1")
    options = parser.parse_args()
    stage(options.to, version=options.version)
    print(  # noqa: T201 (what a command says)
        f"Staged in {options.to}. Next: buildozer android debug, there, with network."
    )


if __name__ == "__main__":
    main()
