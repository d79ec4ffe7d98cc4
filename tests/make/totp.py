"""Codes of an authenticator app, reckoned anew from RFC 6238 and RFC 4226."""

import base64
import hashlib
import hmac
import struct
from datetime import datetime


def totp(secret: str, at: datetime, *, steps: int = 0) -> str:
    """The six digits that an app shows ``steps`` steps of 30 seconds after ``at``."""
    key = base64.b32decode(secret.replace(" ", ""))
    counter = struct.pack(">Q", int(at.timestamp()) // 30 + steps)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
