"""Mails about webhook endpoints."""

from django.conf import settings

from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.kit.context import Context
from commerce.webhook_endpoints.models import WebhookEndpoint


def send_ended_endpoint_mail(*, endpoint: WebhookEndpoint, ctx: Context) -> None:
    """To staff: one of the company ended with the access of who made it, and whoever needs it adds it anew."""
    send_staff_email(
        event="company_webhook_ended",
        idempotency_key=str(endpoint.pk),
        page=f"webhooks/{endpoint.pk}",
        values={"endpoint": str(endpoint)},
        at=ctx.at,
    )


def send_disabled_endpoint_mail(*, endpoint: WebhookEndpoint, ctx: Context) -> None:
    """To the owners and the maker, of one of the company to staff: nothing is sent to it any more, since when it fails,
    and where to go on.
    """
    assert endpoint.failing_since is not None
    key = f"{endpoint.pk} {endpoint.failing_since.isoformat()}"
    values = {"endpoint": str(endpoint), "since": endpoint.failing_since}
    if endpoint.client is None:
        send_staff_email(
            event="company_webhook_off",
            idempotency_key=key,
            page=f"webhooks/{endpoint.pk}",
            values=values,
            at=ctx.at,
        )
        return
    place = f"{settings.COMMERCE_URL}/client/webhooks/{endpoint.pk}"
    send_client_email(
        client=endpoint.client,
        event="webhook_endpoint_disabled",
        idempotency_key=key,
        values={**values, "endpoint_url": place},
        at=ctx.at,
        also_to=[endpoint.maker],
    )
