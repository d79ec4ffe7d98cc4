"""`commerce backup` and `commerce restore`: everything in one file, and nothing overwritten."""

import gzip
import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from commerce.kit.crypto import KeyRing
from tests.server.running import once, run_command

pytestmark = once


@pytest.fixture
def ring(data: Path) -> str:
    """The key ring of an installation whose database holds a secret that is encrypted with it."""
    return with_secret(data)


@pytest.fixture(scope="module")
def kept(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A backup of such an installation, alone in its folder, and the key ring that it holds. Nobody changes it."""
    data = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("kept") / "data"))
    key = with_secret(data)
    folder = tmp_path_factory.mktemp("backup")
    return backed_up(data, folder), key


def with_secret(data: Path) -> str:
    """Store a secret; the key ring that opens it."""
    key = Fernet.generate_key().decode()
    (data / "ring.key").write_text(key)
    stored = json.dumps({"encrypted": KeyRing([key]).encrypt("hunter2")})
    with closing(sqlite3.connect(data / "commerce.sqlite3")) as file:
        file.execute(
            "INSERT INTO site_settings_sitesetting VALUES ('gateway.stripe.key', ?)", [stored]
        )
        file.commit()
    return key


def backed_up(data: Path, folder: Path, *words: str) -> Path:
    done = run_command(data, "backup", str(folder), *words)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_a_backup_restores_database_and_keys_and_overwrites_nothing(
    kept: tuple[Path, str], tmp_path: Path
) -> None:
    file, ring = kept
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
    new = tmp_path / "new"
    done = run_command(new, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "checks hold" in done.stderr
    assert (new / "ring.key").read_text().split() == [ring]
    (new / "commerce.sqlite3").unlink()
    (new / "commerce.sqlite3-wal").write_bytes(b"of another database")
    done = run_command(new, "restore", str(file))
    assert done.returncode == 1
    assert "commerce.sqlite3-wal already exists" in done.stderr
    assert not (new / "commerce.sqlite3").exists()
    (new / "commerce.sqlite3-wal").unlink()
    (new / "ring.key").write_text(Fernet.generate_key().decode())
    done = run_command(new, "restore", str(file))
    assert done.returncode == 1
    assert "ring.key differs from the key in the backup" in done.stderr
    assert not (new / "commerce.sqlite3").exists()
    assert "Traceback" not in done.stderr


def test_a_backup_that_is_not_whole_leaves_nothing_behind(
    kept: tuple[Path, str], tmp_path: Path
) -> None:
    file = tmp_path / "half.tar.gz"
    file.write_bytes(kept[0].read_bytes()[:-20])
    new = tmp_path / "new"
    done = run_command(new, "restore", str(file))
    assert done.returncode == 1
    assert "cut off or damaged" in done.stderr
    assert list(new.iterdir()) == []


def test_a_backup_of_a_newer_release_is_refused(data: Path, ring: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "commerce.sqlite3")) as file:
        file.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '0999_later', '2030-01-01')"
        )
        file.commit()
    made = backed_up(data, tmp_path)
    new = tmp_path / "new"
    for words in (["--check"], []):
        done = run_command(new, "restore", *words, str(made))
        assert done.returncode == 1
        assert "migration billing.0999_later is unknown" in done.stderr
    assert [path.name for path in new.iterdir()] == []


def test_a_backup_without_keys_needs_them_elsewhere(data: Path, ring: str, tmp_path: Path) -> None:
    made = backed_up(data, tmp_path, "--without-keys")
    with tarfile.open(made) as tar:
        assert tar.getnames() == ["manifest.json", "database"]
    assert ring not in gzip.decompress(made.read_bytes()).decode("latin-1")
    done = run_command(tmp_path / "one", "restore", str(made), COMMERCE_KEY_RING=ring)
    assert done.returncode == 0, done.stderr
    done = run_command(tmp_path / "two", "restore", str(made))
    assert done.returncode == 1
    assert "The backup doesn't contain keys, so encrypted data can't be read" in done.stderr
    assert list((tmp_path / "two").iterdir()) == []


def test_a_configured_ring_that_lacks_the_backup_s_key_is_refused(
    kept: tuple[Path, str], tmp_path: Path
) -> None:
    other = Fernet.generate_key().decode()
    done = run_command(tmp_path / "new", "restore", str(kept[0]), COMMERCE_KEY_RING=other)
    assert done.returncode == 1
    assert "COMMERCE_KEY_RING is missing a key of this backup" in done.stderr


def test_a_wrong_path_makes_no_empty_backup(tmp_path: Path) -> None:
    done = run_command(tmp_path / "data", "backup", str(tmp_path / "file"))
    assert done.returncode == 1
    assert "doesn't contain a Commerce installation, so there is nothing to back up" in done.stderr
    assert not (tmp_path / "file").exists()


def test_the_newest_backups_of_a_folder_are_kept(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("commerce-20260101T000000Z.tar.gz", "commerce-20260102T000000Z.tar.gz", "else"):
        (folder / name).touch()
    done = run_command(data, "backup", str(folder), "--keep", "2")
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(data / "commerce.sqlite3")) as file:
        recorded = file.execute("SELECT size, made_at FROM runs_backupstate").fetchall()
    assert [size for size, _ in recorded] == [Path(done.stdout.strip()).stat().st_size]
    assert sorted(path.name for path in folder.iterdir()) == [
        "commerce-20260102T000000Z.tar.gz",
        Path(done.stdout.strip()).name,
        "else",
    ]
    done = run_command(data, "backup", str(folder / "else"))
    assert done.returncode == 1
    assert "already exists" in done.stderr


class TestLostRing:
    def test_a_lost_key_ring_is_never_replaced_silently(self, data: Path, ring: str) -> None:
        (data / "ring.key").unlink()
        done = run_command(data, "setting", "list")
        assert done.returncode == 1
        assert "ring.key is missing, but the database has secrets encrypted with it" in done.stderr
        assert "Restore ring.key from a backup" in done.stderr
        assert not (data / "ring.key").exists()

    def test_a_ring_that_opens_nothing_stops_the_start_until_what_is_lost_is_given_up(
        self, data: Path, ring: str
    ) -> None:
        (data / "ring.key").write_text(Fernet.generate_key().decode())
        done = run_command(data, "worker", "--once")
        assert done.returncode == 1
        assert "can't decrypt these stored secrets (settings)" in done.stderr
        done = run_command(data, "renew-secrets", "--forget-unreadable")
        assert done.returncode == 0, done.stderr
        assert "1 secret deleted" in done.stderr
        with closing(sqlite3.connect(data / "commerce.sqlite3")) as file:
            (left,) = file.execute("SELECT count(*) FROM site_settings_sitesetting").fetchone()
        assert left == 0

    def test_where_nothing_is_encrypted_a_new_ring_is_made(self, data: Path) -> None:
        (data / "ring.key").unlink(missing_ok=True)
        assert run_command(data, "setting", "get", "company.name").returncode == 0
        assert (data / "ring.key").exists()
