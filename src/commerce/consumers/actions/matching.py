"""Which contract a statement is about, by the words and the address that somebody typed. A guess changes nothing.

It is made by a job, after the receipt: what was found can be told neither from the answer nor from its time.
"""

import re

from django.db.models import Q
from django.db.models.functions import Lower

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.consumers.models import ConsumerStatement
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.kit import ids
from commerce.orders.models import Order
from commerce.presentation.idn import stored_name

type Contract = Service | Domain

MAX_WORDS = 50


def match_contract(statement: ConsumerStatement) -> tuple[Client | None, Contract | None]:
    """The client whom the words name, or else the address; and the one contract of theirs that the words name."""
    words = list(dict.fromkeys(re.findall(r"[\w][\w./#-]*", statement.contract)))[:MAX_WORDS]
    names = {stored_name(word.rstrip(".")) for word in words if "." in word}
    numbers = {word.rstrip(".").upper() for word in words if any(one.isdigit() for one in word)}
    contracts: dict[tuple[str, int], Contract] = {}
    for found in (*_by_name(names), *_by_number(numbers)):
        contracts[type(found).__name__, found.pk] = found
    clients = {found.client_id for found in contracts.values()} | _owners_of(numbers)
    if len(clients) != 1:
        by_email = _by_email(statement.email)
        clients = clients & by_email if clients else by_email
    if len(clients) != 1:
        return None, None
    own = [found for found in contracts.values() if found.client_id in clients]
    client = Client.objects.get(pk=next(iter(clients)))
    return client, own[0] if len(own) == 1 else None


def _by_name(names: set[str]) -> list[Contract]:
    domains = Domain.objects.filter(domain_name__in=names).order_by("-pk")
    services = Service.objects.filter(domain__in=names, status__in=LIVE_SERVICE_STATUSES)
    # A name that is hosted here, too, names the hosting as well: the words do not say which of the two.
    return [*domains[:5], *services.order_by("pk")[:5]]


def _by_number(numbers: set[str]) -> list[Contract]:
    """The contracts of invoices and orders that the words name."""
    found: list[Contract] = []
    invoices = Invoice.objects.filter(number__in=numbers, issued_at__isnull=False)
    orders = _orders(numbers)
    services = Service.objects.filter(
        Q(invoice_subjects__invoice__in=invoices) | Q(order_unit__item__order__in=orders)
    )
    domains = Domain.objects.filter(
        Q(invoice_subjects__invoice__in=invoices) | Q(order_unit__item__order__in=orders)
    )
    found += services.distinct().order_by("pk")[:5]
    found += domains.distinct().order_by("pk")[:5]
    return found


def _orders(numbers: set[str]) -> list[int]:
    wanted = {int(number[4:]) for number in numbers if re.fullmatch(r"ORD-[0-9]{1,12}", number)}
    orders = Order.objects.filter(pk__in=wanted)
    return [order.pk for order in orders if ids.order_number(order.pk) in numbers]


def _owners_of(numbers: set[str]) -> set[int]:
    invoices = Invoice.objects.filter(number__in=numbers, issued_at__isnull=False)
    orders = Order.objects.filter(pk__in=_orders(numbers))
    return {
        *invoices.values_list("client_id", flat=True),
        *orders.values_list("client_id", flat=True),
    }


def _by_email(email: str) -> set[int]:
    """Clients with this billing address, and those of whom a user with it is a member."""
    if not email:
        return set()
    rows = Client.objects.alias(billing=Lower("email"), own=Lower("memberships__user__email"))
    of_address = Q(billing=email.lower()) | Q(own=email.lower())
    return set(rows.filter(of_address).values_list("pk", flat=True)[:5])
