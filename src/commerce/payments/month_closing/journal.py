"""The journals of a span as rows of files: documents with what paid them, and money that came and went."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from commerce.accounts.records.clients import client_title
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import Invoice
from commerce.billing.reports.journal import JournalRow, journal_pages
from commerce.billing.reports.taxes import tax_by_country
from commerce.kit.money import Money
from commerce.payments.models import Payment, PaymentShare
from commerce.payments.revenue import money_gone
from commerce.site_settings import current

type FileRow = Sequence[str]

CREDIT = "credit"
"""What is said in place of a method where credit paid."""
DOCUMENT_HEADS = (
    "number kind issued_on due_on client_id client country vat_number treatment category rate net tax gross currency"
    " exchange_rate exchange_rate_date books_net books_tax books_gross books_currency invoice paid_on method"
).split()
PAYMENT_HEADS = (
    "kind booked_on received_on payment_id client_id client amount fee currency gateway method transaction_id invoices"
).split()
TAX_HEADS = (
    "country treatment category rate currency invoiced_net invoiced_tax credited_net credited_tax net tax"
).split()
_ROWS_AT_ONCE = 500


type DocumentValue = str | int | date | Money | None


def document_rows(first: date, last: date) -> Iterator[FileRow]:
    """``document_values`` as a file has them."""
    return ([_text(value) for value in row] for row in document_values(first, last))


def document_values(first: date, last: date) -> Iterator[list[DocumentValue]]:
    """Each invoice and credit note that was issued, at each of its tax rates, by ``DOCUMENT_HEADS``; amounts of credit
    notes are below 0.
    """
    for page in journal_pages(first, last):
        methods = _methods_of({row.invoice for row in page if row.paid_at})
        for row in page:
            yield _values(row, methods.get(row.invoice.pk, []))


def _values(row: JournalRow, methods: Collection[str]) -> list[DocumentValue]:
    document, books = row.document, row.in_books
    paid = row.paid_at
    return [
        document.number,
        "credit_note" if row.is_credit_note else "invoice",
        document.issue_date,
        document.due_date if isinstance(document, Invoice) else None,
        document.client_id,
        row.buyer,
        row.country,
        row.vat_number,
        row.case,
        row.category,
        _percent(row.rate_milli),
        *(row.net, row.tax, row.net + row.tax),
        document.currency_id,
        *((books.rate, books.rate_day) if books else ("", "")),
        *((books.net, books.tax, books.net + books.tax) if books else (None, None, None)),
        books.net.currency if books else "",
        row.invoice.number if row.is_credit_note else None,
        current.business_date(paid) if paid else None,
        " ".join(methods) if paid else "",
    ]


def _percent(milli: int) -> str:
    return f"{Decimal(milli).scaleb(-3).normalize():f}"


def _text(value: DocumentValue) -> str:
    if isinstance(value, Money):
        return f"{value.decimal():f}"
    return "" if value is None else str(value)


def _methods_of(invoices: Collection[Invoice]) -> Mapping[int, list[str]]:
    """How each of these was paid: methods that staff recorded, gateways, and credit."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    ids = [one.pk for one in invoices]
    whole = Payment.objects.booked().filter(invoice__in=ids).order_by("pk")
    rows = [*whole.values_list("invoice_id", "method", "gateway")]
    shares = PaymentShare.objects.filter(invoice__in=ids).order_by("pk")
    rows += shares.values_list("invoice_id", "payment__method", "payment__gateway")
    for invoice_id, method, gateway in rows:
        if invoice_id is not None and (method or gateway) not in found[invoice_id]:
            found[invoice_id].append(method or gateway)
    for invoice in invoices:
        if invoice.credit_applied:
            found[invoice.pk].append(CREDIT)
    return found


def payment_rows(first: date, last: date) -> Iterator[FileRow]:
    """Payments by the day on which they count, then what went back: together the revenue of the span."""
    after = last + timedelta(days=1)
    booked = Payment.objects.in_books(first, after).order_by("received_on", "pk")
    for payment in _with_invoices(booked).iterator(_ROWS_AT_ONCE):
        yield _payment_row("payment", payment, payment.day_in_books, payment.amount, payment.fee)
    gone = sorted(money_gone(first, after), key=lambda one: (one.at, one.payment_id))
    for begin in range(0, len(gone), _ROWS_AT_ONCE):
        page = gone[begin : begin + _ROWS_AT_ONCE]
        of = _with_invoices(Payment.objects.all()).in_bulk({one.payment_id for one in page})
        for one in page:
            day = current.business_date(one.at)
            kind = SettlementKind.REVERSAL if one.is_reversal else SettlementKind.REFUND
            yield _payment_row(kind, of[one.payment_id], day, -one.amount, 0)


def _with_invoices(rows: "QuerySet[Payment]") -> "QuerySet[Payment]":
    return rows.select_related("client", "invoice", "plan_change__invoice").prefetch_related(
        "shares__invoice"
    )


def _payment_row(kind: str, payment: Payment, day: date, amount: int, fee: int) -> FileRow:
    code = payment.currency_id
    return [
        kind,
        str(day),
        str(payment.received_on),
        str(payment.pk),
        str(payment.client_id),
        client_title(payment.client),
        f"{Money(amount, code).decimal():f}",
        f"{Money(fee, code).decimal():f}",
        code,
        payment.gateway,
        payment.method,
        payment.transaction_id,
        " ".join(str(one.number) for one in _invoices_of(payment)),
    ]


def _invoices_of(payment: Payment) -> Iterable[Invoice]:
    if payment.invoice is not None:
        return [payment.invoice]
    return [share.invoice for share in payment.shares.all()]


def tax_rows(first: date, last: date) -> Iterator[FileRow]:
    """The tax report of the span: documents in their own currency, by country, treatment, category and rate."""
    for key, sums in tax_by_country(first, last).items():
        amounts = (
            *(sums.invoiced_net, sums.invoiced_tax, sums.credited_net, sums.credited_tax),
            *(sums.net, sums.tax),
        )
        yield [
            key.country,
            key.case,
            key.category,
            _percent(key.rate_milli),
            key.currency_code,
            *(f"{Money(amount, key.currency_code).decimal():f}" for amount in amounts),
        ]
