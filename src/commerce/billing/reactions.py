"""What billing does when something else has happened; wired in ``commerce/reactions.py``."""

from datetime import datetime

from commerce.billing.actions.cancellations import close_requests
from commerce.hosting.events import ServiceCancelled, ServiceTerminated
from commerce.hosting.models import Service
from commerce.kit.actor import Actor


def requests_end_with_service(
    event: ServiceCancelled | ServiceTerminated, at: datetime, actor: Actor
) -> None:
    """Nothing that was asked of a service outlives it."""
    service = Service.objects.get(pk=event.service_id)
    close_requests(service=service, at=at, actor=actor)
