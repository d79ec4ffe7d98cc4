"""What an installation writes is its owner's alone, whoever made it and whatever was there before."""

import os
import stat
from pathlib import Path

import pytest

from commerce.kit import files
from commerce.kit.json_log import JsonLog

by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a file over")
NOBODY = 65534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_folder_that_was_there_is_closed_with_all_that_is_in_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "log").mkdir(parents=True)
    (data / "log" / "app-2026-04-08.log").touch(0o644)
    (data / "run").touch(0o755)
    (data / "mine").touch(0o400)
    outside = tmp_path / "outside"
    outside.touch(0o644)
    (data / "link").symlink_to(outside)
    (tmp_path / "folder").mkdir(mode=0o755)
    (tmp_path / "folder" / "theirs").touch(0o644)
    (data / "way").symlink_to(tmp_path / "folder")
    data.chmod(0o755)
    files.close_to_others(data)
    assert files.paths_open_to_others(data) == []
    assert (mode(data), mode(data / "log"), mode(data / "run")) == (0o700, 0o700, 0o700)
    assert mode(data / "log" / "app-2026-04-08.log") == 0o600
    assert mode(data / "mine") == 0o400
    assert mode(outside) == 0o644
    assert mode(tmp_path / "folder" / "theirs") == 0o644


def test_what_is_gone_is_open_to_nobody(tmp_path: Path) -> None:
    assert files.paths_open_to_others(tmp_path / "gone") == []


def test_what_a_process_makes_from_now_on_only_its_owner_opens(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files.set_private_umask()
        (tmp_path / "file").touch()
        (tmp_path / "folder").mkdir()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "file"), mode(tmp_path / "folder")) == (0o600, 0o700)


def test_a_folder_is_made_with_those_that_it_is_in(tmp_path: Path) -> None:
    files.make_private_folder(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b" / "c")] == [0o700, 0o700]
    files.make_private_folder(tmp_path / "a" / "b" / "c")


def test_a_log_that_another_process_made_at_the_same_moment_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, really_open = tmp_path / "app.log", os.open

    def after_another(path: Path, flags: int, *mode: int) -> int:
        if flags & os.O_EXCL:
            log.write_bytes(b"theirs\n")
        return really_open(path, flags, *mode)

    monkeypatch.setattr(files.os, "open", after_another)
    file = files.open_private_for_appending(log)
    os.write(file, b"ours\n")
    os.close(file)
    assert log.read_bytes() == b"theirs\nours\n"


def test_a_log_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    log = JsonLog(tmp_path, "app", to_stderr=False)
    log.write({})
    (file,) = tmp_path.glob("app-*")
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    JsonLog(tmp_path, "app", to_stderr=False).write({"message": "planted"})
    assert (tmp_path / "elsewhere").read_bytes() == b""


@by_root
@pytest.mark.parametrize("owner", [1, NOBODY])
def test_what_root_makes_belongs_to_the_folder_s_owner(tmp_path: Path, owner: int) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, owner, owner)
    JsonLog(data / "log", "app", to_stderr=False).write({"message": "by root"})
    (log,) = (data / "log").iterdir()
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (data / "log", log)} == {
        (owner, owner)
    }
