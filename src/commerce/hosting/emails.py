"""Mails about services (notifications.md 3, group "services"); those that name an invoice are billing's."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.events.publish import at_event_time
from commerce.hosting.events import ServiceActivated, ServiceResumed, ServiceTerminated
from commerce.hosting.job_names import RESUME_ACCOUNT, SUSPEND_ACCOUNT
from commerce.hosting.models import Service
from commerce.hosting.modules.registry import module_class
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import OPEN_STATES
from commerce.kit.context import Context


def service_mail_values(service: Service) -> dict[str, Any]:
    """What each mail about a service says of it."""
    return {
        "service_name": service.label,
        "service_domain": service.domain,
        "service_url": f"{settings.COMMERCE_URL}/client/services/{service.pk}",
    }


def send_service_email(
    *,
    service: Service,
    event: str,
    idempotency_key: str,
    values: Mapping[str, Any],
    at: datetime,
    product_template: str = "",
    with_others: bool = False,
) -> None:
    """A mail about a service to its client: ``values`` beside those that each such mail has. ``with_others``: what
    happens to others of the client by the same cause is told in the same mail.
    """
    about_all = _list_of_one(service) if with_others else {}
    send_client_email(
        client=service.client,
        event=event,
        idempotency_key=idempotency_key,
        values={**service_mail_values(service), **about_all, **values},
        merge=_merged if with_others else None,
        at=at,
        about=("service", service.pk),
        product_template=product_template,
    )


_OF_ONE_CAUSE = ("reason", "invoice_url", "termination_date")


def _list_of_one(service: Service) -> dict[str, Any]:
    name = f"{service.label} ({service.domain})" if service.domain else service.label
    item = {"description": name, "amount": "", "id": service.pk}
    return {"items": [item], "single": service.label, "count": None}


def _merged(told: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any] | None:
    """A mail about several services; none if what happened to this one has another cause."""
    if any(told.get(name) != more.get(name) for name in _OF_ONE_CAUSE):
        return None
    known = [item["id"] for item in told["items"]]
    items = [*told["items"], *(one for one in more["items"] if one["id"] not in known)]
    if len(items) == 1:
        return dict(told)
    return {
        **told,
        "items": items,
        "count": len(items),
        "single": "",
        "service_name": ", ".join(item["description"] for item in items),
        "service_domain": "",
        "service_url": f"{settings.COMMERCE_URL}/client/services",
    }


GATHERING = timedelta(minutes=1)
LONGEST_GATHERING = timedelta(minutes=10)
ASK_AGAIN_SECONDS = 30


def suspension_gathering_seconds(service_id: int, created_at: datetime, at: datetime) -> int:
    """How long the mail about a suspension waits for others of its client."""
    return _gathering_seconds(service_id, SUSPEND_ACCOUNT, ServiceStatus.ACTIVE, at - created_at)


def resumption_gathering_seconds(service_id: int, created_at: datetime, at: datetime) -> int:
    """How long the mail about a resumption waits for others of its client."""
    return _gathering_seconds(service_id, RESUME_ACCOUNT, ServiceStatus.SUSPENDED, at - created_at)


def _gathering_seconds(service_id: int, action: str, may_follow: str, age: timedelta) -> int:
    """A minute where others may follow, and up to ten while panels are still asked to do it."""
    client = Service.objects.filter(pk=service_id).values("client")[:1]
    others = Service.objects.filter(client=client).exclude(pk=service_id)
    if age < LONGEST_GATHERING and others.exists():
        jobs = Job.objects.filter(subject_kind="service", action=action, status__in=OPEN_STATES)
        if jobs.filter(subject_id__in=others.values("pk")).exists():
            return ASK_AGAIN_SECONDS
    if age < GATHERING and others.filter(status=may_follow).exists():
        return 1 + (GATHERING - age) // timedelta(seconds=1)
    return 0


def _send_event_email(
    event: str,
    service: Service,
    once: str,
    at: datetime,
    *,
    own_words: str = "",
    with_others: bool = False,
    **more: Any,
) -> None:
    send_service_email(
        service=service,
        event=event,
        idempotency_key=f"{service.pk} {once}".strip(),
        values=more,
        at=at,
        product_template=own_words,
        with_others=with_others,
    )


@at_event_time
def send_service_activated_email(event: ServiceActivated, ctx: Context) -> None:
    """A service is ready, with how to reach it; in the product's own words, if it has some."""
    service = Service.objects.select_related("server", "product", "client").get(pk=event.service_id)
    _send_event_email(
        "service_activated",
        service,
        ctx.at.isoformat(),
        ctx.at,
        own_words=service.product.welcome_template,
        username=service.username,
        server_hostname=service.server.hostname if service.server else "",
        nameservers=service.server.nameservers if service.server else [],
        panel_url=service.server.panel_url if service.server else "",
    )


@at_event_time
def send_service_resumed_email(event: ServiceResumed, ctx: Context) -> None:
    """A service runs again."""
    service = Service.objects.select_related("client").get(pk=event.service_id)
    _send_event_email("service_unsuspended", service, ctx.at.isoformat(), ctx.at, with_others=True)


@at_event_time
def send_service_terminated_email(event: ServiceTerminated, ctx: Context) -> None:
    """A service was ended with its data."""
    _send_event_email(
        "service_terminated",
        Service.objects.select_related("client").get(pk=event.service_id),
        "",
        ctx.at,
    )


def _any_is(status: str, service_id: int, told: Mapping[str, Any]) -> bool:
    """Whether one of those that a mail tells of is so."""
    ids = [item["id"] for item in told.get("items", ())] or [service_id]
    return Service.objects.filter(pk__in=ids, status=status).exists()


def suspension_mail_obsolete_reason(service_id: int, told: Mapping[str, Any]) -> str:
    """Why a mail about a suspension is not true any more."""
    still = _any_is(ServiceStatus.SUSPENDED, service_id, told)
    return "" if still else "The service is not suspended any more."


def resumption_mail_obsolete_reason(service_id: int, told: Mapping[str, Any]) -> str:
    """Why a mail about a service that runs again is not true any more."""
    runs = _any_is(ServiceStatus.ACTIVE, service_id, told)
    return "" if runs else "The service does not run any more."


def send_capacity_missing_email(*, service: Service, at: datetime) -> None:
    """Staff hear once that a paid service waits for a server with a free slot."""
    send_staff_email(
        event="service_without_server",
        idempotency_key=f"{service.pk}",
        page="servers",
        values={
            "service_name": service.label,
            "module": module_class(service.product.module).label,
            "group": service.product.server_group,
        },
        at=at,
        about=("service", service.pk),
        client=service.client,
    )
