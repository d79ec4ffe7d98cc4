"""Staff's own words in place of the shipped ones (notifications.md 4)."""

from datetime import datetime

from django.db import transaction

from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.mail import language
from commerce.mail.kinds import kind_of
from commerce.mail.models import MailTemplate


@transaction.atomic
def set_template(
    *,
    event: str,
    locale: str,
    subject: str,
    html: str,
    text: str,
    at: datetime,
    actor: Actor,
    active: bool = True,
) -> MailTemplate:
    """Keep a template in place of the shipped one, or one of ``service_activated:key`` for products that name the key.

    Raises ``Refused`` for an unknown event, a name that the event does not have, a block that is not closed, or nothing
    said.
    """
    kind = kind_of(event)
    if kind is None:
        raise Refused(f"There is no event {event}.", field="event")
    if not subject.strip():
        raise Refused("Give a subject.", field="subject")
    if not (html.strip() or text.strip()):
        raise Refused("Give a text or HTML.", field="text")
    words = {"subject": " ".join(subject.split())[:300], "html": html, "text": text}
    for field, source in words.items():
        try:
            language.checked(source, kind.names())
        except Refused as wrong:
            raise Refused(str(wrong), field=field) from wrong
    before = MailTemplate.objects.filter(event=event, locale=locale).values(*words, "active")
    was = before.first() or {}
    row, _made = MailTemplate.objects.update_or_create(
        event=event, locale=locale, defaults={**words, "active": active, "changed_at": at}
    )
    _note(row, "template.saved", at, actor, before=was, after={**words, "active": active})
    return row


@transaction.atomic
def reset_template(*, event: str, locale: str, at: datetime, actor: Actor) -> None:
    """Back to the shipped words; products that named one get those of the event. Raises ``Refused`` without any."""
    row = MailTemplate.objects.filter(event=event, locale=locale).first()
    if row is None:
        raise Refused(f"Staff wrote no template {event} ({locale}).")
    was = {"subject": row.subject, "html": row.html, "text": row.text, "active": row.active}
    _note(row, "template.reset", at, actor, before=was, after={})
    row.delete()


def _note(
    row: MailTemplate,
    action: str,
    at: datetime,
    actor: Actor,
    *,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    record(
        at=at,
        actor=actor,
        action=action,
        record=("template", row.pk),
        name=str(row),
        before=before,
        after=after,
        staff_only=True,
    )
