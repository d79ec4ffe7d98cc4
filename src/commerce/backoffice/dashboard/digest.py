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
from commerce.backoffice.dashboard.exchange_rates import exchange_rate_work
from commerce.backoffice.dashboard.waiting import Held, waiting_work
from commerce.kit.request_cache import cached_for_request
from commerce.mail.actions.announcing import announce
from commerce.mail.actions.lifecycle import skip_mail
from commerce.mail.models import OutgoingMail
from commerce.mail.rendering import mail_subject
from commerce.mail.rules import MailStatus
from commerce.site_settings.current import business_date

STAFF_URLS = "commerce.config.staff_urls"


@transaction.atomic
def send_digest(*, staff: Staff, at: datetime) -> None:
    """Their digest of this day, unless nothing waits and nothing happened."""
    reader = digest_recipient(staff)
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
            "news": news,
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
        for work in (*waiting_work(held), *exchange_rate_work(held, business_date(at))):
            text = work.text.rstrip(".")  # some are sentences
            yield f"{text}: {settings.COMMERCE_URL}{work.url}" if work.url else work.text
    finally:
        set_urlconf(former)


def _collected(staff: Staff) -> "QuerySet[OutgoingMail]":
    mails = OutgoingMail.objects.to_address(staff.user.email).filter(status=MailStatus.DIGEST)
    return mails.order_by("pk").select_for_update(no_key=True)
