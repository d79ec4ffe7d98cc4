"""Names of the work that is done for a service, and for a server."""

from django.utils.translation import gettext_lazy as _

from commerce.hosting.models import Server, Service
from commerce.jobs.models import Job
from commerce.jobs.words import JobWords, RemoteWords, details, titled

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

ACCOUNT_WORK = tuple(action for action in JOBS_OF_LIVE_SERVICE if action != REFRESH_ACCOUNT)
"""What changes an account."""

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


_TITLES = {
    CREATE_ACCOUNT: _("set up {service} for {client}"),
    SUSPEND_ACCOUNT: _("suspend {service} of {client}"),
    RESUME_ACCOUNT: _("turn {service} of {client} back on"),
    TERMINATE_ACCOUNT: _("remove {service} of {client}"),
    CHANGE_PACKAGE: _("change the plan of {service} of {client}"),
    SET_PASSWORD: _("set a new password for {service} of {client}"),
    REFRESH_ACCOUNT: _("look up the account of {service} of {client}"),
    SWITCH_POWER: _("start, stop, or restart {service} of {client}"),
    REINSTALL_ACCOUNT: _("reinstall {service} of {client}"),
}


def describe_service_job(job: Job) -> JobWords:
    """What a job about a service does, with what somebody needs who does it by hand."""
    found = Service.objects.select_related("client", "product", "server").filter(pk=job.subject_id)
    service = found.first()
    if service is None:
        return JobWords(titled(None, job))
    client = service.client
    title = titled(
        _TITLES.get(job.action), job, service=service.label, client=client.company or client.name
    )
    known = [
        (_("Product"), service.product.name),
        (_("Domain"), service.domain),
        *((option["name"], option["value"]) for option in service.options),
        (_("Package"), service.product.package),
        (_("Server"), service.server.name if service.server else ""),
        (_("Username"), service.username),
    ]
    return JobWords(title, client, details(known))


_SERVER_TITLES = {
    COMPARE_SERVER: _("compare the accounts on server {server}"),
    READ_USAGE: _("read the usage of server {server}"),
}


def describe_server_job(job: Job) -> JobWords:
    """What a job about a whole server does."""
    name = Server.objects.filter(pk=job.subject_id).values_list("name", flat=True).first()
    return JobWords(titled(_SERVER_TITLES.get(job.action), job, server=name or job.subject_id))


def describe_server(name: str) -> RemoteWords | None:
    """A server by its name, which jobs cut when it is long."""
    found = Server.objects.filter(name__startswith=name)
    for server in found:
        if remote_name_of_server(server.name) == remote_name_of_server(name):
            return RemoteWords(server.name, f"servers/{server.pk}", f"servers/{server.pk}")
    return None
