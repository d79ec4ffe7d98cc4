"""Names of the work that is done for a service, and for a server."""

from commerce.hosting.models import Server, Service

CREATE_ACCOUNT, SUSPEND_ACCOUNT, RESUME_ACCOUNT = (
    "service.create",
    "service.suspend",
    "service.resume",
)
TERMINATE_ACCOUNT = "service.terminate"

CHANGE_PACKAGE, SET_PASSWORD, REFRESH_ACCOUNT, SWITCH_POWER, REINSTALL_ACCOUNT = (
    "service.change_package",
    "service.set_password",
    "service.refresh",
    "service.power",
    "service.reinstall",
)
COMPARE_SERVER, READ_USAGE = "server.drift", "server.usage"

JOBS_OF_LIVE_SERVICE = (
    CREATE_ACCOUNT,
    SUSPEND_ACCOUNT,
    RESUME_ACCOUNT,
    CHANGE_PACKAGE,
    SET_PASSWORD,
    REFRESH_ACCOUNT,
    SWITCH_POWER,
    REINSTALL_ACCOUNT,
)
"""Pointless once the service has ended; its removal is not."""

ALL_SERVICE_JOBS = (*JOBS_OF_LIVE_SERVICE, TERMINATE_ACCOUNT)


def service_job_subject(service: Service) -> tuple[str, int]:
    """Whom jobs about a service are about."""
    return "service", service.pk


def server_job_subject(server: Server) -> tuple[str, int]:
    """Whom jobs about a server are about."""
    return "server", server.pk


def remote_name_of_server(name: str) -> str:
    """What jobs call a server that they ask."""
    return f"server {name}"[:60]
