"""Which way a mail goes, and how often it is tried (notifications.md 1, invariants.md 3)."""

from enum import StrEnum


class MailStatus(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    BOUNCED = "bounced"
    DIGEST = "digest"
    """Its reader wants it in the daily digest, and not by itself."""
    HELD = "held"
    """It is told with others of the same act, which can still be undone."""


MAIL_MOVES = {
    MailStatus.QUEUED: frozenset({MailStatus.SENDING, MailStatus.SKIPPED}),
    MailStatus.SENDING: frozenset({MailStatus.SENT, MailStatus.QUEUED, MailStatus.FAILED}),
    MailStatus.SENT: frozenset({MailStatus.BOUNCED}),
    MailStatus.DIGEST: frozenset({MailStatus.SKIPPED}),
    MailStatus.HELD: frozenset({MailStatus.QUEUED, MailStatus.SKIPPED}),
}

ON_THEIR_WAY = frozenset(
    {MailStatus.QUEUED, MailStatus.SENDING, MailStatus.DIGEST, MailStatus.HELD}
)

RETRY_SECONDS = (60, 15 * 60, 2 * 3600, 12 * 3600)
"""Seconds between one try of sending and the next: 5 tries in all."""

OUTAGE_DAYS = 3
"""Days for which a mail outlasts a mail server that is away, which uses up no try."""

LOST_AFTER_SECONDS = 10 * 60
"""Seconds after which a mail that is still being sent belonged to a worker that is gone."""


def retry_seconds(tries: int) -> int | None:
    """Seconds until the next try, or None when it was tried often enough."""
    return RETRY_SECONDS[tries - 1] if 0 < tries <= len(RETRY_SECONDS) else None
