"""Issuing: a draft becomes a numbered claim that never changes again (billing.md 2 and 4)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.states import move
from commerce.billing import rules
from commerce.billing.actions.drafts import stored_lines
from commerce.billing.models import Invoice, NumberSequence
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current

SEQUENCE = "invoice"
"""The row of ``NumberSequence`` that invoices are numbered from."""

_ADDRESS = "address1 address2 city state postcode country phone tax_id email".split()


@transaction.atomic
def issue_invoice(
    *,
    invoice: Invoice,
    at: datetime,
    actor: Actor,
    period_start: date | None = None,
    expiry: date | None = None,
    due_date: date | None = None,
) -> None:
    """Freeze a draft and give it its number: unpaid, or paid at once when nothing is due.

    ``period_start`` is the next due date of a service renewal, ``expiry`` that of a domain renewal, ``due_date`` what
    staff typed for a manual invoice. The number is taken last, under its row's lock: numbers have no gaps (M14).
    """
    touch(invoice.client_id)
    draft = Invoice.objects.select_for_update().get(pk=invoice.pk)
    priced = rules.price(stored_lines(draft))
    if (priced.subtotal, priced.tax) != (draft.subtotal, draft.tax_amount):
        raise Refused("The lines of this draft do not add up; edit it first.")
    today = current.business_date(at)
    facts: dict[str, Any] = {
        "issue_date": today,
        "due_date": rules.due_date(
            issued_on=today,
            due_days=current.get("billing.invoice_due_days"),
            min_notice_days=current.get("billing.invoice_min_notice_days"),
            period_start=period_start,
            expiry=expiry,
            typed=due_date,
        ),
        "seller": _seller(),
        "buyer": _buyer(draft.client),
        "payment_reference": rules.payment_reference(draft.pk),
        "amount_due": draft.total,
        "issued_at": at,
        "paid_at": None if draft.total else at,
        "changed_at": at,
    }
    move(
        invoice,
        Invoice.Status.UNPAID if draft.total else Invoice.Status.PAID,
        allowed={Invoice.Status.DRAFT: rules.INVOICE_MOVES[Invoice.Status.DRAFT]},
        at=at,
        actor=actor,
        client_id=invoice.client_id,
        number=_next_number(today),
        **facts,
    )


def _next_number(today: date) -> str:
    """The next invoice number. Its row stays locked until the transaction ends, so a rollback leaves no gap."""
    start = current.get("billing.invoice_start_number")
    prefix = current.get("billing.invoice_prefix")
    NumberSequence.objects.get_or_create(pk=SEQUENCE)
    row = NumberSequence.objects.select_for_update().get(pk=SEQUENCE)
    number = max(row.next_number, start)
    NumberSequence.objects.filter(pk=SEQUENCE).update(next_number=number + 1)
    return rules.number_text(prefix, today, number)


def _seller() -> dict[str, str]:
    """Who claims, as the settings ``company.*`` say today."""
    fields = ["name", *_ADDRESS, "website", "registration_no"]
    return {field: current.get(f"company.{field}") for field in fields}


def _buyer(client: Client) -> dict[str, str]:
    """Who owes, as the client's record says today."""
    return {field: getattr(client, field) for field in ["name", "company", *_ADDRESS]}
