"""The files that pages load (style sheets, scripts, icons): named by their content, kept compressed in the data folder.

Nobody builds anything. The first page of a process that names a file puts it there under its hashed name, so that the
file is there before the page is. Every process serves what lies there, whoever made it: while workers of two releases
run side by side, each page gets the files of its own release.
"""

import gzip
import hashlib
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import Storage
from django.http import HttpRequest, HttpResponseBase
from whitenoise.base import WhiteNoise
from whitenoise.middleware import WhiteNoiseMiddleware

from commerce.kit import files

log = logging.getLogger(__name__)

KEPT_SECONDS = 365 * 24 * 60 * 60
"""How long browsers keep a file, and how long it is served after the last process that began to use it."""
RETRY_SECONDS = 60
"""After what a file is tried again that could not be written."""
_IMPORT = re.compile(rb'@import "([\w.-]+\.css)";\n')
_HASHED_NAME = re.compile(r"\.[0-9a-f]{12}\.\w+")


class HashedStaticFiles(Storage):
    """The storage of static files: ``{% static "portal/portal.css" %}`` is ``/static/portal/portal.<hash>.css``."""

    def __init__(self) -> None:
        self._urls: dict[str, tuple[str, int]] = {}

    def url(self, name: str | None) -> str:
        """The address of a file, which is there from now on. Raises ``ValueError`` when no app has it."""
        name = name or ""
        known, until = self._urls.get(name, ("", 0))
        if time.monotonic() < until and not settings.DEBUG:
            return known
        path = finders.find(name)
        if not path:
            raise ValueError(f"No app has the static file {name}.")
        content = read_source(Path(path))
        hashed = hashed_name(name, content)
        until = sys.maxsize
        try:
            put_file(Path(settings.STATIC_ROOT) / hashed, content)
        except OSError:
            log.exception("The static file %s cannot be kept; pages come without it.", hashed)
            until = int(time.monotonic()) + RETRY_SECONDS
        url = f"{settings.STATIC_URL}{hashed}"
        self._urls[name] = url, until
        return url


def read_source(path: Path) -> bytes:
    """What is in a file; a style sheet that imports those beside it gets them in place of these lines."""
    content = path.read_bytes()
    if path.suffix == ".css":
        content = _IMPORT.sub(lambda found: read_source(path.with_name(found[1].decode())), content)
    return content


def hashed_name(name: str, content: bytes) -> str:
    """``portal/portal.css`` as ``portal/portal.0123456789ab.css``."""
    path = PurePosixPath(name)
    digest = hashlib.sha256(content).hexdigest()[:12]
    return str(path.with_name(f"{path.stem}.{digest}{path.suffix}"))


def put_file(path: Path, content: bytes) -> None:
    """Have the file there, and compressed beside it; whoever finds it finds all of it."""
    for target in (path.with_name(f"{path.name}.gz"), path):
        try:
            os.utime(target)  # in use
        except FileNotFoundError:
            files.make_private_folder(path.parent)
            _forget_unused(path.parent)
            _write_whole(target, content if target == path else gzip.compress(content, mtime=0))


def _write_whole(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            files.chown_to_folder_owner(path.parent, draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink()
            raise


def _forget_unused(folder: Path) -> None:
    before = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another process forgets, too
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()


class StaticFilesMiddleware(WhiteNoise):  # type: ignore[misc]  # the package has no types
    """Serves what lies in the folder under a hashed name, to be kept for a year; anything else there is not found."""

    FOREVER = KEPT_SECONDS

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(application=None, immutable_file_test=_HASHED_NAME.pattern)
        self.get_response = get_response
        # Looked at when a file is asked for: another process may have put it there since this one began.
        self.directories = [(f"{settings.STATIC_ROOT}{os.sep}", settings.STATIC_URL)]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith(settings.STATIC_URL) or not _HASHED_NAME.search(path):
            return self.get_response(request)
        found = self.find_file(path)
        if found is None:
            return self.get_response(request)
        answer: HttpResponseBase = WhiteNoiseMiddleware.serve(found, request)
        return answer
