"""The file that ``commerce backup`` writes: a gzipped tar whose first member is a manifest with each file's SHA-256.

It holds known names only, so nothing in a foreign archive decides where anything is written.
"""

import gzip
import hashlib
import io
import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Literal

import msgspec

from commerce.kit import files

DATABASE_FILE, KEY_RING_FILE, SECRET_KEY_FILE = "database", "ring.key", "secret.key"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 4_000_000
_PIECE = 1 << 20


class BrokenBackup(Exception):
    """The file is no whole backup; the text says why."""


class BackupFile(msgspec.Struct, frozen=True):
    """One file of a backup: its size in bytes, and the SHA-256 of what is in it, in hex."""

    name: Literal["database", "ring.key", "secret.key"]
    size: int
    sha256: str


class BackupManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds and where it came from; ``migrations`` are those that its database has seen."""

    format: Literal[1] = 1
    release: str
    made_at: str
    url: str
    vendor: Literal["sqlite", "postgresql"]
    tool: int = 0
    """PostgreSQL: the version of ``pg_dump``; nothing older can read the dump."""
    migrations: list[tuple[str, str]]
    totals: dict[str, int] = {}
    """Rows of each table, and sums of money: what is restored must have as much. Older backups do not say."""
    files: list[BackupFile] = []


class _CountedOutput:
    """Counts what is written, also into a pipe."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self.size = out, 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return self._out.write(data)

    def flush(self) -> None:
        self._out.flush()


def write_backup(out: IO[bytes], manifest: BackupManifest, sources: Mapping[str, Path]) -> int:
    """Write the backup with these files by their names in it; how many bytes it has."""
    kept = [BackupFile(name, path.stat().st_size, _hash_of(path)) for name, path in sources.items()]  # type: ignore[arg-type]
    head = msgspec.json.encode(msgspec.structs.replace(manifest, files=kept))
    counted = _CountedOutput(out)
    with (
        gzip.GzipFile(fileobj=counted, mode="wb", filename="", compresslevel=5) as zipped,
        tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        tar.addfile(_member(_MANIFEST, len(head)), io.BytesIO(head))
        for one in kept:
            with sources[one.name].open("rb") as content:
                tar.addfile(_member(one.name, one.size), content)
    out.flush()
    return counted.size


def _hash_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def read_backup(file: IO[bytes], into: Path | None) -> BackupManifest:
    """Look whether the backup is whole, and put its files into the folder if one is given. Raises ``Broken``."""
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as zipped:
            with tarfile.open(fileobj=zipped, mode="r|") as tar:
                manifest = _read(tar, into)
            while zipped.read(_PIECE):  # to the check sum at its end
                pass
            return manifest
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BrokenBackup(f"it is cut off or damaged ({error})") from error
    except msgspec.DecodeError as error:
        raise BrokenBackup(
            f"its manifest is not one that this release understands ({error})"
        ) from error


def _read(tar: tarfile.TarFile, into: Path | None) -> BackupManifest:
    members = iter(tar)
    first = next(members, None)
    if first is None or first.name != _MANIFEST or not 0 < first.size <= _LARGEST_MANIFEST:
        raise BrokenBackup("it does not begin with a manifest of ours")
    manifest = msgspec.json.decode(_content(tar, first).read(), type=BackupManifest)
    names = [one.name for one in manifest.files]
    if DATABASE_FILE not in names or len(set(names)) != len(names):
        raise BrokenBackup("its manifest names no database, or something twice")
    for one in manifest.files:
        member = next(members, None)
        if member is None or (member.name, member.size) != (one.name, one.size):
            raise BrokenBackup(f"its {one.name} is missing or has another size")
        _take(_content(tar, member), one, into)
    if (left := next(members, None)) is not None:
        raise BrokenBackup(f"it holds {left.name!r}, of which its manifest knows nothing")
    return manifest


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    found = tar.extractfile(member) if member.isreg() else None
    if found is None:
        raise BrokenBackup(f"{member.name!r} is no file")
    return found


def _take(content: IO[bytes], one: BackupFile, into: Path | None) -> None:
    seen = hashlib.sha256()
    with (into / one.name if into else Path(os.devnull)).open("wb") as out:
        while piece := content.read(_PIECE):
            seen.update(piece)
            out.write(piece)
        if into:
            out.flush()
            os.fsync(out.fileno())
    if seen.hexdigest() != one.sha256:
        raise BrokenBackup(f"its {one.name} is not what was backed up (its hash differs)")


@contextmanager
def new_whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file for its owner only, on the disk as a whole when the block ends, and otherwise not at all.

    Raises ``FileExistsError`` when there is something of that name.
    """
    if path.exists() or path.is_symlink():
        raise FileExistsError(f"{path} already exists")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        files.chown_to_folder_owner(path.parent, draft)
        move_into_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def move_into_place(draft: Path, path: Path) -> None:
    """Move a finished file to its name, where there must be nothing, and keep that on the disk."""
    try:
        os.link(draft, path)  # unlike a rename it fails when something is there
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(f"{path} already exists") from None
        draft.rename(path)
    draft.unlink(missing_ok=True)
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
