"""States of webhook endpoints, how often a delivery is tried, and its signature (Standard Webhooks 1.0)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

MAX_ENDPOINTS = 20
"""Of a client, those that have ended not counted."""
ANSWER_SECONDS, ANSWER_BYTES = 15, 4096
"""How long a receiver may take in all, and how much of its answer is kept."""
DISABLED_AFTER = timedelta(days=5)
"""Of nothing but failures."""
OLD_SECRET_WORKS = timedelta(hours=24)
LOG_DAYS = 30
TEST_TYPE = "webhook.test"
STAFF_PREFIX = "staff."
"""Of the types of what staff are told: ``staff.job_parked``."""
SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
FAILURES_BEFORE_REST = 5
"""In a row: from then on an endpoint is left alone for a while after each further one."""
LONGEST_REST = timedelta(minutes=5)
JITTER = 0.1

_SECONDS, _MINUTES, _HOURS = 1, 60, 3600
TRY_DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        *(5 * _SECONDS, 5 * _MINUTES, 30 * _MINUTES),
        *(hours * _HOURS for hours in (2, 5, 10, 14, 20, 24)),
    )
)
"""Between the tries of a delivery, until it is given up."""


class WebhookEndpointStatus(StrEnum):
    """Whether an endpoint is sent anything: new ones are sent a test alone, until it was answered well."""

    NEW = "new"
    ACTIVE = "active"
    OFF = "off"
    ENDED = "ended"

    @classmethod
    def sent_to(cls) -> tuple["WebhookEndpointStatus", ...]:
        """Those in which anything may be sent."""
        return cls.NEW, cls.ACTIVE


ENDPOINT_MOVES = {
    WebhookEndpointStatus.NEW: frozenset(
        {WebhookEndpointStatus.ACTIVE, WebhookEndpointStatus.ENDED}
    ),
    WebhookEndpointStatus.ACTIVE: frozenset(
        {WebhookEndpointStatus.OFF, WebhookEndpointStatus.ENDED}
    ),
    WebhookEndpointStatus.OFF: frozenset(
        {WebhookEndpointStatus.ACTIVE, WebhookEndpointStatus.ENDED}
    ),
}


def delay_after(tries: int, *, chance: float) -> timedelta | None:
    """Until a delivery that failed ``tries`` times is tried again; None once it is given up.

    ``chance``, from 0 to 1, moves it a little, so that what failed together does not come back together.
    """
    if not 1 <= tries <= len(TRY_DELAYS):
        return None
    return TRY_DELAYS[tries - 1] * (1 - JITTER + 2 * JITTER * chance)


def rest_after(failures: int) -> timedelta | None:
    """How long an endpoint with so many failures in a row is left alone."""
    if failures < FAILURES_BEFORE_REST:
        return None
    return min(timedelta(seconds=2 ** min(failures - FAILURES_BEFORE_REST, 20)), LONGEST_REST)


def wants(types: Sequence[str], event_type: str) -> bool:
    """Whether an endpoint with these types, all if there are none, is told of an event."""
    return not types or event_type in types


def chat_text(words: str) -> str:
    """Plain words as chat systems take them: nothing in them is markup, a mention or a command."""
    plain = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("@", "@\u200b")


def generate_webhook_secret() -> str:
    """A new secret, as both sides write it down."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature_header(webhook_id: str, timestamp: int, body: bytes, secrets_: Sequence[str]) -> str:
    """``webhook-signature`` by each secret that works: the key is the decoded bytes behind the prefix."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(_key(one), signed, hashlib.sha256)).decode()
        for one in secrets_
    )


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))
