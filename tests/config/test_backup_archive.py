"""The file of `commerce backup`: whole or refused, and never a way to write anywhere else."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from commerce.config import backup_archive
from commerce.config.backup_archive import BackupFile, BackupManifest, BrokenBackup

MANIFEST = BackupManifest(
    release="1.0",
    made_at="2026-04-08T12:00:00Z",
    url="https://billing.example.com",
    vendor="sqlite",
    migrations=[("audit", "0001_initial")],
)


@pytest.fixture
def made(tmp_path: Path) -> bytes:
    """A backup of a database of 300 kB that hardly gets smaller, and a key."""
    parts = {
        backup_archive.DATABASE_FILE: tmp_path / "db",
        backup_archive.KEY_RING_FILE: tmp_path / "ring",
    }
    parts[backup_archive.DATABASE_FILE].write_bytes(
        b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(10_000))
    )
    parts[backup_archive.KEY_RING_FILE].write_text("key\n")
    out = io.BytesIO()
    backup_archive.write_backup(out, MANIFEST, parts)
    return out.getvalue()


def test_what_was_backed_up_comes_back(made: bytes, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    found = backup_archive.read_backup(io.BytesIO(made), into)
    assert msgspec.structs.replace(found, files=[]) == MANIFEST
    for name, before in (
        (backup_archive.DATABASE_FILE, "db"),
        (backup_archive.KEY_RING_FILE, "ring"),
    ):
        assert (into / name).read_bytes() == (tmp_path / before).read_bytes()
    assert backup_archive.read_backup(io.BytesIO(made), None) == found


@pytest.mark.parametrize("left", [0, 1, 10, 500, 200_000, -9, -8, -4, -1])
def test_a_backup_that_was_cut_off_is_refused(made: bytes, left: int) -> None:
    with pytest.raises(BrokenBackup):
        backup_archive.read_backup(io.BytesIO(made[:left]), None)


def test_no_byte_can_be_changed_unseen(made: bytes) -> None:
    for at in (*range(10, len(made), len(made) // 40), len(made) - 6):
        spoilt = bytearray(made)
        spoilt[at] ^= 0x10
        with pytest.raises(BrokenBackup):
            backup_archive.read_backup(io.BytesIO(spoilt), None)


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    out.seek(0)
    return out


def manifest(*files: tuple[str, bytes]) -> tuple[tarfile.TarInfo, bytes]:
    kept = [
        BackupFile(name, len(content), hashlib.sha256(content).hexdigest())  # type: ignore[arg-type]
        for name, content in files
    ]
    return tarfile.TarInfo("manifest.json"), msgspec.json.encode(
        msgspec.structs.replace(MANIFEST, files=kept)
    )


def link(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


DATABASE = (tarfile.TarInfo("database"), b"rows")
OUTSIDE = (tarfile.TarInfo("../outside"), b"planted")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: packed(OUTSIDE), "does not begin with a manifest"),
        (lambda: packed(manifest(("database", b"rows"), ("../outside", b"planted"))), "manifest"),
        (lambda: packed(manifest(("database", b"rows")), DATABASE, OUTSIDE), "knows nothing"),
        (lambda: packed(manifest(("database", b"rows")), (link("database"), b"")), "missing"),
        (lambda: packed(manifest(("database", b"")), (link("database"), b"")), "is no file"),
        (lambda: packed(manifest(("database", b"ROWS")), DATABASE), "its hash differs"),
        (lambda: packed(manifest(("database", b"rows"))), "missing"),
        (lambda: packed(manifest(("ring.key", b"key"))), "names no database"),
        (lambda: packed(manifest(*[("database", b"rows")] * 2), DATABASE), "something twice"),
        (lambda: packed((tarfile.TarInfo("manifest.json"), b"{}")), "manifest"),
        (lambda: io.BytesIO(b"not a tar"), "damaged"),
    ],
)
def test_what_is_no_backup_of_ours_writes_nothing_elsewhere(
    make: Callable[[], io.BytesIO], text: str, tmp_path: Path
) -> None:
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(BrokenBackup, match=text):
        backup_archive.read_backup(make(), into)
    assert list(tmp_path.iterdir()) == [into]
    assert {path.name for path in into.iterdir()} <= {"database"}


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with pytest.raises(ZeroDivisionError), backup_archive.new_whole_file(file) as out:
        out.write(b"half" * (1 // 0))
    assert list(tmp_path.iterdir()) == []
    with backup_archive.new_whole_file(file) as out:
        out.write(b"whole")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"whole", 0o600)
    with pytest.raises(FileExistsError), backup_archive.new_whole_file(file) as out:
        out.write(b"another")
    with pytest.raises(FileExistsError):
        backup_archive.move_into_place(file, file)
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]
    assert file.read_bytes() == b"whole"
