"""Staff's own words in place of the shipped ones (notifications.md 4)."""

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock_name
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail import template_language
from commerce.mail.mail_events import mail_event_of_template
from commerce.mail.models import MailTemplate


@transaction.atomic
def set_template(
    *,
    event: str,
    locale: str,
    subject: str,
    html: str,
    text: str,
    ctx: Context,
    active: bool = True,
    version: str = "",
) -> MailTemplate:
    """Keep a template in place of the shipped one, or one of ``service_activated:key`` for products that name the key.

    Raises ``BusinessError`` for an unknown event, a name that the event does not have, a block that is not closed, or
    nothing said, and ``StateConflict`` when the ``template_version`` that was seen is no longer the one.
    """
    content = check_template(event=event, subject=subject, html=html, text=text)
    lock_name("mail templates")
    if version and version != template_version(event, locale):
        raise StateConflict("mail_template.changed_meanwhile")
    former = MailTemplate.objects.filter(event=event, locale=locale).values(*content, "active")
    before = former.first() or {}
    row, _made = MailTemplate.objects.update_or_create(
        event=event, locale=locale, defaults={**content, "active": active, "changed_at": ctx.at}
    )
    _record(row, "template.saved", ctx, before=before, after={**content, "active": active})
    return row


def template_version(event: str, locale: str) -> str:
    """What tells a template as it is now from any other time."""
    row = MailTemplate.objects.filter(event=event, locale=locale).first()
    return row.changed_at.isoformat() if row else "shipped"


def check_template(*, event: str, subject: str, html: str, text: str) -> dict[str, str]:
    """What would be kept of a template. Raises ``BusinessError`` as ``set_template`` does."""
    mail_event = mail_event_of_template(event)
    if mail_event is None:
        raise BusinessError("mail_template.event_unknown", event=event, field="event")
    if not subject.strip():
        raise BusinessError("mail_template.no_subject", field="subject")
    if not (html.strip() or text.strip()):
        raise BusinessError("mail_template.no_content", field="text")
    content = {"subject": " ".join(subject.split())[:300], "html": html, "text": text}
    for field, source in content.items():
        try:
            template_language.parse_checked_template(source, mail_event.variable_names())
        except BusinessError as wrong:
            wrong.field = field
            raise
    return content


@transaction.atomic
def reset_template(*, event: str, locale: str, ctx: Context) -> None:
    """Back to the shipped words; products that named one get the event's. Raises ``BusinessError`` without any."""
    row = MailTemplate.objects.filter(event=event, locale=locale).first()
    if row is None:
        raise BusinessError("mail_template.not_written", event=event, locale=locale)
    before = {"subject": row.subject, "html": row.html, "text": row.text, "active": row.active}
    _record(row, "template.reset", ctx, before=before, after={})
    row.delete()


def _record(
    row: MailTemplate,
    action: str,
    ctx: Context,
    *,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("template", row.pk),
        name=str(row),
        before=before,
        after=after,
        staff_only=True,
    )
