"""What staff do with webhook endpoints of the company and their deliveries, in the order of buttons and commands."""

from commerce.kit.acts.act import Acts
from commerce.webhook_endpoints.actions import endpoints
from commerce.webhook_endpoints.actions.creating import create_company_endpoint
from commerce.webhook_endpoints.actions.deliveries import repeat_delivery, repeat_recent

WEBHOOK_ENDPOINT_ACTS: Acts = (
    create_company_endpoint,
    endpoints.send_test,
    endpoints.change_endpoint,
    repeat_recent,
    endpoints.rotate_endpoint_secret,
    endpoints.pause_endpoint,
    endpoints.resume_endpoint,
    endpoints.end_endpoint,
)
"""The first makes one; the others are also what members do with theirs."""
WEBHOOK_DELIVERY_ACTS: Acts = (repeat_delivery,)
