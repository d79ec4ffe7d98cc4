"""Mails about services (notifications.md 3, group "services"); those that name an invoice are billing's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from commerce.accounts.recipients import tell_client, tell_staff
from commerce.db.fast_paths import row_with_key
from commerce.events.publish import at_event_time
from commerce.hosting.events import ServiceActivated, ServiceResumed, ServiceTerminated
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.kit.context import Context


def service_mail_values(service: Service) -> dict[str, Any]:
    """What each mail about a service says of it."""
    return {
        "service_name": service.label,
        "service_domain": service.domain,
        "service_url": f"{settings.COMMERCE_URL}/client/services/{service.pk}",
    }


def tell_client_of_service(
    *,
    service: Service,
    event: str,
    idempotency_key: str,
    values: Mapping[str, Any],
    at: datetime,
    product_template: str = "",
) -> None:
    """A mail about a service to its client: ``values`` beside those that each such mail has."""
    tell_client(
        client=service.client,
        event=event,
        idempotency_key=idempotency_key,
        values={**service_mail_values(service), **values},
        at=at,
        about=("service", service.pk),
        product_template=product_template,
    )


def _tell(
    event: str, service: Service, once: str, at: datetime, *, own_words: str = "", **more: Any
) -> None:
    tell_client_of_service(
        service=service,
        event=event,
        idempotency_key=f"{service.pk} {once}".strip(),
        values=more,
        at=at,
        product_template=own_words,
    )


@at_event_time
def tell_of_activation(event: ServiceActivated, ctx: Context) -> None:
    """A service is ready, with how to reach it; in the product's own words, if it has some."""
    service = row_with_key(Service, event.service_id, "server", "product", "client")
    _tell(
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
def tell_of_resumption(event: ServiceResumed, ctx: Context) -> None:
    """A service runs again."""
    service = row_with_key(Service, event.service_id, "client")
    _tell("service_unsuspended", service, ctx.at.isoformat(), ctx.at)


@at_event_time
def tell_of_termination(event: ServiceTerminated, ctx: Context) -> None:
    """A service was ended with its data."""
    _tell("service_terminated", row_with_key(Service, event.service_id, "client"), "", ctx.at)


def suspension_mail_obsolete_reason(service_id: int, _told: Mapping[str, Any]) -> str:
    """Why a mail about a suspension is not true any more."""
    still = Service.objects.filter(pk=service_id, status=ServiceStatus.SUSPENDED).exists()
    return "" if still else "The service is not suspended any more."


def resumption_mail_obsolete_reason(service_id: int, _told: Mapping[str, Any]) -> str:
    """Why a mail about a service that runs again is not true any more."""
    runs = Service.objects.filter(pk=service_id, status=ServiceStatus.ACTIVE).exists()
    return "" if runs else "The service does not run any more."


def tell_of_missing_capacity(*, service: Service, at: datetime) -> None:
    """Staff hear once that a paid service waits for a server with a free slot."""
    tell_staff(
        event="service_without_server",
        idempotency_key=f"{service.pk}",
        page="servers",
        values={
            "service_name": service.label,
            "module": service.product.module,
            "group": service.product.server_group or "-",
        },
        at=at,
        about=("service", service.pk),
        client=service.client,
    )
