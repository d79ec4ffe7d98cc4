"""Tax for returns: by country, tax treatment, rate and category, and the reverse charge list (backoffice.md 6).

Days are issue dates. Who the buyer was and why tax was as it is, each invoice says as it was issued, for its credit
notes as well.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform

from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CreditNoteTaxGroup, TaxGroup

REVERSE_CHARGE_CATEGORY = "AE"


class TaxKey(NamedTuple):
    """What a row of the tax report is about; ``rate_milli`` is thousandths of a percent.

    ``case`` is that of ``determine_taxation``, empty where the invoice does not say it any more.
    """

    country: str
    case: str
    currency_code: str
    category: str
    rate_milli: int


class ReverseChargeKey(NamedTuple):
    """A buyer who owes the tax themselves, as the documents name them."""

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


class TaxedDocuments(NamedTuple):
    """The tax groups of one kind of document: the ways to it and to its invoice, and where its sums go."""

    rows: QuerySet[Any]
    document: str
    invoice: str
    names: tuple[str, str, str]

    def of_buyer(self, name: str) -> KeyTextTransform:
        """What the invoice says of its buyer."""
        return KeyTextTransform(name, F(f"{self.invoice}__buyer"))

    @property
    def case(self) -> KeyTextTransform:
        """Why the invoice was taxed as it was."""
        return KeyTextTransform("case", F(f"{self.invoice}__tax_evidence"))

    def add(self, sums: TaxSums, *found: int) -> None:
        """Add a number of tax groups, their net and their tax."""
        for name, value in zip(self.names, found, strict=True):
            setattr(sums, name, getattr(sums, name) + value)


def documents_issued(first: date, last: date) -> list[TaxedDocuments]:
    """The tax groups of invoices, and those of credit notes, that were issued from ``first`` to ``last``."""
    invoices = TaxGroup.objects.exclude(invoice__status=InvoiceStatus.DRAFT)
    invoices = invoices.filter(invoice__issue_date__gte=first, invoice__issue_date__lte=last)
    notes = CreditNoteTaxGroup.objects.filter(
        credit_note__issue_date__gte=first, credit_note__issue_date__lte=last
    )
    return [
        TaxedDocuments(
            invoices.order_by(),
            "invoice",
            "invoice",
            ("invoices", "invoiced_net", "invoiced_tax"),
        ),
        TaxedDocuments(
            notes.order_by(),
            "credit_note",
            "credit_note__invoice",
            ("credit_notes", "credited_net", "credited_tax"),
        ),
    ]


def tax_by_country(first: date, last: date) -> dict[TaxKey, TaxSums]:
    """What was issued from ``first`` to ``last``, in the order of country, treatment, currency, category and rate."""
    found: defaultdict[TaxKey, TaxSums] = defaultdict(TaxSums)
    for part in documents_issued(first, last):
        for key, *sums in _by_key(part):
            part.add(found[key], *sums)
    return dict(sorted(found.items()))


def _by_key(part: TaxedDocuments) -> Iterator[tuple[TaxKey, int, int, int]]:
    keys = (part.of_buyer("country"), part.case, F(f"{part.document}__currency_id"))
    grouped = part.rows.values_list(*keys, "category", "rate_milli")
    for country, case, *key, count, net, tax in grouped.annotate(
        Count("pk"), Sum("net"), Sum("tax")
    ):
        yield TaxKey(country or "", case or "", *key), count, net, tax


def reverse_charge_list(first: date, last: date) -> dict[ReverseChargeKey, TaxSums]:
    """What each buyer who owes the tax himself was invoiced and credited, from ``first`` to ``last``."""
    found: defaultdict[ReverseChargeKey, TaxSums] = defaultdict(TaxSums)
    for part in documents_issued(first, last):
        buyer = [part.of_buyer(name) for name in ("country", "tax_id", "company", "name")]
        grouped = part.rows.filter(category=REVERSE_CHARGE_CATEGORY)
        grouped = grouped.values_list(*buyer, f"{part.document}__currency_id")
        sums = grouped.annotate(Count("pk"), Sum("net"), Sum("tax"))
        for country, number, company, name, code, count, net, tax in sums:
            key = ReverseChargeKey(country or "", number or "", company or name or "", code)
            part.add(found[key], count, net, tax)
    return dict(sorted(found.items()))
