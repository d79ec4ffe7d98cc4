"""Issuing: a draft becomes a numbered claim that never changes again (billing.md 2 and 4)."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Sum

from commerce.accounts.actions import touch
from commerce.accounts.actions.clients import hold
from commerce.accounts.models import Client
from commerce.audit.states import move
from commerce.billing import rules
from commerce.billing.actions.claims import settle_claims
from commerce.billing.actions.drafts import change_draft, stored_lines
from commerce.billing.actions.numbers import INVOICES, next_number
from commerce.billing.actions.taking import book, enter
from commerce.billing.actions.taxing import taxed, with_notice
from commerce.billing.events import InvoiceIssued
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.billing.tax import accounting_tax, taxation_for
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.kit.money import round_half_up
from commerce.preferences import current

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
    """Freeze a draft and give it its number: unpaid, or paid at once when nothing is due, or credit covers it.

    ``period_start`` is the next due date of a service renewal, ``expiry`` that of a domain renewal, ``due_date`` what
    staff typed for a manual invoice. The number is taken last, under its row's lock: numbers have no gaps (M14).
    """
    touch(invoice.client_id)
    draft = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
    if draft.status != Invoice.Status.DRAFT:
        raise Moved(f"This invoice is {draft.status}.")
    client = hold(draft.client_id)
    today = current.business_date(at)
    if draft.kind == Invoice.Kind.MANUAL and current.business_date(draft.created_at) != today:
        _tax_anew(draft, client, today, at, actor)
    _check_sums(draft)
    due = last_day(today, period_start=period_start, expiry=expiry, typed=due_date)
    issue_prepared(invoice=draft, client=client, due_date=due, at=at, actor=actor)
    invoice.refresh_from_db()


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
        "seller": _seller(),
        "buyer": _buyer(client),
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
    publish(InvoiceIssued(invoice.pk), at=at)  # before others wait for the number
    move(
        invoice,
        Invoice.Status.UNPAID if due else Invoice.Status.PAID,
        allowed={Invoice.Status.DRAFT: rules.INVOICE_MOVES[Invoice.Status.DRAFT]},
        known=Invoice.Status.DRAFT,
        at=at,
        actor=actor,
        client_id=invoice.client_id,
        number=next_number(INVOICES, today),
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


def _tax_anew(draft: Invoice, client: Client, today: date, at: datetime, actor: Actor) -> None:
    """The tax of a manual draft is that of its day of issue; lines without a product kind keep theirs."""
    stored = stored_lines(draft)
    if not any(line.tax_kind for line in stored):
        return
    taxation = taxation_for(client, today)
    inclusive = taxation.prices_include_tax
    lines = []
    for row in stored:
        unit = row.unit_amount
        if inclusive:
            unit = round_half_up(Fraction((row.amount + row.tax_amount) * 1000, row.quantity_milli))
        tax = rules.Tax(row.tax_category, row.tax_rate_milli)
        about = (row.description, unit, tax, row.quantity_milli, row.kind, row.tax_kind)
        lines.append(rules.Line(*about))
    # What was typed at inclusive prices for a buyer at rate 0 holds no more of the home rate.
    lines = [replace(line, home_rate_milli=0) for line in taxed(lines, taxation)]
    change_draft(
        invoice=draft,
        lines=lines,
        prices_include_tax=inclusive,
        evidence=taxation.evidence,
        notes=with_notice(draft.notes, taxation),
        at=at,
        actor=actor,
    )


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


def _seller() -> dict[str, str]:
    """Who claims, as the settings ``company.*`` say today."""
    fields = ["name", *_ADDRESS, "website", "registration_no"]
    return {field: current.get(f"company.{field}") for field in fields}


def _buyer(client: Client) -> dict[str, str]:
    """Who owes, as the client's record says today."""
    return {field: getattr(client, field) for field in ["name", "company", *_ADDRESS]}
