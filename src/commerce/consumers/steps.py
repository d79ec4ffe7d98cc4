"""The daily run for consumers: long renewals are announced before the last day to object (support-and-content.md 9)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from commerce.accounts.models import Client
from commerce.accounts.recipients import send_client_email
from commerce.billing.models import PriceChange
from commerce.consumers.labels import label_of
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES
from commerce.kit.money import Money
from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.mail.models import OutgoingMail
from commerce.orders.price_display import price_display
from commerce.runs.step import RunDay, StepCounts
from commerce.site_settings.current import get_setting

EVENT = "renewal_announced"
LONG_CYCLES = [cycle for cycle, months in MONTHS_PER_CYCLE.items() if months >= 12]
"""A year and longer."""


def _services(day: RunDay) -> "QuerySet[Service]":
    rows = Service.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=F("next_due_date")),
        status__in=RUNNING_SERVICE_STATUSES,
        billing_cycle__in=LONG_CYCLES,
        amount__gt=0,
    )
    return rows.filter(*_not_told("service", day), **_soon(day))


def _domains(day: RunDay) -> "QuerySet[Domain]":
    rows = Domain.objects.filter(
        status=DomainStatus.ACTIVE, auto_renew=True, recurring_amount__gt=0
    )
    return rows.filter(*_not_told("domain", day), **_soon(day))


def _notice() -> timedelta:
    """From the notice to the renewal: the last day to object is the one before."""
    return timedelta(days=get_setting("consumer.renewal_notice_days") + 1)


def _soon(day: RunDay) -> dict[str, Any]:
    return {"next_due_date__gt": day.date, "next_due_date__lte": day.date + _notice()}


def _not_told(kind: str, day: RunDay) -> list[Any]:
    since = day.at - _notice() - timedelta(days=1)
    told = OutgoingMail.objects.filter(event=EVENT, about_kind=kind, created_at__gt=since)
    return [~Exists(told.filter(about_id=OuterRef("pk")))]


def find_clients_to_tell(day: RunDay) -> "QuerySet[Client]":
    """Consumers of whom something renews for a year or longer, and who were not told yet."""
    if not get_setting("consumer.enabled"):
        return Client.objects.none()
    return Client.objects.filter(
        Exists(_services(day).filter(client=OuterRef("pk")))
        | Exists(_domains(day).filter(client=OuterRef("pk"))),
        company="",
        tax_id="",
        country__in=get_setting("consumer.countries"),
    )


def announce_renewals_of(client_id: int, day: RunDay) -> StepCounts:
    """Tell one of them the price of each renewal, and how to end it."""
    services = _services(day).filter(client=client_id).select_related("client", "product")
    domains = _domains(day).filter(client=client_id).select_related("client")
    told = sum(_announce_service(one, day) for one in services.order_by("pk"))
    told += sum(_announce_domain(one, day) for one in domains.order_by("pk"))
    return {"renewals announced": told}


def _announce_service(service: Service, day: RunDay) -> int:
    display = price_display(client=service.client, country="", on=day.date)
    planned = PriceChange.objects.planned().filter(service=service).first()
    is_new = planned is not None and planned.from_date <= (service.next_due_date or day.date)
    amount = planned.amount if planned is not None and is_new else service.amount
    return _announce(
        service,
        ("service", service.pk),
        day,
        contract=label_of(service),
        amount=Money(display.recurring(service.product, amount), service.currency_id),
        cancel_url=f"{settings.COMMERCE_URL}/client/services/{service.pk}/cancel",
    )


def _announce_domain(domain: Domain, day: RunDay) -> int:
    """The same of a name, whose renewal is switched off on its page."""
    display = price_display(client=domain.client, country="", on=day.date)
    planned = PriceChange.objects.planned().filter(domain=domain).first()
    amount = display.name_amount(planned.amount if planned else domain.recurring_amount)
    return _announce(
        domain,
        ("domain", domain.pk),
        day,
        contract=label_of(domain),
        amount=Money(amount or 0, domain.currency_id),
        cancel_url=f"{settings.COMMERCE_URL}/client/domains/{domain.pk}",
    )


def _announce(item: Service | Domain, about: tuple[str, int], day: RunDay, **values: Any) -> int:
    assert item.next_due_date is not None
    made = send_client_email(
        client=item.client,
        event=EVENT,
        idempotency_key=f"{about[0]} {about[1]} {item.next_due_date}",
        values={
            "renewal_date": item.next_due_date,
            "last_day": item.next_due_date - timedelta(days=1),
            **values,
        },
        at=day.at,
        about=about,
    )
    return int(bool(made))
