"""Mails about services (notifications.md 3, group "services"); those that name an invoice are billing's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from commerce.accounts.recipients import tell
from commerce.hosting.events import ServiceActivated, ServiceResumed, ServiceTerminated
from commerce.hosting.models import Service
from commerce.jobs.events import as_of_event
from commerce.kit.actor import Actor
from commerce.mail import registry

NO_DOMAIN = "—"


def about(service: Service) -> dict[str, Any]:
    """What each mail about a service says of it."""
    return {
        "service_name": service.label,
        "service_domain": service.domain or NO_DOMAIN,
        "service_url": f"{settings.COMMERCE_URL}/client/services/{service.pk}",
    }


def _tell(
    event: str, service_id: int, once: str, at: datetime, *, own_words: str = "", **more: Any
) -> None:
    service = Service.objects.select_related("client").get(pk=service_id)
    tell(
        client=service.client,
        event=event,
        once=f"{service.pk} {once}".strip(),
        values={**about(service), **more},
        at=at,
        about=("service", service.pk),
        own_words=own_words,
    )


@as_of_event
def tell_of_activation(event: ServiceActivated, at: datetime, actor: Actor) -> None:
    """A service is ready, with how to reach it; in the product's own words, if it has some."""
    service = Service.objects.select_related("server", "product").get(pk=event.service_id)
    _tell(
        "service_activated",
        service.pk,
        at.isoformat(),
        at,
        own_words=service.product.welcome_template,
        username=service.username,
        server_hostname=service.server.hostname if service.server else "",
        nameservers=service.server.nameservers if service.server else [],
        panel_url=service.server.panel_url if service.server else "",
    )


@as_of_event
def tell_of_resumption(event: ServiceResumed, at: datetime, actor: Actor) -> None:
    """A service runs again."""
    _tell("service_unsuspended", event.service_id, at.isoformat(), at)


@as_of_event
def tell_of_termination(event: ServiceTerminated, at: datetime, actor: Actor) -> None:
    """A service was ended with its data."""
    _tell("service_terminated", event.service_id, "", at)


def runs_again(service_id: int, _told: Mapping[str, Any]) -> str:
    """Why a mail about a suspension is not true any more."""
    still = Service.objects.filter(pk=service_id, status=Service.Status.SUSPENDED).exists()
    return "" if still else "The service is not suspended any more."


def runs_no_more(service_id: int, _told: Mapping[str, Any]) -> str:
    """Why a mail about a service that runs again is not true any more."""
    runs = Service.objects.filter(pk=service_id, status=Service.Status.ACTIVE).exists()
    return "" if runs else "The service does not run any more."


def register() -> None:
    """Tell mail what it must not say any more; called when the app is ready."""
    registry.drop_if("service_unsuspended", runs_no_more)
    registry.drop_if("service_suspended", runs_again)
    registry.drop_if("service_terminating", runs_again)
