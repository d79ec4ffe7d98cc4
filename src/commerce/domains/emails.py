"""Mails about domains (notifications.md 3, group "domains"): called by the actions, in their transaction."""

from datetime import date, datetime
from typing import Any

from django.conf import settings

from commerce.accounts.recipients import tell
from commerce.domains.models import Domain
from commerce.kit.money import Money


def _tell(event: str, domain: Domain, once: str, at: datetime, **more: Any) -> None:
    values = {
        "domain_name": domain.domain_name,
        "domain_url": f"{settings.COMMERCE_URL}/client/domains/{domain.pk}",
        "expiry_date": domain.expiry_date,
    }
    tell(
        client=domain.client,
        event=event,
        once=f"{domain.pk} {once}".strip(),
        values={**values, **more},
        at=at,
        about=("domain", domain.pk),
    )


def domain_registered(*, domain: Domain, at: datetime) -> None:
    """It is registered."""
    _tell("domain_registered", domain, "", at)


def domain_transferred_in(*, domain: Domain, at: datetime) -> None:
    """Its transfer to us is done."""
    _tell("domain_transferred_in", domain, "", at)


def domain_renewed(*, domain: Domain, at: datetime) -> None:
    """It has a new expiry date."""
    _tell("domain_renewed", domain, f"{domain.expiry_date}", at)


def domain_expiring(*, domain: Domain, days_left: int, at: datetime, invoice_url: str = "") -> None:
    """30, 14, 7 and 1 days before it expires."""
    _tell(
        "domain_expiring",
        domain,
        f"{domain.expiry_date} {days_left}",
        at,
        days_left=days_left,
        auto_renew=domain.auto_renew,
        invoice_url=invoice_url,
    )


def domain_expired(
    *, domain: Domain, last_day: date | None, fee: Money | None, at: datetime
) -> None:
    """It expired; ``last_day`` is the last one on which it can be renewed."""
    _tell("domain_expired", domain, f"{domain.expiry_date}", at, last_day=last_day, fee=fee)


def domain_redemption(
    *, domain: Domain, last_day: date | None, fee: Money | None, at: datetime
) -> None:
    """It can only be restored now, for a fee."""
    _tell("domain_redemption", domain, f"{domain.expiry_date}", at, last_day=last_day, fee=fee)


def domain_transferred_away(*, domain: Domain, at: datetime) -> None:
    """Another provider has it now."""
    _tell("domain_transferred_away", domain, "", at)
