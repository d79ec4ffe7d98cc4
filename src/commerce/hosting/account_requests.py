"""What members and staff ask of the panel of a service beside its life: each is a job, or a link made at once.

Whoever calls these has the permission; inside the transaction of the cause, but for links: those ask the network.
"""

from typing import Annotated, Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.rules import ProductType
from commerce.hosting.account_creation import ask_about
from commerce.hosting.actions.editing import (
    active_only_blocked_reason,
    live_only_blocked_reason,
    running_only_blocked_reason,
)
from commerce.hosting.job_names import (
    ACCOUNT_WORK,
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
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import OPEN_STATES, UNFINISHED_STATES, JobStatus
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice
from commerce.kit.acts.shown import ShownOnce
from commerce.kit.context import Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts


def account_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """An account is made for what is pending, or active without an account at its panel."""
    if service.status == ServiceStatus.PENDING:
        return None
    if reason := live_only_blocked_reason(service, ctx) or active_only_blocked_reason(service, ctx):
        return reason
    lacks_account = not service.remote_id and not module_class_of(service).is_manual
    return None if lacks_account else StateConflict("service.has_account")


@act(
    "service.create_account",
    Service,
    label=_("Create account now"),
    intro=_("A failed try starts again from the beginning."),
    done=_("The account is being set up."),
    staff=StaffPermission.SERVICES_PROVISION,
    blocked=account_blocked_reason,
)
@transaction.atomic
def request_account(*, service: Service, ctx: Context) -> None:
    """Have the account made now: a parked try begins anew, without one there is a new job."""
    row = _lock_service(service, ctx)
    if blocked := account_blocked_reason(row, ctx):
        raise blocked
    jobs = Job.objects.of(service_job_subject(row)).filter(action=CREATE_ACCOUNT)
    if parked := jobs.filter(status=JobStatus.PARKED).last():
        retry_job(job=parked, ctx=ctx)
    elif waiting := jobs.filter(status=JobStatus.WAITING).last():
        Job.objects.filter(pk=waiting.pk, status=JobStatus.WAITING).update(next_try_at=ctx.at)
    elif not jobs.filter(status__in=OPEN_STATES).exists():
        _queue_account_job(row, CREATE_ACCOUNT, "service.create_requested", ctx)


def request_package_change(*, service: Service, ctx: Context, idempotency_key: str = "") -> bool:
    """Have the panel give the account the package and options that the service has.

    False for a service that has no account: it gets them when it is made.
    """
    if package_blocked_reason(service, ctx):
        return False
    enqueue(
        service_job_subject(service),
        CHANGE_PACKAGE,
        idempotency_key or ctx.at.isoformat(),
        ctx.at,
    )
    return True


def package_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """A package is given to an account that is there."""
    if service.product.type != ProductType.HOSTING:
        return StateConflict("service.no_panel")
    return running_only_blocked_reason(service, ctx)


def _about_package(service: Service) -> str:
    text = gettext("The account gets the package and options of its product: %(package)s.")
    return text % {"package": service.product.package or service.product.name}


@act(
    "service.apply_package",
    Service,
    label=_("Apply package"),
    intro=_about_package,
    done=_("The package is being changed."),
    staff=StaffPermission.SERVICES_PROVISION,
    blocked=package_blocked_reason,
)
@transaction.atomic
def apply_service_package(*, service: Service, ctx: Context) -> None:
    """Staff have the account given the package and options of its product once more."""
    row = _lock_service(service, ctx)
    if blocked := package_blocked_reason(row, ctx):
        raise blocked
    request_package_change(service=row, ctx=ctx)


def new_password_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Once is enough: a member who presses twice gets one."""
    reason = _capability_blocked_reason(service, ModuleCapability.SET_PASSWORD, ctx)
    return reason or _unfinished_reason(service, SET_PASSWORD)


@act(
    "service.set_password",
    Service,
    label=_("Set new password"),
    intro=_("The current password stops working. Staff never see it."),
    done=TwoTexts(
        member=_("New password requested. You can see it here in a moment."),
        staff=_("A new password is being set. The client can see it once in the portal."),
    ),
    staff=StaffPermission.SERVICES_HELP,
    member="services.manage",
    reveals=True,
    blocked=new_password_blocked_reason,
)
@transaction.atomic
def request_new_password(*, service: Service, ctx: Context) -> None:
    """Have the account given a new password, to be read once when it is set."""
    row = _lock_service(service, ctx)
    if blocked := new_password_blocked_reason(row, ctx):
        raise blocked
    _queue_account_job(row, SET_PASSWORD, "service.set_password_requested", ctx)


def power_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """A machine is left alone while anything else is done with it."""
    reason = _capability_blocked_reason(service, ModuleCapability.POWER, ctx)
    return reason or _unfinished_reason(service, *ACCOUNT_WORK)


_POWER_LABELS = {
    PowerAction.START: pgettext_lazy("power", "Start"),
    PowerAction.STOP: _("Stop"),
    PowerAction.REBOOT: _("Restart"),
}
_POWER_REQUESTED = {
    PowerAction.START: _("Start requested."),
    PowerAction.STOP: _("Stop requested."),
    PowerAction.REBOOT: _("Restart requested."),
}


@act(
    "service.power",
    Service,
    label=_("Power"),
    done=lambda power, _service: _POWER_REQUESTED[power],
    member="services.manage",
    blocked=power_blocked_reason,
)
@transaction.atomic
def request_power(
    *,
    service: Service,
    power: Annotated[PowerAction, Choice(_("Power"), labels=_POWER_LABELS)],
    ctx: Context,
) -> PowerAction:
    """Have the machine started, stopped or restarted."""
    row = _lock_service(service, ctx)
    if blocked := power_blocked_reason(row, ctx):
        raise blocked
    _queue_account_job(row, SWITCH_POWER, "service.power_requested", ctx, power=power.value)
    return power


def reinstall_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """A machine is left alone while anything else is done with it."""
    reason = _capability_blocked_reason(service, ModuleCapability.REINSTALL, ctx)
    return reason or _unfinished_reason(service, *ACCOUNT_WORK)


@act(
    "service.reinstall",
    Service,
    label=_("Reinstall"),
    done=_("Reinstall requested. It takes a few minutes."),
    member="services.manage",
    reveals=True,
    blocked=reinstall_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def request_reinstall(*, service: Service, ctx: Context) -> None:
    """Have the machine installed again: all its data is lost."""
    row = _lock_service(service, ctx)
    if blocked := reinstall_blocked_reason(row, ctx):
        raise blocked
    _queue_account_job(row, REINSTALL_ACCOUNT, "service.reinstall_requested", ctx)


def refresh_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """A panel is asked about an account that is there."""
    if service.server is None or module_class_of(service).is_manual:
        return StateConflict("service.no_panel")
    reason = running_only_blocked_reason(service, ctx)
    return reason or _unfinished_reason(service, REFRESH_ACCOUNT)


@act(
    "service.refresh",
    Service,
    label=_("Refresh info"),
    intro=_("Asks the control panel. Nothing is changed."),
    done=_("The control panel is being asked."),
    staff=StaffPermission.SERVICES_HELP,
    blocked=refresh_blocked_reason,
)
@transaction.atomic
def request_refresh(*, service: Service, ctx: Context) -> None:
    """Have the panel asked how the account stands."""
    row = _lock_service(service, ctx)
    if blocked := refresh_blocked_reason(row, ctx):
        raise blocked
    _queue_account_job(row, REFRESH_ACCOUNT, "service.refresh_requested", ctx)


def _capability_blocked_reason(
    service: Service, capability: ModuleCapability, ctx: Context
) -> StateConflict | None:
    if reason := active_only_blocked_reason(service, ctx):
        return reason
    able = capability in capabilities_of(service)
    return None if able else StateConflict("service.panel_cannot")


def _unfinished_reason(service: Service, *actions: str) -> StateConflict | None:
    """Of what waits too, or is with staff."""
    jobs = Job.objects.of(service_job_subject(service))
    asked = jobs.filter(action__in=actions, status__in=UNFINISHED_STATES).exists()
    return StateConflict("service.already_requested") if asked else None


def _queue_account_job(service: Service, action: str, said: str, ctx: Context, **args: Any) -> None:
    enqueue(service_job_subject(service), action, ctx.at.isoformat(), ctx.at, args)
    write_audit_entry(
        ctx=ctx,
        action=said,
        record=("service", service.pk),
        name=service.label,
        client_id=service.client_id,
        after=args,
    )


def _lock_service(service: Service, ctx: Context) -> Service:
    bump_revision(service.client_id, ctx)
    rows = Service.objects.select_for_update(of=("self",))
    return rows.select_related("product", "server", "client").get(pk=service.pk)


def sign_in_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Not every panel gives such links."""
    return _capability_blocked_reason(service, ModuleCapability.LOGIN_URL, ctx)


@act(
    "service.sign_in",
    Service,
    label=_("Open control panel"),
    done="",
    member="services.manage",
    reveals=True,
    blocked=sign_in_blocked_reason,
    is_atomic=False,
)
def panel_sign_in_url(*, service: Service, ctx: Context) -> str:
    """A link that signs a member in at the panel, to be followed at once and kept nowhere. Asks the network.

    Raises ``BusinessError`` when there is none, also for a link to another host than the server's.
    """
    row = _with_panel(service)
    if blocked := sign_in_blocked_reason(row, ctx):
        raise blocked
    return _panel_link(row, "service.panel_opened", ctx, _ask_login_url)


@act(
    "service.open_panel",
    Service,
    label=_("Open control panel"),
    intro=_("You get a link that signs you in to the client's account at the panel."),
    done=_("Open it soon: it works once, and only for a short time."),
    staff=StaffPermission.SERVICES_HELP,
    blocked=sign_in_blocked_reason,
    is_atomic=False,
)
def give_panel_link(*, service: Service, ctx: Context) -> ShownOnce:
    """The same link for staff who help; the audit log has who asked for it."""
    return ShownOnce(panel_sign_in_url(service=service, ctx=ctx))


def console_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Not every panel gives such links."""
    return _capability_blocked_reason(service, ModuleCapability.CONSOLE, ctx)


@act(
    "service.console",
    Service,
    label=_("Open console"),
    done="",
    member="services.manage",
    reveals=True,
    blocked=console_blocked_reason,
    is_atomic=False,
)
def panel_console_url(*, service: Service, ctx: Context) -> str:
    """The same to the console of a machine."""
    row = _with_panel(service)
    if blocked := console_blocked_reason(row, ctx):
        raise blocked
    return _panel_link(row, "service.console_opened", ctx, _ask_console_url)


def _with_panel(service: Service) -> Service:
    return Service.objects.select_related("product", "server", "client").get(pk=service.pk)


def _ask_login_url(module: HostingModule, account: Account) -> ModuleResult:
    return module.login_url(account)


def _ask_console_url(module: HostingModule, account: Account) -> ModuleResult:
    return module.console_url(account)


def _panel_link(row: Service, said: str, ctx: Context, question: Any) -> str:
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
