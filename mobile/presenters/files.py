"""Which files there are to bring in."""

from dataclasses import dataclass
from pathlib import Path

MOST = 40


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder: those in it, and the csv files."""

    folder: Path
    above: Path | None
    folders: tuple[Path, ...]
    files: tuple[Path, ...]


def listing(folder: Path) -> Listing:
    """What is in a folder, hidden things left out; an unreadable folder looks empty."""
    try:
        found = sorted(folder.iterdir(), key=lambda p: p.name.lower())
    except OSError:
        found = []
    seen = [path for path in found if not path.name.startswith(".")]
    folders = tuple(path for path in seen if path.is_dir())[:MOST]
    files = tuple(p for p in seen if p.suffix.lower() == ".csv" and p.is_file())[:MOST]
    return Listing(folder, folder.parent if folder.parent != folder else None, folders, files)


def first_folder() -> Path:
    """Where people look first."""
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.home()
