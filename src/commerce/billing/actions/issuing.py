"""Issuing: a draft becomes a numbered claim that never changes again (billing.md 2 and 4)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from commerce.accounts.actions import touch
from commerce.accounts.actions.clients import hold
from commerce.accounts.models import Client
from commerce.audit.states import move
from commerce.billing import parties, rules
from commerce.billing.actions.by_hand import tax_by_hand
from commerce.billing.actions.claims import settle_claims
from commerce.billing.actions.numbers import INVOICES, next_number
from commerce.billing.actions.taking import book, enter
from commerce.billing.events import InvoiceIssued
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.billing.tax import accounting_tax
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.preferences import current


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
    """Freeze a draft and give it its number: unpaid, or paid at once when nothing is due, or credit covers it.

    ``period_start`` is the next due date of a service renewal, ``expiry`` that of a domain renewal, ``due_date`` what
    staff typed for a manual invoice, now or into its draft. The number is taken last, under its row's lock: numbers
    have no gaps (M14).
    """
    touch(invoice.client_id)
    draft = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
    if draft.status != Invoice.Status.DRAFT:
        raise Moved(f"This invoice is {draft.status}.")
    client = hold(draft.client_id)
    if draft.kind == Invoice.Kind.MANUAL:
        tax_by_hand(draft=draft, client=client, at=at, actor=actor)
    _check_sums(draft)
    typed = due_date or draft.due_date
    today = current.business_date(at)
    due = last_day(today, period_start=period_start, expiry=expiry, typed=typed)
    issue_prepared(invoice=draft, client=client, due_date=due, at=at, actor=actor)
    invoice.refresh_from_db()


@transaction.atomic
def mark_sent(invoice_id: int, at: datetime) -> None:
    """The mail with the invoice has left: ``sent_at`` is when that was so for the first time.

    The mail's own row is the record of it, so there is no audit entry.
    """
    unsent = Invoice.objects.filter(pk=invoice_id, sent_at=None)
    if client_id := unsent.values_list("client_id", flat=True).first():
        touch(client_id)
        unsent.update(sent_at=at)


def last_day(
    today: date,
    *,
    period_start: date | None = None,
    expiry: date | None = None,
    typed: date | None = None,
) -> date:
    """The due date by the settings."""
    return rules.due_date(
        issued_on=today,
        due_days=current.get("billing.invoice_due_days"),
        min_notice_days=current.get("billing.invoice_min_notice_days"),
        period_start=period_start,
        expiry=expiry,
        typed=typed,
    )


def issue_prepared(
    *,
    invoice: Invoice,
    client: Client,
    due_date: date,
    at: datetime,
    actor: Actor,
    may_have_credit: bool = True,
) -> None:
    """Issue a draft whose row, and whose client's row, the caller holds and has just read or written."""
    today = current.business_date(at)
    credit = _apply_credit(invoice, at) if may_have_credit else 0
    due = invoice.total - credit
    facts: dict[str, Any] = {
        "issue_date": today,
        "due_date": due_date,
        "seller": parties.seller(),
        "buyer": parties.buyer(client),
        "terms": current.get("invoices.payment_terms"),
        "footer": current.get("invoices.footer_text"),
        "accounting_tax": _accounting_tax(invoice, today),
        "payment_reference": rules.payment_reference(invoice.pk),
        "amount_due": due,
        "credit_applied": credit,
        "issued_at": at,
        "paid_at": None if due else at,
        "changed_at": at,
    }
    publish(InvoiceIssued(invoice.pk, due), at=at)  # before others wait for the number
    number, issued_on = next_number(INVOICES, today)
    if issued_on > today:  # another, issued meanwhile, was of a later day already
        facts |= {"issue_date": issued_on, "due_date": max(due_date, issued_on)}
    move(
        invoice,
        Invoice.Status.UNPAID if due else Invoice.Status.PAID,
        allowed={Invoice.Status.DRAFT: rules.INVOICE_MOVES[Invoice.Status.DRAFT]},
        known=Invoice.Status.DRAFT,
        at=at,
        actor=actor,
        client_id=invoice.client_id,
        number=number,
        **facts,
    )
    if not due:
        settle_claims(invoice=invoice, at=at, actor=actor)


def _apply_credit(invoice: Invoice, at: datetime) -> int:
    """Pay what credit can, under the account's lock (R16); returns how much."""
    if not invoice.total or not current.get("billing.auto_apply_credit"):
        return 0
    own = CreditAccount.objects.for_client(invoice.client_id).select_for_update(of=("self",))
    account = own.filter(currency_id=invoice.currency_id).first()
    if account is None or not account.balance:
        return 0
    amount = min(account.balance, invoice.total)
    source = f"invoice:{invoice.pk}"
    entry = enter(account, reason=CreditEntry.Reason.APPLIED, source=source, amount=-amount, at=at)
    book(invoice, SettlementEntry.Kind.CREDIT, f"credit:{entry.pk}", amount, at)
    return amount


def _accounting_tax(invoice: Invoice, today: date) -> dict[str, Any]:
    """The tax total in the currency of the books, where that is another one (billing.md 9)."""
    if not invoice.tax_amount:
        return {}
    code, amount = invoice.currency_id, invoice.tax_amount
    return accounting_tax(currency_code=code, tax_amount=amount, on=today) or {}


def _check_sums(draft: Invoice) -> None:
    """Raise ``Refused`` unless the lines sum to the draft, and its groups do (M5)."""
    lines = draft.lines.aggregate(net=Sum("amount", default=0), tax=Sum("tax_amount", default=0))
    groups = draft.tax_groups.aggregate(net=Sum("net", default=0), tax=Sum("tax", default=0))
    said = {"net": draft.subtotal, "tax": draft.tax_amount}
    if lines != said or groups != said:
        raise Refused("The lines of this draft do not add up; edit it first.")
