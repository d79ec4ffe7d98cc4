"""Mails about webhook endpoints."""

from django.conf import settings

from commerce.accounts.recipients import send_client_email
from commerce.kit.context import Context
from commerce.webhook_endpoints.models import WebhookEndpoint


def send_disabled_endpoint_mail(*, endpoint: WebhookEndpoint, ctx: Context) -> None:
    """To the owners and the maker: nothing is sent to it any more, since when it fails, and where to go on."""
    assert endpoint.client is not None
    assert endpoint.failing_since is not None
    send_client_email(
        client=endpoint.client,
        event="webhook_endpoint_disabled",
        idempotency_key=f"{endpoint.pk} {endpoint.failing_since.isoformat()}",
        values={
            "endpoint": str(endpoint),
            "since": endpoint.failing_since,
            "endpoint_url": f"{settings.COMMERCE_URL}/client/webhooks/{endpoint.pk}",
        },
        at=ctx.at,
        also_to=[endpoint.maker],
    )
