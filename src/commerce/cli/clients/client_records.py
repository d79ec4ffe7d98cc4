"""Clients as records of the command line, and which of them a search finds."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from commerce.accounts.models import ApiToken, Client, Membership
from commerce.accounts.records.clients import CLIENT_FIELDS, MEMBER_FIELDS
from commerce.billing.models import CreditAccount, Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.money import Money
from commerce.orders.models import Order


def client_search(text: str) -> Q:
    """Clients that have each word of a text in a name, the company or the billing email, in any case."""
    found = Q()
    for word in text.split():
        columns = ("first_name", "last_name", "company", "email")
        found &= Q(*((f"{column}__icontains", word) for column in columns), _connector=Q.OR)
    return found


def client_details(row: Client) -> dict[str, Any]:
    """All that staff ask of a client: address, tax, members, how much it has, what it owes, its credit."""
    members = Membership.objects.for_client(row).select_related("user").order_by("created_at", "id")
    owed = Invoice.objects.for_client(row).open().values("currency_id").order_by("currency_id")
    credit = CreditAccount.objects.for_client(row).exclude(balance=0).order_by("currency_id")
    return CLIENT_FIELDS.read(row) | {
        "orders": Order.objects.for_client(row).count(),
        "services": _by_status(Service.objects.for_client(row)),
        "domains": _by_status(Domain.objects.for_client(row)),
        "live_tokens": ApiToken.objects.for_client(row).live().count(),
        "members": [
            MEMBER_FIELDS.read(one, "email name role active last_sign_in") for one in members
        ],
        "open_invoices": [
            {"invoices": count, "amount_due": Money(due, code)}
            for code, count, due in owed.values_list("currency_id", Count("pk"), Sum("amount_due"))
        ],
        "credit": [{"balance": Money(one.balance, one.currency_id)} for one in credit],
    }


def _by_status(rows: QuerySet[Any]) -> dict[str, int]:
    """How many there are in each status, such as ``active: 3``."""
    return dict(rows.order_by("status").values_list("status").annotate(Count("pk")))
