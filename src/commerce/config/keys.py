"""Keys that an installation makes for itself and keeps in its data folder when none are given."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def kept_in(path: Path, fresh: str) -> str:
    """The text in ``path``; made with ``fresh`` and readable by the owner only when it is not there yet.

    Safe when several processes start at once: whoever comes second reads the first one's key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(fresh)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def secret_key(data: Path) -> str:
    """Django's secret key of this installation."""
    return kept_in(data / "secret.key", secrets.token_urlsafe(64))


def key_ring(data: Path) -> list[str]:
    """Keys for secrets at rest, one on a line, the first in use; older ones still decrypt."""
    return kept_in(data / "ring.key", Fernet.generate_key().decode()).split()
