"""The form of an API token: ``opt_live_`` (of staff ``opt_staff_``), 40 random characters, and a CRC-32 in base 62
(client-api.md 3, staff-api.md).
"""

import hashlib
import re
import secrets
import string
import zlib

TOKEN_PREFIX, STAFF_TOKEN_PREFIX = "opt_live_", "opt_staff_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_REST = re.compile(r"[0-9A-Za-z]{46}\Z")
TOKEN_IN_TEXT = re.compile(r"opt_(?:live|staff)_[0-9A-Za-z]+|whsec_[0-9A-Za-z+/=]+")
"""Finds tokens and secrets of webhooks, whole or cut, in any text: for the log filter."""


def token_checksum(text: str) -> str:
    """CRC-32 of ``text`` in base 62, most significant digit first, padded with ``0`` to six characters."""
    rest = zlib.crc32(text.encode())
    rest, low = divmod(rest, 3844)
    high, middle = divmod(rest, 3844)
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def generate_token(prefix: str = TOKEN_PREFIX) -> str:
    """A new token in plain text. Show it once; keep only ``digest`` of it."""
    body = prefix + "".join(secrets.choice(_ALPHABET) for _ in range(40))
    return body + token_checksum(body)


def is_token_well_formed(token: str, prefix: str = TOKEN_PREFIX) -> bool:
    """Whether ``token`` can be one of ours: form and checksum, without a look into the database."""
    rest = token.removeprefix(prefix)
    is_ours = rest != token and _REST.match(rest) is not None
    return is_ours and token_checksum(token[:-6]) == token[-6:]


def token_digest(token: str) -> str:
    """SHA-256 of a token in hex: what the database keeps, and looks up by."""
    return hashlib.sha256(token.encode()).hexdigest()
