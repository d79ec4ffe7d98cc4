"""Tax for returns: by country, rate and category, the reverse charge list, and one-stop sums (backoffice.md 6).

Days are issue dates. Who the buyer was and why tax was as it is, each document says as it was issued.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform

from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CreditNoteTaxGroup, TaxGroup

REVERSE_CHARGE_CATEGORY = "AE"
ONE_STOP_CASE = "eu_destination"
"""The case of ``determine_taxation`` in which tax is that of the buyer's country, another one in the EU."""


class TaxKey(NamedTuple):
    """What a row of the tax report is about; ``rate_milli`` is thousandths of a percent."""

    country: str
    currency_code: str
    category: str
    rate_milli: int


class ReverseChargeKey(NamedTuple):
    """A buyer who owes the tax himself, as the documents name him."""

    country: str
    vat_number: str
    name: str
    currency_code: str


@dataclass(slots=True)
class TaxSums:
    """Net and tax of invoices and, apart from them, of credit notes, in minor units; both are positive."""

    invoices: int = 0
    invoiced_net: int = 0
    invoiced_tax: int = 0
    credit_notes: int = 0
    credited_net: int = 0
    credited_tax: int = 0

    @property
    def net(self) -> int:
        return self.invoiced_net - self.credited_net

    @property
    def tax(self) -> int:
        return self.invoiced_tax - self.credited_tax


class _Documents(NamedTuple):
    """The tax groups of one kind of document: the way to it, to its invoice, and where its sums go."""

    rows: QuerySet[Any]
    document: str
    invoice: str
    names: tuple[str, str, str]


def _documents(first: date, last: date) -> list[_Documents]:
    invoices = TaxGroup.objects.exclude(invoice__status=InvoiceStatus.DRAFT)
    invoices = invoices.filter(invoice__issue_date__gte=first, invoice__issue_date__lte=last)
    notes = CreditNoteTaxGroup.objects.filter(
        credit_note__issue_date__gte=first, credit_note__issue_date__lte=last
    )
    return [
        _Documents(invoices, "invoice", "invoice", ("invoices", "invoiced_net", "invoiced_tax")),
        _Documents(
            notes,
            "credit_note",
            "credit_note__invoice",
            ("credit_notes", "credited_net", "credited_tax"),
        ),
    ]


def tax_by_country(first: date, last: date) -> dict[TaxKey, TaxSums]:
    """What was issued from ``first`` to ``last``, in the order of country, currency, category and rate."""
    return _by_country(_documents(first, last))


def one_stop_sums(first: date, last: date) -> dict[TaxKey, TaxSums]:
    """What a return to the one-stop shop reports: what bore the tax of a buyer's country in the EU that isn't ours."""
    return _by_country(
        [
            part._replace(
                rows=part.rows.filter(
                    Q(rate_milli__gt=0),
                    **{f"{part.invoice}__tax_evidence__case": ONE_STOP_CASE},
                )
            )
            for part in _documents(first, last)
        ]
    )


def _by_country(parts: list[_Documents]) -> dict[TaxKey, TaxSums]:
    found: defaultdict[TaxKey, TaxSums] = defaultdict(TaxSums)
    for rows, document, _invoice, names in parts:
        keys = (_of_buyer(document, "country"), F(f"{document}__currency_id"))
        grouped = rows.order_by().values_list(*keys, "category", "rate_milli")
        for *key, count, net, tax in grouped.annotate(Count("pk"), Sum("net"), Sum("tax")):
            _put(found[TaxKey(key[0] or "", *key[1:])], names, count, net, tax)
    return dict(sorted(found.items()))


def reverse_charge_list(first: date, last: date) -> dict[ReverseChargeKey, TaxSums]:
    """What each buyer who owes the tax himself was invoiced and credited, from ``first`` to ``last``."""
    found: defaultdict[ReverseChargeKey, TaxSums] = defaultdict(TaxSums)
    for rows, document, _invoice, names in _documents(first, last):
        names_of_buyer = ("country", "tax_id", "company", "name")
        buyer = [_of_buyer(document, name) for name in names_of_buyer]
        grouped = rows.filter(category=REVERSE_CHARGE_CATEGORY).order_by()
        grouped = grouped.values_list(*buyer, f"{document}__currency_id")
        sums = grouped.annotate(Count("pk"), Sum("net"), Sum("tax"))
        for country, number, company, name, code, count, net, tax in sums:
            key = ReverseChargeKey(country or "", number or "", company or name or "", code)
            _put(found[key], names, count, net, tax)
    return dict(sorted(found.items()))


def _of_buyer(document: str, name: str) -> KeyTextTransform:
    """What a document says of its buyer."""
    return KeyTextTransform(name, F(f"{document}__buyer"))


def _put(sums: TaxSums, names: tuple[str, str, str], *values: int) -> None:
    for name, value in zip(names, values, strict=True):
        setattr(sums, name, getattr(sums, name) + value)
