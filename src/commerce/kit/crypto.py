"""Secrets at rest: encrypted with the first key of a ring, decrypted with any of them.

``cryptography`` is imported on first use: most commands open nothing, and it takes 9 MiB.
"""

import base64
import secrets
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class DecryptionError(Exception):
    """No key of the ring opens this text: it was changed, or its key was taken out of the ring."""


class KeyRing:
    """A ring of Fernet keys. The first one encrypts; older ones still decrypt, until ``rotate`` went over all texts."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys

    @cached_property
    def _fernet(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])

    def encrypt(self, text: str) -> str:
        """``text`` as an encrypted token; the same text gives another one each time."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str, *, max_age_seconds: int | None = None) -> str:
        """What ``encrypt`` was given, at most ``max_age_seconds`` seconds ago. Raises ``DecryptionError``."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(token.encode(), ttl=max_age_seconds).decode()
        except InvalidToken as error:
            raise DecryptionError("no key of the ring opens this text") from error

    def rotate(self, token: str) -> str:
        """The same secret under the first key. Raises ``DecryptionError``."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.rotate(token.encode()).decode()
        except InvalidToken as error:
            raise DecryptionError("no key of the ring opens this text") from error


def generate_key() -> str:
    """A key for a ring: 32 random bytes, as Fernet wants them written."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
