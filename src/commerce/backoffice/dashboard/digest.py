"""The daily digest: what waits for a person's decision, and what they want to read once a day
(support-and-content.md 8).
"""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import get_urlconf, set_urlconf
from django.utils import translation

from commerce.accounts.models import Staff
from commerce.accounts.recipients import digest_recipient
from commerce.accounts.staff_mail.actions import staff_mail_choices
from commerce.accounts.staff_rules import MailDelivery
from commerce.backoffice.dashboard.marked_work import queue_lines
from commerce.backoffice.dashboard.open_work import Held
from commerce.kit.request_cache import cached_for_request
from commerce.mail.actions.announcing import announce
from commerce.mail.actions.lifecycle import skip_mail
from commerce.mail.models import OutgoingMail
from commerce.mail.rendering import mail_subject
from commerce.site_settings.current import business_date

STAFF_URLS = "commerce.config.staff_urls"


@transaction.atomic
def send_digest(*, staff: Staff, at: datetime) -> None:
    """Their digest of this day, unless nothing waits and nothing happened.

    It goes to their present address, whatever they chose meanwhile, without what they may no longer read or turned off.
    """
    reader = digest_recipient(staff)
    _skip_untold(staff, at)
    with translation.override(reader.locale), cached_for_request():
        waiting = list(_waiting_lines(staff.all_permissions, at))
        collected = list(_collected(staff))
        news = [f"{mail_subject(mail)}: {mail.values.get('task_url', '')}" for mail in collected]
    if not (waiting or news):
        return
    made = announce(
        event="daily_digest",
        idempotency_key=f"{staff.pk} {business_date(at)}",
        to=[reader],
        values={
            "client_name": "",
            "client_email": "",
            "client_id": None,
            "waiting": waiting,
            "has_waiting": bool(waiting),
            "news": news,
            "has_news": bool(news),
            "task_url": f"{settings.COMMERCE_URL}/admin/dashboard",
        },
        at=at,
    )
    for mail in collected if made else []:
        skip_mail(mail=mail, outcome="Told in the daily digest.", at=at)


def _waiting_lines(held: Held, at: datetime) -> Iterator[str]:
    former = get_urlconf()
    set_urlconf(STAFF_URLS)  # a worker's own has no staff area
    try:
        for line in queue_lines(held, business_date(at), sees_money=False):
            if line.is_snoozed:
                continue
            work = line.work
            text = work.text.rstrip(".")  # some are sentences
            yield f"{text}: {settings.COMMERCE_URL}{work.url}" if work.url else work.text
    finally:
        set_urlconf(former)


def _collected(staff: Staff) -> "QuerySet[OutgoingMail]":
    mails = OutgoingMail.objects.waiting_for_digest().filter(digest_of=staff.pk)
    return mails.order_by("pk").select_for_update(no_key=True)


def _skip_untold(staff: Staff, at: datetime) -> None:
    choices = staff_mail_choices(staff)
    for mail in _collected(staff):
        if mail.permission and not staff.may(mail.permission):
            skip_mail(mail=mail, outcome="Its reader no longer has the permission.", at=at)
        elif choices.get(mail.event) == MailDelivery.OFF:
            skip_mail(mail=mail, outcome="Its reader turned it off.", at=at)
