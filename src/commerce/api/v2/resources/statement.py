"""``GET /statement``: what the client owed and had at both ends of a span, and each move between, also as a PDF."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated

import msgspec
from django.utils import translation
from msgspec import Meta, Struct

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ProblemPart
from commerce.api.v1.field_types import CurrencyCode, Day
from commerce.api.v2.reading.files import RecordFile, ReportRoute
from commerce.api.v2.reading.filters import DayFilter
from commerce.api.v2.reading.params import parameter_problem
from commerce.api.v2.resources.invoices import INVOICES
from commerce.billing.documents.statement_pdf import statement_pdf
from commerce.billing.invoices.statement import StatementLedger, account_statement
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.site_settings.current import business_date


def _amount(words: str, example: int) -> Meta:
    return Meta(description=f"{words}, in minor units.", examples=[example])


class StatementEntry(Struct, frozen=True):
    """One move: an invoice, a payment of it, or what was done with credit."""

    day: Annotated[Day, Meta(description="The day that it counts for.")]
    label: Annotated[str, Meta(description="What it is, in words.", examples=["Invoice"])]
    number: Annotated[
        str | None,
        Meta(description="The document that it is about.", examples=["INV-2026-0305"]),
    ]
    amount: Annotated[int, _amount("What it adds; below 0 what it takes away", 2352)]
    balance: Annotated[int, _amount("What there is after it", 2352)]


class StatementSide(Struct, frozen=True):
    """One of two ledgers: what was there before, each move, and what is there at the end."""

    opening: Annotated[int, _amount("What there was before the first day", 0)]
    entries: Annotated[list[StatementEntry], Meta(description="The moves, the earliest first.")]
    closing: Annotated[int, _amount("What there is after the last day", 2352)]


class StatementOfCurrency(Struct, frozen=True):
    """What was owed and had in a currency."""

    currency_code: CurrencyCode
    owed: Annotated[StatementSide, Meta(description="What is left to pay of all invoices.")]
    credit: Annotated[StatementSide, Meta(description="The credit balance.")]


class AccountStatement(Struct, frozen=True):
    """A statement of account."""

    first_day: Annotated[
        Day | None, Meta(description="The first day; null for all from the beginning.")
    ]
    last_day: Annotated[Day, Meta(description="The last day.")]
    currencies: Annotated[
        list[StatementOfCurrency],
        Meta(description="One for each currency in which there was something."),
    ]


class AccountStatementReply(Struct, frozen=True):
    """A statement as it is sent."""

    data: Annotated[AccountStatement, Meta(description="The statement.")]


def _span(values: Mapping[str, str]) -> tuple[date | None, date]:
    """The first and the last day; raises ``ApiProblem`` 400 for a span that ends before it begins."""
    today = business_date(clock.now())
    first = date.fromisoformat(values["first_day"]) if "first_day" in values else None
    last = min(date.fromisoformat(values.get("last_day", str(today))), today)
    if first is not None and first > last:
        text = "first_day: It must not be after the last day, or in the future."
        raise parameter_problem([ProblemPart("parameter", "first_day", "not_valid", text)])
    return first, last


def _too_long(error: BusinessError) -> Exception:
    return parameter_problem([ProblemPart("parameter", "first_day", error.code, str(error))])


def _side(ledger: StatementLedger) -> StatementSide:
    rows = [
        StatementEntry(row.day, row.label, row.number or None, row.amount, balance)
        for row, balance in ledger.rows
    ]
    return StatementSide(ledger.opening, rows, ledger.closing)


def _in_json(caller: ApiCaller, values: Mapping[str, str]) -> RecordFile:
    first, last = _span(values)
    client = Client.objects.for_client(caller.client_id).get()
    try:
        with translation.override("en"):
            blocks = account_statement(client, first, last)
    except BusinessError as error:
        raise _too_long(error) from error
    found = [
        StatementOfCurrency(one.currency, _side(one.owed), _side(one.credit)) for one in blocks
    ]
    body = msgspec.json.encode(AccountStatementReply(AccountStatement(first, last, found)))
    return RecordFile("", sha256(body).hexdigest(), lambda: body)


def _as_pdf(caller: ApiCaller, values: Mapping[str, str]) -> RecordFile:
    first, last = _span(values)
    client = Client.objects.for_client(caller.client_id).get()
    locale = effective_language(client.locale)
    try:
        made = statement_pdf(client, first=first, last=last, at=clock.now(), locale=locale)
    except BusinessError as error:
        raise _too_long(error) from error
    return RecordFile(f"statement-{last}.pdf", sha256(made).hexdigest(), lambda: made)


_SPAN = {
    "first_day": DayFilter("", "The first day; without it from the beginning.", "gte"),
    "last_day": DayFilter("", "The last day; without it, or in the future, today.", "lt"),
}
_MONTH = {"first_day": "2026-04-01", "last_day": "2026-04-30"}
_ENTRIES = [
    StatementEntry(date(2026, 4, 8), "Invoice", "INV-2026-0305", 2352, 2352),
    StatementEntry(date(2026, 4, 9), "Payment", "INV-2026-0305", -2352, 0),
]
_EXAMPLE = AccountStatement(
    date(2026, 4, 1),
    date(2026, 4, 30),
    [StatementOfCurrency("GBP", StatementSide(0, _ENTRIES, 0), StatementSide(0, [], 0))],
)

STATEMENTS = (
    ReportRoute(
        path="/api/v2/statement",
        resource=INVOICES,
        content_type="application/json",
        name="Statement",
        summary="Read a statement of account",
        about="What was owed and had at both ends of a span, and each move between. A span with more than 2,000 moves "
        "is refused: take a shorter one. Twenty a minute for each account.",
        params=_SPAN,
        example_params=_MONTH,
        make=_in_json,
        example=AccountStatementReply(_EXAMPLE),
    ),
    ReportRoute(
        path="/api/v2/statement/pdf",
        resource=INVOICES,
        content_type="application/pdf",
        name="StatementPdf",
        summary="Read a statement of account as a PDF",
        about="The same as a PDF, in the language of the account. Twenty a minute for each account.",
        params=_SPAN,
        example_params=_MONTH,
        make=_as_pdf,
    ),
)
"""The statement in its two forms."""
