"""What members and staff ask of the panel of a service beside its life: each is a job, or a link made at once.

Whoever calls these has the permission; inside the transaction of the cause, but for links: those ask the network.
"""

from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.catalog.rules import ProductType
from commerce.hosting.account_creation import ask_about
from commerce.hosting.job_names import (
    CHANGE_PACKAGE,
    CREATE_ACCOUNT,
    REFRESH_ACCOUNT,
    REINSTALL_ACCOUNT,
    SET_PASSWORD,
    SWITCH_POWER,
    service_job_subject,
)
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import (
    Account,
    HostingModule,
    ModuleCapability,
    ModuleResult,
    PowerAction,
)
from commerce.hosting.modules.registry import (
    capabilities_of,
    module_class_of,
    module_for_service,
)
from commerce.hosting.panel_servers import account_of, call_log
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import OPEN_STATES, JobStatus
from commerce.kit.context import Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import BusinessError, StateConflict


@transaction.atomic
def request_account(*, service: Service, ctx: Context) -> None:
    """Have the account made now: a parked try begins anew, without one there is a new job.

    Raises ``StateConflict`` unless the service is pending, or active without an account at its panel.
    """
    row = _locked(service)
    lacks_account = not row.remote_id and not module_class_of(row).is_manual
    if row.status != ServiceStatus.PENDING and not (
        row.status == ServiceStatus.ACTIVE and lacks_account
    ):
        raise StateConflict("service.wrong_status", status=row.status)
    jobs = Job.objects.of(service_job_subject(row)).filter(action=CREATE_ACCOUNT)
    if parked := jobs.filter(status=JobStatus.PARKED).last():
        retry_job(job=parked, ctx=ctx)
    elif waiting := jobs.filter(status=JobStatus.WAITING).last():
        Job.objects.filter(pk=waiting.pk, status=JobStatus.WAITING).update(next_try_at=ctx.at)
    elif not jobs.filter(status__in=OPEN_STATES).exists():
        _enqueue(row, CREATE_ACCOUNT, "service.create_requested", ctx)


def request_package_change(*, service: Service, ctx: Context, idempotency_key: str = "") -> bool:
    """Have the panel give the account the package and options that the service has.

    False for a service that has no account: it gets them when it is made.
    """
    if service.product.type != ProductType.HOSTING or not _is_running(service):
        return False
    enqueue(
        service_job_subject(service),
        CHANGE_PACKAGE,
        idempotency_key or ctx.at.isoformat(),
        ctx.at,
    )
    return True


def request_new_password(*, service: Service, ctx: Context) -> None:
    """Have the account given a new password, to be read once when it is set. Raises ``BusinessError``."""
    said = "service.set_password_requested"
    _request(service, SET_PASSWORD, said, ModuleCapability.SET_PASSWORD, ctx)


def request_power(*, service: Service, power: PowerAction, ctx: Context) -> None:
    """Have the machine started, stopped or restarted. Raises ``BusinessError``."""
    said = "service.power_requested"
    _request(service, SWITCH_POWER, said, ModuleCapability.POWER, ctx, power=power.value)


def request_reinstall(*, service: Service, ctx: Context) -> None:
    """Have the machine installed again: all its data is lost. Raises ``BusinessError``."""
    said = "service.reinstall_requested"
    _request(service, REINSTALL_ACCOUNT, said, ModuleCapability.REINSTALL, ctx)


@transaction.atomic
def request_refresh(*, service: Service, ctx: Context) -> None:
    """Have the panel asked how the account stands. Raises ``BusinessError``."""
    row = _locked(service)
    if not _is_running(row):
        raise StateConflict("service.wrong_status", status=row.status)
    if row.server is None or module_class_of(row).is_manual:
        raise BusinessError("service.panel_cannot")
    _enqueue_once(row, REFRESH_ACCOUNT, "service.refresh_requested", ctx)


@transaction.atomic
def _request(
    service: Service,
    action: str,
    said: str,
    capability: ModuleCapability,
    ctx: Context,
    **args: Any,
) -> None:
    row = _locked(service)
    _check_able(row, capability)
    _enqueue_once(row, action, said, ctx, **args)


def _check_able(service: Service, capability: ModuleCapability) -> None:
    if service.status != ServiceStatus.ACTIVE:
        raise StateConflict("service.wrong_status", status=service.status)
    if capability not in capabilities_of(service):
        raise BusinessError("service.panel_cannot")


def _enqueue_once(service: Service, action: str, said: str, ctx: Context, **args: Any) -> None:
    """One that waits, or is with staff, is enough: a member who presses twice gets one."""
    jobs = Job.objects.of(service_job_subject(service)).filter(action=action)
    if jobs.filter(status__in=(*OPEN_STATES, JobStatus.PARKED)).exists():
        raise BusinessError("service.already_requested")
    _enqueue(service, action, said, ctx, **args)


def _enqueue(service: Service, action: str, said: str, ctx: Context, **args: Any) -> None:
    enqueue(service_job_subject(service), action, ctx.at.isoformat(), ctx.at, args)
    write_audit_entry(
        ctx=ctx,
        action=said,
        record=("service", service.pk),
        name=service.label,
        client_id=service.client_id,
        after=args,
    )


def _is_running(service: Service) -> bool:
    return service.status in RUNNING_SERVICE_STATUSES


def _locked(service: Service) -> Service:
    bump_revision(service.client_id)
    rows = Service.objects.select_for_update(of=("self",))
    return rows.select_related("product", "server", "client").get(pk=service.pk)


def panel_sign_in_url(*, service: Service, ctx: Context) -> str:
    """A link that signs a member in at the panel, to be followed at once and kept nowhere. Asks the network.

    Raises ``BusinessError`` when there is none, also for a link to another host than the server's.
    """
    return _link(service, ModuleCapability.LOGIN_URL, "service.panel_opened", ctx, _login)


def panel_console_url(*, service: Service, ctx: Context) -> str:
    """The same to the console of a machine."""
    return _link(service, ModuleCapability.CONSOLE, "service.console_opened", ctx, _console)


def _login(module: HostingModule, account: Account) -> ModuleResult:
    return module.login_url(account)


def _console(module: HostingModule, account: Account) -> ModuleResult:
    return module.console_url(account)


def _link(
    service: Service, capability: ModuleCapability, said: str, ctx: Context, question: Any
) -> str:
    row = Service.objects.select_related("product", "server", "client").get(pk=service.pk)
    _check_able(row, capability)
    try:
        module = module_for_service(row, call_log(row.server, service_id=row.pk))
    except (BusinessError, DecryptionError) as incomplete:
        raise BusinessError("service.no_panel_link") from incomplete
    account = account_of(row, first_tried_at=row.created_at, client_address=ctx.actor.address or "")
    answer = ask_about(module, account, lambda there: question(module, there))
    if not answer.ok or row.server is None or not leads_to(row.server, answer.url):
        raise BusinessError("service.no_panel_link")
    with transaction.atomic():
        write_audit_entry(
            ctx=ctx,
            action=said,
            record=("service", row.pk),
            name=row.label,
            client_id=row.client_id,
        )
    return answer.url


def leads_to(server: Server, url: str) -> bool:
    """Whether a link leads to the server itself: its hostname, or the host of its panel's address."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    known = {server.hostname.lower(), (urlsplit(server.panel_url).hostname or "").lower()} - {""}
    plain = parts.scheme == "http" and server.panel_url.startswith("http://")
    return (parts.scheme == "https" or plain) and host in known and "@" not in parts.netloc
