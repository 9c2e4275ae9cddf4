"""Small files of ours: replaced in one step, readable by this user alone."""

import os
from pathlib import Path

PRIVATE = "ANDROID_PRIVATE"  # set on Android alone


def export_folder() -> Path:
    """Where people look for what they have saved; each falls back to a place that is there."""
    if private := os.environ.get(PRIVATE):
        return Path(private).parent / "files" / "exports"
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.home()


def replace_file(path: Path, text: str) -> None:
    """A kill leaves the old text or the new; others cannot read it, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
