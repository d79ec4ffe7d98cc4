"""What was invoiced, and what sold best (backoffice.md 6)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CreditNote, Invoice, InvoiceLine
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

    Each line says which product it billed. Names of domains, late fees and what staff typed are no products.
    """
    paid = InvoiceLine.objects.filter(
        invoice__status=InvoiceStatus.PAID,
        invoice__paid_at__gte=current.start_of_business_date(first),
        invoice__paid_at__lt=current.start_of_business_date(last + timedelta(days=1)),
        product__isnull=False,
    ).order_by()
    sums = paid.values_list("invoice__currency_id", "product_id")
    names = dict(Product.objects.values_list("pk", "name"))
    found: defaultdict[str, list[ProductSales]] = defaultdict(list)
    for code, product, amount, lines in sums.annotate(Sum("amount"), Count("pk")):
        found[code].append(ProductSales(product, names[product], amount, lines))
    return {
        code: sorted(found[code], key=lambda one: (-one.amount, one.product_id))[:limit]
        for code in sorted(found)
    }
