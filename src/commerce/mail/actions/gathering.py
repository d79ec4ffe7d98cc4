"""Several things that follow from one cause are told in one mail, as long as it has not left (notifications.md 1)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MailStatus
from commerce.mail.template_values import pack_values

GATHERED_WITHIN = timedelta(minutes=15)

type Merge = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any] | None]
"""What a mail tells with one thing more; None if that has another cause."""


@transaction.atomic
def add_to_waiting_mails(
    *, event: str, client_id: int | None, values: Mapping[str, Any], merge: Merge, at: datetime
) -> set[str]:
    """Add to the client's mails of an event that wait to be sent, or to those of staff without one; the addresses whose
    mail tells it now.
    """
    waiting = OutgoingMail.objects.select_for_update(no_key=True).filter(client_id=client_id)
    told = set()
    for mail in waiting.filter(
        event=event, status=MailStatus.QUEUED, created_at__gte=at - GATHERED_WITHIN
    ).order_by("pk"):
        merged = merge(mail.values, pack_values(values, mail.locale))
        if merged is not None:
            mail.values = merged
            mail.save(update_fields=["values"])
            told.add(mail.recipient.lower())
    return told
