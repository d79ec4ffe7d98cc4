"""Mails about domains (notifications.md 3, group "domains"): reactions, and notices that come with a day."""

from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.conf import settings

from commerce.accounts.recipients import tell
from commerce.domains.models import Domain, Tld, TldPrice
from commerce.kit.actor import Actor
from commerce.kit.money import Money
from commerce.preferences.current import business_date


class AboutDomain(Protocol):
    """An event of a domain."""

    @property
    def domain_id(self) -> int: ...


def _tell(event: str, domain: Domain, once: str, at: datetime, **more: Any) -> int:
    values = {
        "domain_name": domain.domain_name,
        "domain_url": f"{settings.COMMERCE_URL}/client/domains/{domain.pk}",
        "expiry_date": domain.expiry_date,
    }
    made = tell(
        client=domain.client,
        event=event,
        once=f"{domain.pk} {once}".strip(),
        values={**values, **more},
        at=at,
        about=("domain", domain.pk),
    )
    return len(made)


def _domain(event: AboutDomain) -> Domain:
    return Domain.objects.select_related("client").get(pk=event.domain_id)


def tell_of_registration(event: AboutDomain, at: datetime, actor: Actor) -> None:
    """It is registered."""
    _tell("domain_registered", _domain(event), "", at)


def tell_of_transfer_in(event: AboutDomain, at: datetime, actor: Actor) -> None:
    """Its transfer to us is done."""
    _tell("domain_transferred_in", _domain(event), "", at)


def tell_of_renewal(event: AboutDomain, at: datetime, actor: Actor) -> None:
    """It has a new expiry date."""
    domain = _domain(event)
    _tell("domain_renewed", domain, f"{domain.expiry_date}", at)


def tell_of_expiry(event: AboutDomain, at: datetime, actor: Actor) -> None:
    """It expired, and can be renewed for some days."""
    domain = _domain(event)
    if domain.status == Domain.Status.EXPIRED:
        last_day, _restored_until, _fee = _days(domain)
        _tell("domain_expired", domain, f"{domain.expiry_date}", at, last_day=last_day)


def tell_of_transfer_away(event: AboutDomain, at: datetime, actor: Actor) -> None:
    """Another provider has it now."""
    _tell("domain_transferred_away", _domain(event), "", at)


def domain_redemption(*, domain: Domain, at: datetime) -> None:
    """It can only be restored now, for a fee."""
    _last_day, last_day, fee = _days(domain)
    more = {"last_day": last_day, "fee": fee}
    _tell("domain_redemption", domain, f"{domain.expiry_date}", at, **more)


def _days(domain: Domain) -> tuple[date, date, Money | None]:
    """The last days on which it can be renewed and restored, and what restoring costs; of 30 days if nobody knows."""
    assert domain.expiry_date is not None
    tld = Tld.objects.filter(tld=domain.tld).first() or Tld(tld=domain.tld)
    price = TldPrice.objects.filter(tld__tld=domain.tld, currency=domain.currency_id).first()
    renewable = domain.expiry_date + timedelta(days=tld.grace_days)
    fee = price.restore if price else None
    return (
        renewable,
        renewable + timedelta(days=tld.redemption_days),
        None if fee is None else Money(fee, domain.currency_id),
    )


def domain_expiring(*, domain: Domain, days_left: int, at: datetime, invoice_url: str = "") -> int:
    """30, 14, 7 and 1 days before it expires: ``days_left`` names the notice, which may be late after time off."""
    assert domain.expiry_date is not None
    return _tell(
        "domain_expiring",
        domain,
        f"{domain.expiry_date} {days_left}",
        at,
        days_left=(domain.expiry_date - business_date(at)).days,
        auto_renew=domain.auto_renew,
        invoice_url=invoice_url,
    )
