"""How much there is that the checks look at: of an empty database they hold as well."""

from django.db.models import Sum

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.hosting.models import Service
from commerce.payments.models import Payment
from commerce.presentation.amounts import format_money


def books_in_words(*, using: str = "default") -> str:
    """Clients, services, invoices and payments with their sums by currency, as ``3 clients, 12 invoices (€59.00)``."""
    counts = {
        "client": Client.objects.using(using).count(),
        "service": Service.objects.using(using).count(),
    }
    words = [_counted(number, noun) for noun, number in counts.items()]
    for noun, rows, field in (
        ("invoice", Invoice.objects.using(using), "total"),
        ("payment", Payment.objects.using(using), "amount"),
    ):
        sums = dict(
            rows.values_list("currency_id").annotate(sum=Sum(field)).order_by("currency_id")
        )
        text = ", ".join(format_money(int(amount), code) for code, amount in sums.items())
        words.append(_counted(rows.count(), noun) + (f" ({text})" if text else ""))
    return ", ".join(words)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
