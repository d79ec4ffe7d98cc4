"""Which mails a staff person wants, and when digests are queued (support-and-content.md 8)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from commerce.accounts.models import Staff, StaffMailChoice
from commerce.accounts.recipients import DIGEST_EVENT, digest_readers
from commerce.accounts.staff_rules import MailDelivery
from commerce.audit.actions import write_audit_entry
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.site_settings.current import business_date, business_zone, get_setting

SEND_DIGEST = "staff.digest"


def staff_mail_choices(staff: Staff) -> dict[str, MailDelivery]:
    """Each event that this person may hear of, and how they do; what they never chose comes by mail, the digest not."""
    stored = dict(StaffMailChoice.objects.filter(staff=staff).values_list("event", "delivery"))
    return {
        event: MailDelivery(stored.get(event, _usual(event)))
        for event, kind in MAIL_EVENTS.items()
        if kind.group == "staff" and (not kind.permissions or any(map(staff.may, kind.permissions)))
    }


def _usual(event: str) -> MailDelivery:
    return MailDelivery.OFF if event == DIGEST_EVENT else MailDelivery.MAIL


@transaction.atomic
def set_staff_mail_choices(*, staff: Staff, choices: Mapping[str, str], ctx: Context) -> None:
    """The person hears of these events so; of others as before.

    Raises ``BusinessError`` for an event that they may not get, and for a way that it cannot come.
    """
    stored = Staff.objects.select_for_update(no_key=True).get(pk=staff.pk)
    before = staff_mail_choices(stored)
    for event, delivery in choices.items():
        in_itself = event == DIGEST_EVENT and delivery == MailDelivery.DIGEST
        if event not in before or delivery not in MailDelivery or in_itself:
            raise BusinessError("mail.group_unknown", field=event)
    changed = {event: way for event, way in choices.items() if before[event] != way}
    for event, delivery in changed.items():
        StaffMailChoice.objects.update_or_create(
            staff=stored, event=event, defaults={"delivery": delivery}
        )
    if changed:
        write_audit_entry(
            ctx=ctx,
            action="staff.mails_chosen",
            record=("staff", stored.pk),
            name=str(staff),
            before={event: str(before[event]) for event in changed},
            after={event: str(way) for event, way in changed.items()},
            staff_only=True,
        )


def queue_digests(*, at: datetime) -> None:
    """Past ``staff.digest_time``: a job for each person who wants a digest, or wanted one, once a day."""
    if f"{at.astimezone(business_zone()):%H:%M}" < get_setting("staff.digest_time"):
        return
    for staff_id in sorted(digest_readers()):
        enqueue(("staff", staff_id), SEND_DIGEST, f"{business_date(at)}", at)
