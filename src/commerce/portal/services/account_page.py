"""What the page of a service shows of its account: how to get in, what it uses, and what is being done with it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import Client
from commerce.catalog.rules import ProductType
from commerce.domains.sale_conditions import default_nameservers
from commerce.hosting.account_requests import (
    panel_console_url,
    panel_sign_in_url,
    request_new_password,
    request_power,
    request_reinstall,
)
from commerce.hosting.actions.passwords import reveal_password
from commerce.hosting.job_names import (
    CHANGE_PACKAGE,
    CREATE_ACCOUNT,
    REINSTALL_ACCOUNT,
    RESUME_ACCOUNT,
    SET_PASSWORD,
    SUSPEND_ACCOUNT,
    SWITCH_POWER,
    service_job_subject,
)
from commerce.hosting.models import Service, ServiceQuerySet, UsageDay
from commerce.hosting.modules.contract import ModuleCapability, PowerAction
from commerce.hosting.modules.registry import capabilities_of
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import OPEN_STATES, UNFINISHED_STATES
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.portal.base.access import ClientRequest
from commerce.portal.base.acts.offers import OfferedAct
from commerce.portal.services.usage import usage_of_days
from commerce.presentation.labels import Text
from commerce.site_settings.current import business_date

DETAIL_LABELS: Mapping[str, Text] = {
    "ipv4": _lazy("IPv4 address"),
    "ipv6": _lazy("IPv6 address"),
    "console_user": _lazy("Console username"),
    "imap": _lazy("Incoming mail (IMAP)"),
    "smtp": _lazy("Outgoing mail (SMTP)"),
    "webmail": _lazy("Webmail"),
}
"""What a panel may tell of an account that its client needs, by the names of ``PanelAccount.details``."""

JOB_WORDS: Mapping[str, Text] = {
    CREATE_ACCOUNT: _lazy("We're setting this up. We'll email you when it's ready."),
    SUSPEND_ACCOUNT: _lazy("We're suspending this service."),
    RESUME_ACCOUNT: _lazy("We're restoring this service."),
    CHANGE_PACKAGE: _lazy("We're moving this service to its new plan."),
    SET_PASSWORD: _lazy("We're setting a new password."),
    SWITCH_POWER: _lazy("Your server is restarting."),
    REINSTALL_ACCOUNT: _lazy("We're reinstalling your server."),
}
"""What a client reads while work on an account is not done."""

POWER_WORDS: Mapping[str, Text] = {
    PowerAction.START: _lazy("Your server is starting."),
    PowerAction.STOP: _lazy("Your server is shutting down."),
}
"""The same of what else is done with the power of a machine."""

SOON = timedelta(minutes=2)
"""For so long the page asks every other second; what takes longer is looked at twice a minute."""


@dataclass(frozen=True, slots=True)
class AccountWork:
    """What is being done with an account: ``words`` say what, ``is_late`` that staff have been told."""

    action: str
    words: Text
    is_late: bool


@dataclass(frozen=True, slots=True)
class ShownDetail:
    """One thing that a client needs to know of an account."""

    name: str
    label: Text
    value: str


_PANEL_ACTS: Mapping[str, Callable[..., Any]] = {
    "may_sign_in": panel_sign_in_url,
    "may_open_console": panel_console_url,
    "may_reveal": reveal_password,
    "may_set_password": request_new_password,
    "may_switch": request_power,
    "may_reinstall": request_reinstall,
}


def own_services(client: Client) -> ServiceQuerySet:
    """The services of a client, with what pages of their accounts ask of them."""
    return Service.objects.for_client(client).select_related("product", "server")


def account_context(request: ClientRequest, service: Service) -> dict[str, Any]:
    """For the page of a service that has not ended; read with its server, its password and what its panel last said."""
    jobs = _unfinished_jobs(service)
    context: dict[str, Any] = {
        "work": [_work(job) for job in jobs if job.action != CREATE_ACCOUNT],
        "nameservers": _nameservers(service),
        **_refreshing(service, jobs),
    }
    if service.product.type != ProductType.HOSTING or service.server is None:
        return context
    info = getattr(service, "account_info", None)
    details = info.details if info else {}
    context["details"] = [
        ShownDetail(name, label, details[name])
        for name, label in DETAIL_LABELS.items()
        if details.get(name)
    ]
    context["power"] = details.get("power", "")
    if service.status == ServiceStatus.ACTIVE:
        context |= _abilities(request, service)
    return context


def _abilities(request: ClientRequest, service: Service) -> dict[str, Any]:
    """What its client can do with it now, and how much it uses."""
    able = capabilities_of(service)
    offered: dict[str, Any] = {
        name: OfferedAct(request, act_of(action), service).is_offered
        for name, action in _PANEL_ACTS.items()
    }
    if ModuleCapability.LOGIN_URL not in able and service.server:
        offered["panel_url"] = service.server.panel_url
    if ModuleCapability.USAGE in able:
        rows = UsageDay.objects.for_client(request.acting.client).filter(service=service)
        today = business_date(clock.now())
        recent = rows.filter(day__gt=today - timedelta(days=32)).order_by("day")
        offered["usage"] = usage_of_days(recent, today)
    return offered


def panel_hosts(service: Service) -> list[str]:
    """Where forms of the page may lead: the hosts of the service's server, on any port."""
    if service.server is None:
        return []
    named = urlsplit(service.server.panel_url).hostname
    return [f"{host}:*" for host in dict.fromkeys([service.server.hostname, named]) if host]


def state_mark(service: Service) -> str:
    """Changes when what the page shows of the work on its account does."""
    return _mark(service, _unfinished_jobs(service))


def _unfinished_jobs(service: Service) -> list[Job]:
    jobs = Job.objects.of(service_job_subject(service)).filter(
        status__in=UNFINISHED_STATES, action__in=JOB_WORDS
    )
    return list(jobs.order_by("pk"))


def _work(job: Job) -> AccountWork:
    words = POWER_WORDS.get(job.args.get("power", ""), JOB_WORDS[job.action])
    return AccountWork(job.action, words, job.status not in OPEN_STATES)


def _refreshing(service: Service, jobs: list[Job]) -> dict[str, Any]:
    """How often the page looks whether the work is done: not at all when only staff can do it."""
    open_jobs = [job for job in jobs if job.status in OPEN_STATES]
    if not open_jobs:
        return {}
    seconds = 2 if clock.now() - _began(open_jobs) < SOON else 30
    return {"refresh_seconds": seconds, "state_mark": _mark(service, jobs)}


def _began(jobs: list[Job]) -> datetime:
    return max(job.created_at for job in jobs)


def _mark(service: Service, jobs: list[Job]) -> str:
    shown = [service.status, *(f"{job.pk} {job.status in OPEN_STATES}" for job in jobs)]
    return hashlib.sha256("|".join(shown).encode()).hexdigest()[:16]


def _nameservers(service: Service) -> list[str]:
    """Those that the domain of a hosting service has to have to be served here: of its server, or else ours."""
    if service.product.type != ProductType.HOSTING:
        return []
    if service.server and service.server.nameservers:
        return service.server.nameservers
    return default_nameservers()
