"""Services and domains that are re-priced, for tests."""

from datetime import datetime
from typing import Any

from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.changes.price_changes.repricing import RepricingResult
from commerce.billing.models import Invoice, PriceChange
from commerce.billing.periods.actions.renewals import renew_services
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests.make.nameservers import give_nameservers
from tests.make.people import AT
from tests.make.records import make_payment, make_service


def set_product_price(
    product: Product, price: int, cycle: str = "monthly", code: str = "EUR"
) -> None:
    """What a product costs from now on, for new orders."""
    set_price(
        product=product,
        currency_code=code,
        billing_cycle=cycle,
        price=price,
        ctx=Context(AT, SYSTEM),
    )


def make_service_with_dearer_product(price: int = 900, **over: Any) -> Service:
    """An active service at 5.00 whose product costs another price by now."""
    service = make_service(**over)
    set_product_price(service.product, price, service.billing_cycle, service.currency_id)
    return service


def reprice(item: Service | Domain, at: datetime = AT, **over: Any) -> RepricingResult:
    """What a re-price did with one service or domain."""
    noun = "services" if isinstance(item, Service) else "domains"
    which: dict[str, Any] = {noun: [item.pk]}
    [found] = reprice_client(client_id=item.client_id, ctx=Context(at, SYSTEM), **which, **over)
    return found


def announce_price_change(item: Service | Domain, **over: Any) -> PriceChange:
    """The change that a re-price announced."""
    found = reprice(item, **over)
    assert not found.blocked_reason
    return item.price_changes.get(status="planned")


def renew_and_pay(service: Service, at: datetime) -> Invoice:
    """The invoice of the next period, which is paid at once."""
    [made] = renew_services(
        client_id=service.client_id, day=at.date(), ctx=Context(at, SYSTEM)
    ).invoices
    invoice = Invoice.objects.get(pk=made)
    make_payment(invoice, at=at)
    return invoice


def price_mails(event: str = "price_changed") -> list[OutgoingMail]:
    """The mails of an event about prices."""
    return list(OutgoingMail.objects.filter(event=event).order_by("pk"))


def make_tld(tld: str = "example", renew_price: int | None = 1500) -> None:
    """A TLD with its price of a renewal by the year."""
    give_nameservers()
    row = set_tld(tld=tld, ctx=Context(AT, SYSTEM))
    set_tld_price(
        tld=row, currency_code="EUR", register=900, renew=renew_price, ctx=Context(AT, SYSTEM)
    )
