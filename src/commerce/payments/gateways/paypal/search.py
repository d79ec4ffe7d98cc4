"""The list of PayPal's transactions, which is some hours late, and which not every app may ask for."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from commerce.kit.remote.http import understood
from commerce.payments.gateways.contract import PaymentReport
from commerce.payments.gateways.listing import read_rows
from commerce.payments.gateways.paypal.money import from_money
from commerce.payments.gateways.paypal.responses import PayPalData, business_day
from commerce.payments.rules import PaymentReportKind

SEARCH = "/v1/reporting/transactions"
PERMISSION = "https://uri.paypal.com/services/reporting/search/read"
"""The scope of an access token that may ask for the list."""
PAGE = 500
_PAYMENTS = "T00"
"""How the codes of transactions begin that are payments to us, or by us."""


def listed_payments(
    ask: Callable[[str, str], dict[str, Any]], since: datetime, until: datetime
) -> Iterator[PaymentReport]:
    """What was paid to us, page by page; the attempt is named in place of its order."""
    page = pages = 1
    while page <= pages:
        rows, pages = _page(ask, since, until, page)
        yield from read_rows(rows, _listed_report)
        page += 1


@understood
def _page(
    ask: Callable[[str, str], dict[str, Any]], since: datetime, until: datetime, page: int
) -> tuple[list[PayPalData], int]:
    """The rows of a page, and how many pages there are."""
    asked = {
        "start_date": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "end_date": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        "transaction_status": "S",
        "fields": "transaction_info",
        "page_size": PAGE,
        "page": page,
    }
    found = ask("GET", f"{SEARCH}?{urlencode(asked)}")
    rows = found["transaction_details"]
    return [one["transaction_info"] for one in rows], int(found.get("total_pages") or 1)


def _listed_report(row: PayPalData) -> PaymentReport | None:
    amount, currency_code = from_money(row["transaction_amount"])
    if amount <= 0 or not row["transaction_event_code"].startswith(_PAYMENTS):
        return None
    return PaymentReport(
        PaymentReportKind.PAID,
        "",
        transaction_id=row["transaction_id"],
        amount=amount,
        currency_code=currency_code,
        received_on=business_day(row.get("transaction_initiation_date")),
        attempt_id=row.get("custom_field") or "",
    )
