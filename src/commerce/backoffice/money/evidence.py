"""What an invoice knows of where its client is: on its page, and in the file of the list (billing.md 5.2)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.backoffice.base.pages import Text
from commerce.backoffice.lists.columns import Column
from commerce.billing.models import Invoice
from commerce.payments.rules import PaymentStatus
from commerce.presentation.countries import country_name
from commerce.presentation.formats import format_instant

RELATED = ("payments", "payment_shares__payment")
"""What the columns read of many invoices."""

_NEVER_COUNTED = (PaymentStatus.PENDING, PaymentStatus.FAILED)

type _Countries = Callable[[Invoice], Sequence[str]]


def _kept(key: str) -> _Countries:
    return lambda invoice: [invoice.tax_evidence.get(key, "")]


def _of_cards(invoice: Invoice) -> list[str]:
    """Of all money that ever counted, for it alone or among others."""
    paid = [*invoice.payments.all(), *(share.payment for share in invoice.payment_shares.all())]
    return sorted({one.card_country for one in paid if one.status not in _NEVER_COUNTED} - {""})


def _countries(label: Text, countries: _Countries) -> Column:
    """In words on a page, with what contradicts the billing address, and as codes in a file."""
    return Column(
        label,
        lambda invoice: ", ".join(_in_words(one, invoice) for one in countries(invoice)),
        export=lambda invoice: ", ".join(countries(invoice)),
    )


def _in_words(country: str, invoice: Invoice) -> str:
    billed = invoice.tax_evidence.get("billing_country", "")
    name = country_name(country)
    if country and billed and country != billed:
        return _("%(country)s (not the billing country)") % {"country": name}
    return name


def _vat_check(invoice: Invoice, when: Callable[[datetime], str]) -> str:
    """The number, what was answered about it, when, and under which number of theirs."""
    vat: dict[str, Any] = invoice.tax_evidence.get("vat", {})
    checked = vat.get("checked_at", "")
    at = when(datetime.fromisoformat(checked)) if checked else ""
    said = (vat.get("number"), vat.get("answer"), at, vat.get("consultation_number"))
    return ", ".join(filter(None, said))


EVIDENCE = (
    _countries(gettext_lazy("Billing address"), _kept("billing_country")),
    _countries(gettext_lazy("IP address of the order"), _kept("network_country")),
    _countries(gettext_lazy("Card that paid"), _of_cards),
    Column(
        gettext_lazy("VAT check"),
        lambda invoice: _vat_check(invoice, format_instant),
        export=lambda invoice: _vat_check(invoice, datetime.isoformat),
    ),
)
"""Two countries that agree are what the law asks for of a consumer in the EU."""
