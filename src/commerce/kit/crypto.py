"""Secrets at rest: encrypted with the first key of a ring, decrypted with any of them."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Unreadable(Exception):
    """No key of the ring opens this text: it was changed, or its key was taken out of the ring."""


class Ring:
    """A ring of Fernet keys. The first one encrypts; older ones still decrypt, until ``renew`` went over all texts."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> str:
        """``text`` as a sealed token; the same text gives another one each time."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, sealed: str, *, within: int | None = None) -> str:
        """What ``encrypt`` was given, at most ``within`` seconds ago. Raises ``Unreadable``."""
        try:
            return self._fernet.decrypt(sealed.encode(), ttl=within).decode()
        except InvalidToken as error:
            raise Unreadable("no key of the ring opens this text") from error

    def renew(self, sealed: str) -> str:
        """The same secret under the first key. Raises ``Unreadable``."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unreadable("no key of the ring opens this text") from error
