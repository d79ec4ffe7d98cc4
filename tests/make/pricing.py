"""Services and domains that are re-priced, for tests."""

from datetime import datetime
from typing import Any

from commerce.billing.actions import renew_client
from commerce.billing.actions.price_changes import reprice_client
from commerce.billing.models import Invoice, PriceChange
from commerce.billing.repricing import Repricing
from commerce.catalog import actions as catalog
from commerce.catalog.models import Product
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from commerce.mail.models import OutgoingMail
from tests.make.names import give_nameservers
from tests.make.people import AT
from tests.make.trade import make_payment, make_service


def priced(product: Product, price: int, cycle: str = "monthly", code: str = "EUR") -> None:
    """What a product costs from now on, for new orders."""
    catalog.set_price(
        product=product,
        currency_code=code,
        billing_cycle=cycle,
        price=price,
        at=AT,
        actor=SYSTEM,
    )


def dearer(price: int = 900, **over: Any) -> Service:
    """An active service at 5.00 whose product costs another price by now."""
    service = make_service(**over)
    priced(service.product, price, service.billing_cycle, service.currency_id)
    return service


def reprice(item: Service | Domain, at: datetime = AT, **over: Any) -> Repricing:
    """What a re-price did with one service or domain."""
    noun = "services" if isinstance(item, Service) else "domains"
    which: dict[str, Any] = {noun: [item.pk]}
    [found] = reprice_client(client_id=item.client_id, at=at, actor=SYSTEM, **which, **over)
    return found


def planned(item: Service | Domain, **over: Any) -> PriceChange:
    """The change that a re-price announced."""
    found = reprice(item, **over)
    assert not found.why_not
    return item.price_changes.get(status="planned")


def renewed(service: Service, at: datetime) -> Invoice:
    """The invoice of the next period, which is paid at once."""
    [made] = renew_client(client_id=service.client_id, day=at.date(), at=at, actor=SYSTEM).invoices
    invoice = Invoice.objects.get(pk=made)
    make_payment(invoice, at=at)
    return invoice


def told(event: str = "price_changed") -> list[OutgoingMail]:
    """The mails of an event about prices."""
    return list(OutgoingMail.objects.filter(event=event).order_by("pk"))


def sold(tld: str = "example", renew_price: int | None = 1500) -> None:
    """A TLD with its price of a renewal by the year."""
    give_nameservers()
    row = domains.set_tld(tld=tld, at=AT, actor=SYSTEM)
    domains.set_tld_price(
        tld=row, currency_code="EUR", register=900, renew=renew_price, at=AT, actor=SYSTEM
    )
