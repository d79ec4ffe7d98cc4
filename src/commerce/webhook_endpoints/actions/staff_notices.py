"""What staff are told by mail, brought to webhook endpoints of the company, too (support-and-content.md 8)."""

from hashlib import sha256

from django.utils import translation

from commerce.accounts.staff_mail.hooks import StaffNotice
from commerce.accounts.staff_mail.labels import STAFF_EVENT_LABELS
from commerce.site_settings.current import get_setting
from commerce.webhook_endpoints.access import may_tell
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.rules import STAFF_PREFIX, chat_text, wants


def queue_staff_notice(notice: StaffNotice) -> None:
    """A delivery of a notice for each endpoint of the company that wants it and whose maker may see it.

    It locks no endpoint: whoever is in the midst of something else waits for no receiver.
    """
    event_type = f"{STAFF_PREFIX}{notice.event}"
    endpoints = WebhookEndpoint.objects.of_company().told().select_related("maker__staff__role")
    told = [
        one
        for one in endpoints
        if wants(one.types, event_type) and may_tell(one, notice.permission)
    ]
    if not told:
        return
    with translation.override(get_setting("locale.default")):
        text = chat_text(f"{STAFF_EVENT_LABELS[notice.event]}: {notice.url}")
    key = sha256(f"{notice.event} {notice.idempotency_key}".encode()).hexdigest()
    deliveries = [
        WebhookDelivery(
            endpoint=one,
            event_id=f"staff_{key[:32]}",
            type=event_type,
            text=text,
            url=notice.url,
            created_at=notice.at,
            next_try_at=notice.at,
        )
        for one in told
    ]
    WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
