"""Random identifiers and public numbers."""

import re
import secrets
import string

from commerce.kit import tokens

_ALPHABET = string.digits + string.ascii_lowercase
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


def random_key(length: int = 24) -> str:
    """An unguessable lower-case key of ``length`` characters from the system's random source."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def order_number(order_id: int) -> str:
    """``ORD-`` and the id, padded with zeros to four digits."""
    return f"ORD-{order_id:04d}"


def quote_number(quote_id: int) -> str:
    """``Q-`` and the id of its first version, padded likewise."""
    return f"Q-{quote_id:04d}"


def valid_request_id(header: str | None) -> str:
    """The caller's own request id if it has the allowed form, otherwise a fresh one of 32 hex digits.

    A token has the form too: as an id it would stand in every log line of the request (X2).
    """
    if header and _REQUEST_ID.match(header) and not tokens.TOKEN_IN_TEXT.search(header):
        return header
    return secrets.token_hex(16)
