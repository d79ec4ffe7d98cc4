"""What was invoiced, and what sold best (backoffice.md 6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from commerce.billing.invoices.rules import InvoiceKind, InvoiceLineKind, InvoiceStatus
from commerce.billing.models import CreditNote, Invoice, InvoiceLine, InvoiceSubject
from commerce.catalog.models import Product
from commerce.site_settings import current


@dataclass(slots=True)
class InvoicedMonth:
    """Net amounts of one month in one currency, in minor units: of invoices by their issue date, and credit notes."""

    invoiced: int = 0
    credited: int = 0

    @property
    def net(self) -> int:
        return self.invoiced - self.credited


def invoiced_by_month(first: date, after: date) -> dict[str, dict[date, InvoicedMonth]]:
    """By currency and the first day of each month, of documents issued from ``first`` and before ``after``."""
    found: defaultdict[str, defaultdict[date, InvoicedMonth]] = defaultdict(
        lambda: defaultdict(InvoicedMonth)
    )
    issued = Invoice.objects.filter(issue_date__gte=first, issue_date__lt=after)
    issued = issued.exclude(status=InvoiceStatus.DRAFT)
    credited = CreditNote.objects.filter(issue_date__gte=first, issue_date__lt=after)
    for rows, name in ((issued, "invoiced"), (credited, "credited")):
        sums = rows.order_by().annotate(month=TruncMonth("issue_date"))
        for code, month, net in sums.values_list("currency_id", "month").annotate(Sum("subtotal")):
            setattr(found[code][month], name, net)
    return {code: dict(found[code]) for code in sorted(found)}


class ProductSales(NamedTuple):
    """What one product sold in one currency: net amounts of lines of paid invoices, in minor units, and the lines."""

    product_id: int
    name: str
    amount: int
    lines: int


def top_products(first: date, last: date, limit: int = 10) -> dict[str, list[ProductSales]]:
    """By currency, the products that sold most on invoices that were paid from ``first`` to ``last``.

    A line is that of a product by the service whose first or next period, setup, option, discount or change it bills.
    Names of domains, late fees and what staff typed are no products.
    """
    paid = Q(invoice__status=InvoiceStatus.PAID) & Q(
        invoice__paid_at__gte=current.start_of_business_date(first),
        invoice__paid_at__lt=current.start_of_business_date(last + timedelta(days=1)),
    )
    sums: defaultdict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for code, product, amount, lines in (*_of_periods(paid), *_of_changes(paid), *_of_orders(paid)):
        sums[code, product][0] += amount
        sums[code, product][1] += lines
    names = dict(Product.objects.values_list("pk", "name"))
    found: defaultdict[str, list[ProductSales]] = defaultdict(list)
    for (code, product), (amount, lines) in sums.items():
        found[code].append(ProductSales(product, names[product], amount, lines))
    return {
        code: sorted(found[code], key=lambda one: (-one.amount, one.product_id))[:limit]
        for code in sorted(found)
    }


type _Sale = tuple[str, int, int, int]


def _of_periods(paid: Q) -> Iterable[_Sale]:
    rows = InvoiceLine.objects.filter(paid, billed_period__service__isnull=False).order_by()
    columns = rows.values_list("invoice__currency_id", "billed_period__service__product_id")
    return columns.annotate(Sum("amount"), Count("pk"))


def _of_changes(paid: Q) -> Iterable[_Sale]:
    """A plan change is invoiced alone: all lines are its service's."""
    rows = InvoiceLine.objects.filter(paid, invoice__kind=InvoiceKind.PLAN_CHANGE).order_by()
    product = "invoice__subjects__service__product_id"
    columns = rows.filter(**{f"{product}__isnull": False}).values_list(
        "invoice__currency_id", product
    )
    return columns.annotate(Sum("amount"), Count("pk"))


def _of_orders(paid: Q) -> Iterator[_Sale]:
    """The lines of an order stand in the order of its items; a setup fee is of the item whose lines are before it."""
    orders = paid & Q(invoice__kind=InvoiceKind.ORDER)
    subjects = InvoiceSubject.objects.filter(orders, shares__isnull=False)
    products: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for invoice, product, shares in subjects.values_list(
        "invoice_id", "service__product_id", "shares"
    ):
        for position, _share in shares or ():
            products[invoice][position] = product
    lines = InvoiceLine.objects.filter(orders).exclude(kind=InvoiceLineKind.DOMAIN)
    columns = ("invoice_id", "invoice__currency_id", "position", "kind", "amount")
    for invoice, code, position, kind, amount in lines.values_list(*columns).iterator():
        known = products[invoice]
        before = (one for one in known if one < position)
        at = max(before, default=0) if kind == InvoiceLineKind.SETUP else position
        if at in known:
            yield code, known[at], amount, 1
