"""Secrets at rest: under the key ring of the environment, so that a copy of the database does not hold them."""

from functools import lru_cache
from typing import Any

from django.conf import settings

from commerce.kit.crypto import Ring


@lru_cache(maxsize=2)
def _ring(keys: tuple[str, ...]) -> Ring:
    return Ring(keys)


def ring() -> Ring:
    """The keys under which secrets of this installation lie."""
    return _ring(tuple(settings.COMMERCE_KEY_RING))


def sealed(secret: str) -> dict[str, str]:
    """A secret setting as it is stored."""
    return {"sealed": ring().encrypt(secret)}


def opened(stored: Any) -> str:
    """The secret in what ``sealed`` made. Raises ``Unreadable`` when its key was taken out of the ring."""
    return ring().decrypt(stored["sealed"])
