"""A re-price of many services or domains: looked at first, or announced client by client (catalog-and-orders.md 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import batched, groupby
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet

from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.changes.price_changes.repricing import (
    RENEWABLE_DOMAIN_STATUSES,
    RepricingResult,
    reprice_domains,
    reprice_services,
)
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES
from commerce.kit.context import Context
from commerce.kit.periods import BillingCycle

_BATCH = 500


@dataclass(frozen=True, slots=True)
class FailedClient:
    """A client for whom a re-price failed; the others went on."""

    client_id: int
    error: Exception


def repriceable_services() -> "QuerySet[Service]":
    """Those that renew, with what their price is found by."""
    rows = Service.objects.exclude(billing_cycle=BillingCycle.ONE_TIME)
    return rows.select_related("product", "client__group")


def running_services() -> "QuerySet[Service]":
    """Those of ``repriceable_services`` that have a next period."""
    return repriceable_services().filter(status__in=RUNNING_SERVICE_STATUSES)


def renewable_domains() -> "QuerySet[Domain]":
    """Domains that have a next term."""
    return Domain.objects.filter(status__in=RENEWABLE_DOMAIN_STATUSES).select_related("client")


def preview_reprice(rows: "QuerySet[Any]", today: date) -> Iterator[RepricingResult]:
    """What a re-price of these services, or of these domains, would do on a business date; nothing is written."""
    look: Any = reprice_services if rows.model is Service else reprice_domains
    found = rows.order_by("client_id", "pk").iterator(chunk_size=_BATCH)
    for some in batched(found, _BATCH, strict=False):
        yield from look(list(some), today)


def announce_reprice(
    rows: "QuerySet[Any]", *, reason: str, ctx: Context
) -> Iterator[RepricingResult | FailedClient]:
    """Announce the new prices, client by client, each in a transaction of its own; what fails for one stops nobody
    else.
    """
    noun = "services" if rows.model is Service else "domains"
    pairs = rows.order_by("client_id", "pk").values_list("client_id", "pk")
    for client_id, members in groupby(list(pairs), itemgetter(0)):
        which: dict[str, Any] = {noun: [pk for _, pk in members]}
        try:
            done = reprice_client(client_id=client_id, reason=reason, ctx=ctx, **which)
        except Exception as error:  # noqa: BLE001 - told with its client; the others go on
            yield FailedClient(client_id, error)
        else:
            yield from done
