"""Settings of the commands that need files only: no database, no other room."""

from typing import Final

INSTALLED_APPS: Final = ["backend.omics"]
USE_TZ: Final = True
