"""Taking a file off the wire, straight to the folder of imports, if there may be one at all.

Django's own handlers would keep any file that anybody posts anywhere, in the machine's common
folder for temporary files.
"""

import tempfile
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from backend.accounts.models import User
from backend.imports.folder import ARRIVING, folder

FILLS_MOST_BYTES = 8 << 20  # dispensings and pill monitors: small files, read while one waits


class ArrivingFile(UploadedFile):
    """A file that ends with the request unless it is kept."""

    def __init__(self, name: str):
        self._held = tempfile.NamedTemporaryFile(suffix=ARRIVING, dir=folder())  # noqa: SIM115
        super().__init__(self._held, name)

    def temporary_file_path(self) -> str:
        """Where it is meanwhile."""
        return self._held.name

    def close(self) -> None:
        """It may have been swept."""
        with suppress(FileNotFoundError):
            self._held.close()


class Receiver(FileUploadHandler):
    """One file, on the pages that import alone, of somebody at the desk, up to the limit."""

    arriving: ArrivingFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins; one that is not expected is skipped and never written."""
        super().new_file(*args, **kwargs)
        if not is_expected(self.request) or is_too_large(self.request):
            raise SkipFile
        self.arriving = ArrivingFile(self.file_name or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """The next piece."""
        self.arriving.write(raw_data)

    def file_complete(self, file_size: int) -> ArrivingFile:
        """The whole file has arrived."""
        self.arriving.seek(0)
        self.arriving.size = file_size
        return self.arriving

    def upload_interrupted(self) -> None:
        """The sender has gone."""
        if hasattr(self, "arriving"):
            self.arriving.close()


def most_bytes(request: HttpRequest | None) -> int:
    """How large a file may be on this page; 0 where none is taken."""
    match = request.resolver_match if request is not None else None
    limits = {"imports": settings.EVENKEEL_IMPORT_MOST_BYTES, "fills": FILLS_MOST_BYTES}
    return limits.get(match.url_name or "", 0) if match is not None else 0


def is_expected(request: HttpRequest | None) -> bool:
    """Whether files are taken on this page from this person."""
    user = getattr(request, "user", None)
    is_staff = isinstance(user, User) and user.is_active and user.is_staff
    return is_staff and most_bytes(request) > 0


def is_too_large(request: HttpRequest | None) -> bool:
    """By what the request says of itself; the server reads no further than that."""
    length = request.META.get("CONTENT_LENGTH") if request is not None else None
    try:
        return int(length or 0) > most_bytes(request)
    except ValueError:
        return True
