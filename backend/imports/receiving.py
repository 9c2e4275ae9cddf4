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

ROUTE = "imports"


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
    """One file, on the import page alone, of somebody at the desk, up to the limit."""

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


def is_expected(request: HttpRequest | None) -> bool:
    """Whether files are taken on this page from this person."""
    if request is None or request.resolver_match is None:
        return False
    user = getattr(request, "user", None)
    here = request.resolver_match.url_name == ROUTE
    return here and isinstance(user, User) and user.is_active and user.is_staff


def is_too_large(request: HttpRequest | None) -> bool:
    """By what the request says of itself; the server reads no further than that."""
    length = request.META.get("CONTENT_LENGTH") if request is not None else None
    try:
        return int(length or 0) > settings.EVENKEEL_IMPORT_MOST_BYTES
    except ValueError:
        return True
