"""Releases side by side: ``releases/<name>/`` each, and the link ``current`` that units and commands go through."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

RELEASES, CURRENT = "releases", "current"


@dataclass(frozen=True, slots=True)
class ReleaseFolder:
    """The folder of a release, and where its program stands in it: ``.venv/bin/commerce``, or wherever it was put."""

    path: Path
    program: Path

    @property
    def link(self) -> Path:
        """What names the release in use."""
        return self.path.parent.parent / CURRENT

    @property
    def is_current(self) -> bool:
        return self.link.resolve() == self.path

    def sibling(self, name: str) -> "ReleaseFolder":
        """Another release beside it, by its name or path."""
        return ReleaseFolder((self.path.parent / name).resolve(), self.program)

    def current(self) -> "ReleaseFolder | None":
        """The release in use; none before the first."""
        return self.sibling(str(self.link)) if self.link.exists() else None

    def make_current(self) -> None:
        """Point the link here, in one step: whoever starts meanwhile gets the one or the other."""
        temporary = self.link.with_name(f".{CURRENT}-{os.getpid()}")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(self.path.relative_to(self.link.parent))
        temporary.replace(self.link)


def program_of(prefix: Path) -> Path:
    """The ``commerce`` command of a virtual environment."""
    return prefix / "bin" / "commerce"


def own_release(prefix: Path | None = None) -> ReleaseFolder | None:
    """The folder of the release that runs; none where releases do not stand side by side."""
    prefix = Path(prefix or sys.prefix).resolve()
    for folder in (prefix, *prefix.parents):
        if folder.parent.name == RELEASES:
            return ReleaseFolder(folder, program_of(prefix).relative_to(folder))
    return None


def lasting_program(prefix: Path | None = None) -> Path:
    """The command by a path that is there after the next upgrade, too: through the link, if there is one."""
    release = own_release(prefix)
    if release is None:
        return program_of(Path(prefix or sys.prefix).resolve())
    return release.link / release.program
