"""Keys that an installation makes for itself and keeps in its data folder when none are given."""

import os
import secrets
from pathlib import Path

from commerce.config.env import ConfigurationError
from commerce.kit import crypto, files

created_key_files: set[Path] = set()
"""The files that this process made: there were none before."""


def read_or_create_key(path: Path, fresh: str) -> str:
    """The text in ``path``; made with ``fresh`` and readable by the owner only when it is not there yet.

    Safe when several processes start at once: whoever comes second reads the first one's key. Raises
    ``ConfigurationError`` when the file cannot be read or made, or is empty: a new key would not open what the old one
    shut.
    """
    try:
        if not path.exists():
            _make(path, fresh)
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be used: {error}.") from error
    if not found:
        raise ConfigurationError(f"{path} is empty. Bring it back from a backup.")
    return found


def _make(path: Path, fresh: str) -> None:
    files.make_private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            files.chown_to_folder_owner(path.parent, file.fileno())
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename it fails when another was first
        created_key_files.add(path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def load_secret_key(data: Path) -> str:
    """Django's secret key of this installation."""
    return read_or_create_key(data / "secret.key", secrets.token_urlsafe(64))


def load_key_ring(data: Path) -> list[str]:
    """Keys for secrets at rest, one on a line, the first in use; older ones still decrypt."""
    return read_or_create_key(data / "ring.key", crypto.generate_key()).split()
