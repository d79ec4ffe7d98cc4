"""Names of the work that is done for a service."""

from commerce.hosting.models import Service

CREATE_ACCOUNT, SUSPEND_ACCOUNT, RESUME_ACCOUNT = (
    "service.create",
    "service.suspend",
    "service.resume",
)
TERMINATE_ACCOUNT = "service.terminate"

ALL_SERVICE_JOBS = (CREATE_ACCOUNT, SUSPEND_ACCOUNT, RESUME_ACCOUNT, TERMINATE_ACCOUNT)

JOBS_OF_LIVE_SERVICE = (CREATE_ACCOUNT, SUSPEND_ACCOUNT, RESUME_ACCOUNT)
"""Pointless once the service has ended; its removal is not."""


def service_job_subject(service: Service) -> tuple[str, int]:
    """Whom jobs about a service are about."""
    return "service", service.pk
