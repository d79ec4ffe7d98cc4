"""The journal of issued documents, for whoever keeps the books: each at each of its tax rates (backoffice.md 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CreditNote, CreditNoteTaxGroup, Invoice, TaxGroup
from commerce.billing.tax.accounting import at_kept_rate, books_currency, rate_to_books
from commerce.catalog.exchange_rates.rules import decimal_text
from commerce.catalog.queries import currencies_by_code
from commerce.kit.money import Money, allocate

_ROWS_AT_ONCE = 500
_NOT_READ = ("seller", "terms", "footer", "notes")


@dataclass(frozen=True, slots=True)
class AmountInBooks:
    """Net and tax of a row in the currency of the books, at a ``rate`` (a decimal as text) of a day.

    A document in that currency has no rate.
    """

    net: Money
    tax: Money
    rate: str = ""
    rate_day: str = ""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One tax rate of one document, in thousandths of a percent; amounts of credit notes are below 0.

    The buyer is that of the invoice, as it was issued. ``in_books`` is None where no rate is known.
    """

    document: Invoice | CreditNote
    invoice: Invoice
    country: str
    vat_number: str
    buyer: str
    case: str
    category: str
    rate_milli: int
    net: Money
    tax: Money
    in_books: AmountInBooks | None

    @property
    def is_credit_note(self) -> bool:
        return isinstance(self.document, CreditNote)

    @property
    def paid_at(self) -> datetime | None:
        """When the invoice was paid; a credit note never is."""
        return None if self.is_credit_note else self.invoice.paid_at


def journal_pages(
    first: date, last: date, *, only_converted: bool = False
) -> Iterator[list[JournalRow]]:
    """Invoices, then credit notes, issued from ``first`` to ``last``, in the order of issue, some hundred at once.

    ``only_converted``: without those in the currency of the books.
    """
    converter = _Converter(last)
    span = {"issue_date__gte": first, "issue_date__lte": last}
    same = {"currency": converter.books} if only_converted else {"pk": None}
    invoices = Invoice.objects.exclude(status=InvoiceStatus.DRAFT).filter(**span).exclude(**same)
    of_invoices = Prefetch("tax_groups", TaxGroup.objects.order_by("pk"))
    for page in _pages(invoices.defer(*_NOT_READ).prefetch_related(of_invoices)):
        yield [row for one in page for row in _rows(one, one, converter)]
    notes = (
        CreditNote.objects.filter(**span)
        .exclude(**same)
        .select_related("invoice")
        .defer("seller", "footer")
    )
    of_notes = Prefetch("tax_groups", CreditNoteTaxGroup.objects.order_by("pk"))
    for page in _pages(notes.prefetch_related(of_notes)):
        yield [row for one in page for row in _rows(one, one.invoice, converter)]


def _pages(rows: "QuerySet[Any]") -> Iterator[list[Any]]:
    page: list[Any] = []
    for row in rows.order_by("issue_date", "pk").iterator(_ROWS_AT_ONCE):
        page.append(row)
        if len(page) == _ROWS_AT_ONCE:
            yield page
            page = []
    yield page


def _rows(
    document: Invoice | CreditNote, invoice: Invoice, converter: "_Converter"
) -> Iterator[JournalRow]:
    sign = -1 if isinstance(document, CreditNote) else 1
    code, buyer = document.currency_id, invoice.buyer
    groups: list[Any] = list(document.tax_groups.all())
    converted = converter.of(document, invoice, groups)
    for group, (net, tax) in zip(groups, converted.amounts, strict=True):
        books = converted.books
        yield JournalRow(
            document,
            invoice,
            buyer.get("country") or "",
            buyer.get("tax_id") or "",
            buyer.get("company") or buyer.get("name") or "",
            invoice.tax_evidence.get("case") or "",
            group.category,
            group.rate_milli,
            Money(sign * group.net, code),
            Money(sign * group.tax, code),
            AmountInBooks(
                Money(sign * net, books),
                Money(sign * tax, books),
                converted.rate,
                converted.rate_day,
            )
            if books
            else None,
        )


@dataclass(frozen=True, slots=True)
class _Converted:
    """Net and tax of each group of a document in the currency of the ``books``: none where no rate is known."""

    amounts: list[tuple[int, int]]
    books: str = ""
    rate: str = ""
    rate_day: str = ""


class _Converter:
    """What documents are in the currency of the books: by the rate that they say themselves.

    One without tax says none; it is converted at the rate of ``day``, if there is one.
    """

    def __init__(self, day: date) -> None:
        self.day = day
        self.currencies = currencies_by_code()
        self.books = books_currency(self.currencies)
        self.rates: dict[str, dict[str, str]] = {}

    def of(self, document: Invoice | CreditNote, invoice: Invoice, groups: list[Any]) -> _Converted:
        code = document.currency_id
        kept = invoice.accounting_tax
        if not kept and code == self.books:
            return _Converted([(one.net, one.tax) for one in groups], self.books)
        if not kept and not invoice.missing_tax_currency:
            kept = self._rate_of_day(code)
        if not kept:
            return _Converted([(0, 0)] * len(groups))
        said = document.accounting_tax.get("amount", 0)
        taxes = allocate(said, [one.tax for one in groups])
        nets = [at_kept_rate(one.net, code, kept) for one in groups]
        amounts = list(zip(nets, taxes, strict=True))
        return _Converted(amounts, kept["currency"], kept["rate"], kept["date"])

    def _rate_of_day(self, code: str) -> dict[str, str]:
        if code not in self.rates:
            known = rate_to_books(code, self.currencies, self.day)
            worth = known.rate.worth if known.is_usable else None
            day = (known.rate.day or self.day).isoformat()
            rate = decimal_text(worth) if worth is not None else ""
            self.rates[code] = {"currency": self.books, "rate": rate, "date": day} if rate else {}
        return self.rates[code]
