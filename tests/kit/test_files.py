"""What an installation writes is its owner's alone, whoever made it and whatever was there before."""

import os
import stat
from pathlib import Path

import pytest

from commerce.kit import files
from commerce.kit.journal import Journal

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
    data.chmod(0o755)
    files.close_to_others(data)
    assert files.open_to_others(data) == []
    assert (mode(data), mode(data / "log"), mode(data / "run")) == (0o700, 0o700, 0o700)
    assert mode(data / "log" / "app-2026-04-08.log") == 0o600
    assert mode(data / "mine") == 0o400
    assert mode(outside) == 0o644


def test_a_log_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    log = Journal(tmp_path, "app", to_stderr=False)
    log.write({})
    (file,) = tmp_path.glob("app-*")
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    Journal(tmp_path, "app", to_stderr=False).write({"message": "planted"})
    assert (tmp_path / "elsewhere").read_bytes() == b""


@by_root
def test_what_root_makes_belongs_to_the_folder_s_owner(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, NOBODY, NOBODY)
    Journal(data / "log", "app", to_stderr=False).write({"message": "by root"})
    (log,) = (data / "log").iterdir()
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (data / "log", log)} == {
        (NOBODY, NOBODY)
    }
