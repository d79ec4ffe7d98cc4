"""The demo has the same rows on whatever day and in whatever time zone it is built."""

from django.db.models import Model

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.orders.models import Order
from commerce.payments.models import Payment

OWNERS = {
    "alice@example.com": "A",
    "charlie@example.com": "C",
    "dora@example.com": "D",
    "erik@example.com": "E",
    "frida@example.com": "F",
}

COUNTED = {
    "Client": 5,
    "Service": 63,
    "Invoice": 59,
    "Order": 18,
    "Domain": 15,
    "Payment": 47,
}

NUMBERED = (
    "Ao Do Ao Co Ao Ar Ao Ar Ar Am Ao Dm Ar Ad Ao Ar Eo Ar Ar Er Am Ar Co Er Ao Ar Cr Ar Er Ar Ao"
    " Ar Cr Cm Ar Er Am Co Cr Ar Cr Ad Ar Er Ad Ar Cr Ao Ar Er Ar Ao Ar Ar Cr Ao Ao Fo"
)
"""Whose invoices have which kind, in the order of their numbers."""


def counts() -> dict[str, int]:
    models: list[type[Model]] = [Client, Service, Invoice, Order, Domain, Payment]
    return {model.__name__: model._default_manager.count() for model in models}


def numbered() -> str:
    invoices = Invoice.objects.filter(client__email__in=OWNERS).exclude(number=None)
    pairs = invoices.order_by("pk").values_list("client__email", "kind")
    return " ".join(f"{OWNERS[email]}{kind[0]}" for email, kind in pairs)
