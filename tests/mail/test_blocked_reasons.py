"""Why staff cannot send a mail once more, or say that it came back: what is asked before says what it raises."""

import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.mail.actions import lifecycle
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MailStatus
from tests import make
from tests.make.blocked_reasons import Acts, blocked_codes

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)

ACTS: Acts = {
    "resend": (
        lifecycle.retry_mail_blocked_reason,
        lambda one: lifecycle.retry_mail(mail=one, ctx=CTX),
    ),
    "discard": (
        lifecycle.discard_mail_blocked_reason,
        lambda one: lifecycle.discard_mail(mail=one, reason="asked", ctx=CTX),
    ),
    "bounced": (
        lifecycle.record_bounce_blocked_reason,
        lambda one: lifecycle.record_bounce(mail=one, ctx=CTX),
    ),
}
ENDED = {"discard": "mail.does_not_wait"}
NOT_SENT = ENDED | {"bounced": "mail.cannot_bounce"}
WAITS = {"bounced": "mail.cannot_bounce", "resend": "mail.on_its_way"}
EXPECTED = {
    MailStatus.QUEUED: WAITS,
    MailStatus.SENDING: WAITS | ENDED,
    MailStatus.DIGEST: WAITS,
    MailStatus.HELD: WAITS,
    MailStatus.SENT: ENDED,
    MailStatus.FAILED: NOT_SENT,
    MailStatus.SKIPPED: NOT_SENT,
    MailStatus.BOUNCED: NOT_SENT,
}


def mail(status: MailStatus, **over: object) -> OutgoingMail:
    values: dict[str, object] = {
        "event": "invoice_created",
        "recipient": "a@example.com",
        "values": {"number": "INV-1"},
        "sent_at": make.AT if status in (MailStatus.SENT, MailStatus.BOUNCED) else None,
    }
    return OutgoingMail.objects.create(
        status=status, idempotency_key=status, locale="en", created_at=make.AT, **values | over
    )


@pytest.mark.parametrize("status", MailStatus)
def test_what_is_said_of_a_mail_is_what_is_raised(status: MailStatus) -> None:
    assert blocked_codes(ACTS, mail(status), CTX) == EXPECTED[status]


def test_a_mail_that_cannot_be_made_again_says_so() -> None:
    nobodys = mail(MailStatus.SKIPPED, recipient="")
    assert blocked_codes(ACTS, nobodys, CTX) == NOT_SENT | {"resend": "mail.no_recipient"}
    secret = mail(MailStatus.SENT, event="password_reset")
    assert blocked_codes(ACTS, secret, CTX) == ENDED | {"resend": "mail.content_not_kept"}
    forgotten = mail(MailStatus.FAILED, values={})
    assert blocked_codes(ACTS, forgotten, CTX) == NOT_SENT | {"resend": "mail.content_not_kept"}
