"""Mails of an act for many records: held while it can be undone, then one for each reader, whatever it was done to."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from commerce.mail import hooks
from commerce.mail.actions.announcing import enqueue_mail
from commerce.mail.actions.lifecycle import queue_held_mail, skip_mail
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MailStatus
from commerce.mail.template_values import pack_values

UNDONE_TEXT = "What it tells of was undone."
MAX_ATTACHMENTS = 10
"""A mail of several things has so many files, or none: what it tells of can be read in the portal."""


def held_among(mails: Collection[int]) -> Sequence[OutgoingMail]:
    """Those of these mails that wait still, locked."""
    rows = OutgoingMail.objects.select_for_update(no_key=True).filter(pk__in=mails)
    return list(rows.filter(status=MailStatus.HELD).order_by("pk"))


@transaction.atomic
def drop_held_mails(*, mails: Collection[int], at: datetime) -> bool:
    """Never send these; False, and nothing is dropped, once one of them was let go."""
    held = held_among(mails)
    if len(held) < len(set(mails)):
        return False
    for mail in held:
        skip_mail(mail=mail, outcome=UNDONE_TEXT, at=at)
    return True


@transaction.atomic
def release_held_mails(
    *, mails: Collection[int], client_id: int | None, key: str, at: datetime
) -> None:
    """Send what waits among these mails about one client. Several to one reader that can be told together are one mail,
    which ``key`` makes the only one; what is no longer true is left out.
    """
    together: dict[tuple[str, str], list[OutgoingMail]] = {}
    for mail in held_among(mails):
        if reason := hooks.obsolete_reason(mail.event, mail.about_id, mail.values):
            skip_mail(mail=mail, outcome=reason, at=at)
            continue
        event = hooks.merged_event(mail.event) if client_id is not None else ""
        if event:
            together.setdefault((event, mail.recipient.lower()), []).append(mail)
        else:
            queue_held_mail(mail=mail, at=at)
    for (event, _reader), some in together.items():
        if len(some) == 1:
            queue_held_mail(mail=some[0], at=at)
        else:
            assert client_id is not None
            _tell_together(event, some, client_id, key, at)


def _tell_together(
    event: str, mails: Sequence[OutgoingMail], client_id: int, key: str, at: datetime
) -> None:
    first = mails[0]
    values = hooks.merge_values(event, client_id, [mail.values for mail in mails])
    files = list({tuple(pair): pair for mail in mails for pair in mail.attachments}.values())
    merged = OutgoingMail(
        event=event,
        idempotency_key=key[:200],
        recipient=first.recipient,
        recipient_name=first.recipient_name,
        locale=first.locale,
        time_zone=first.time_zone,
        client_id=first.client_id,
        about_kind="client",
        about_id=client_id,
        values={**_common(first), **pack_values(values, first.locale)},
        attachments=files if len(files) <= MAX_ATTACHMENTS else [],
        created_at=at,
    )
    merged.save(force_insert=True)
    enqueue_mail(merged, at)
    for mail in mails:
        skip_mail(mail=mail, outcome=f"Told with others in email {merged.pk}.", at=at)


def _common(mail: OutgoingMail) -> dict[str, object]:
    names = ("client_name", "client_email", "client_id", "date", "recipient_name")
    return {name: mail.values[name] for name in names if name in mail.values}
