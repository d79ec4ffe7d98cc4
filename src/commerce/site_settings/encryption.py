"""Secrets at rest: under the key ring of the environment, so that a copy of the database does not hold them."""

from functools import lru_cache
from typing import Any

from django.conf import settings

from commerce.kit.crypto import KeyRing


@lru_cache(maxsize=2)
def _ring(keys: tuple[str, ...]) -> KeyRing:
    return KeyRing(keys)


def key_ring() -> KeyRing:
    """The keys under which secrets of this installation lie."""
    return _ring(tuple(settings.COMMERCE_KEY_RING))


def encrypt_setting(secret: str) -> dict[str, str]:
    """A secret setting as it is stored."""
    return {"encrypted": key_ring().encrypt(secret)}


def decrypt_setting(stored: Any) -> str:
    """The secret in what ``encrypt_setting`` stored. Raises ``DecryptionError`` when its key left the ring."""
    return key_ring().decrypt(stored["encrypted"])
