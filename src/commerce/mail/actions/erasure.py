"""Erasing what is personal in mails that were sent, and to whom they went (accounts.md 10)."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat, Lower

from commerce.mail.actions.lifecycle import skip_mail
from commerce.mail.models import OutgoingMail, OutgoingMailQuerySet, SuppressedAddress
from commerce.mail.rules import MailStatus

MAIL_ERASED_TEXT = "Erased at the client's request."


def erase_mails(*, client_id: int, emails: Collection[str], at: datetime, marker: str) -> int:
    """Empty the mails of a client, those to these addresses, and those to us about the client; how many there are.

    One that waits is sent to nobody any more.
    """
    lowered = [email.lower() for email in emails]
    theirs = OutgoingMail.objects.alias(lowered=Lower("recipient")).filter(
        Q(client_id=client_id) | Q(lowered__in=lowered) | Q(values__client_id=client_id)
    )
    pks = set(theirs.values_list("pk", flat=True))
    pks |= _copies_of(client_id)
    mails = OutgoingMail.objects.filter(pk__in=pks)
    for mail in mails.filter(status__in=(MailStatus.QUEUED, MailStatus.HELD)):
        skip_mail(mail=mail, outcome=MAIL_ERASED_TEXT, at=at)
    SuppressedAddress.objects.alias(lowered=Lower("email")).filter(lowered__in=lowered).delete()
    return _empty(mails, marker)


def erase_last_mails(*, event: str, before: datetime, marker: str) -> int:
    """Empty the mails, written ``before``, that told somebody that all else is erased; how many."""
    told = OutgoingMail.objects.filter(event=event, created_at__lt=before)
    return _empty(told.exclude(text=marker), marker)


def _copies_of(client_id: int) -> set[int]:
    """Copies for the company, which are no client's."""
    of_client = OutgoingMail.objects.filter(client_id=client_id)
    occasions = set(of_client.values_list("event", "idempotency_key"))
    keys = {key for _event, key in occasions}
    found = OutgoingMail.objects.filter(client_id=None, idempotency_key__in=keys)
    return {
        pk
        for pk, event, key in found.values_list("pk", "event", "idempotency_key")
        if (event, key) in occasions
    }


def _empty(mails: OutgoingMailQuerySet, marker: str) -> int:
    nobody = Concat(
        Value("erased-"),
        Cast(F("pk"), CharField()),
        Value("@erased.invalid"),
        output_field=CharField(),
    )
    return mails.update(
        recipient=nobody,
        recipient_name="",
        values={},
        encrypted_values="",
        subject=marker,
        text=marker,
        html="",
    )
