"""Files that are their owner's alone, also when root makes them in somebody else's folder."""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

GROUP_AND_OTHERS = 0o077
"""What group and others may do with a file or folder of an installation: nothing."""


def set_private_umask() -> None:
    """Let this process and all that it starts make files and folders that only their owner can open."""
    os.umask(GROUP_AND_OTHERS)


def make_private_folder(path: Path) -> None:
    """The folder, for its owner only; one that root makes belongs to the owner of the folder that it is in."""
    if path.is_dir():
        return
    make_private_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        chown_to_folder_owner(path.parent, path)


def chown_to_folder_owner(folder: Path, target: Path | int) -> None:
    """Hand what this process just made there, a path or an open file, to the folder's owner. Only root needs to.

    Otherwise a command that an administrator ran would leave files that the service cannot write.
    """
    if os.geteuid() != 0:
        return
    owner = folder.stat()
    if owner.st_uid != 0:
        os.chown(target, owner.st_uid, owner.st_gid)


def open_private_for_appending(path: Path) -> int:
    """The descriptor of a file to append to and to look into, made for its owner only if it is not there.

    A link in its place is refused: root would write, and give away, what it leads to.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with suppress(FileNotFoundError):
        return os.open(path, flags)
    try:
        made = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, flags)
    chown_to_folder_owner(path.parent, made)
    return made


def paths_open_to_others(path: Path) -> list[Path]:
    """The folder or file and all below it that somebody else can open; links are not followed."""
    paths = [path] if _is_open(path) else []
    if path.is_dir() and not path.is_symlink():
        with suppress(PermissionError):
            for entry in sorted(path.iterdir()):
                paths += paths_open_to_others(entry)
    return paths


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:  # gone meanwhile, as old log files go
        return False
    return not stat.S_ISLNK(mode) and bool(mode & GROUP_AND_OTHERS)


def close_to_others(path: Path) -> None:
    """Take from all but the owner what they may do with the folder or file and all below it, so far as we may."""
    for each in paths_open_to_others(path):
        with suppress(OSError, NotImplementedError):
            mode = stat.S_IMODE(each.lstat().st_mode) & ~GROUP_AND_OTHERS
            each.chmod(mode, follow_symlinks=False)


def is_disk_nearly_full(folder: Path) -> bool:
    """Whether less than a twentieth of its disk is free."""
    disk = shutil.disk_usage(folder)
    return disk.free * 20 < disk.total
