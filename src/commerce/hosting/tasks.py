"""Names of the work that is done for a service."""

from commerce.hosting.models import Service

CREATE, SUSPEND, RESUME = "service.create", "service.suspend", "service.resume"
TERMINATE = "service.terminate"

ALL = (CREATE, SUSPEND, RESUME, TERMINATE)

NEEDS_SERVICE = (CREATE, SUSPEND, RESUME)
"""Pointless once the service has ended; its removal is not."""


def subject_of(service: Service) -> tuple[str, int]:
    """Whom jobs about a service are about."""
    return "service", service.pk
