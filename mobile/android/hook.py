"""python-for-android's hook: its manifest has no place for a receiver, so ours goes in here.

Read by p4a as a file of its own: standard library only.
"""

from pathlib import Path

MANIFEST = Path("src/main/AndroidManifest.xml")
RECEIVERS = Path(__file__).with_name("receivers.xml")
END = "</application>"
MARK = "org.evenkeel.phone.Receiver"


def with_receivers(manifest: str, receivers: str) -> str:
    """The manifest with our receivers in its application; a second time changes nothing."""
    if MARK in manifest:
        return manifest
    if manifest.count(END) != 1:
        raise ValueError("this manifest has not one application")
    return manifest.replace(END, f"{receivers}{END}")


def before_apk_assemble(_toolchain: object) -> None:
    """Called in the build's own folder, once the manifest is written."""
    manifest = with_receivers(MANIFEST.read_text(), RECEIVERS.read_text())
    MANIFEST.write_text(manifest)
