"""Erasing what is personal of a client's webhook endpoints (accounts.md 10)."""

from commerce.accounts.erasure.rules import ErasureScope
from commerce.kit.context import Context
from commerce.webhook_endpoints.actions.endpoints import end_endpoint
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint


def erase_endpoints(scope: ErasureScope, ctx: Context) -> None:
    """End them all, and forget where they were and what was answered there."""
    endpoints = WebhookEndpoint.objects.for_client(scope.client_id)
    for endpoint in endpoints.open().order_by("pk"):
        end_endpoint(endpoint=endpoint, ctx=ctx)
    WebhookDelivery.objects.for_client(scope.client_id).delete()
    WebhookDelivery.objects.filter(about_client=scope.client_id).delete()
    endpoints.update(address="", description="")
