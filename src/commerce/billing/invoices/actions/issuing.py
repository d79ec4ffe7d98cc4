"""Issuing: a draft becomes a numbered claim that never changes again (billing.md 2 and 4)."""

from datetime import date, datetime
from typing import Annotated, Any

from django.db import transaction
from django.db.models import BigAutoField, CharField, Sum
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.custom_fields import custom_fields_for_invoice
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.states import move
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import InvoiceIssued
from commerce.billing.invoices.actions.manual import retax_manual_draft
from commerce.billing.invoices.actions.numbers import INVOICE_SEQUENCE, take_document_number
from commerce.billing.invoices.actions.settlement import add_credit_entry, add_settlement
from commerce.billing.invoices.actions.states import draft_only_blocked_reason
from commerce.billing.invoices.rules import (
    INVOICE_MOVES,
    InvoiceKind,
    InvoiceStatus,
    SettlementKind,
    due_date,
    payment_reference,
)
from commerce.billing.invoices.seals import document_seals
from commerce.billing.models import CreditAccount, Invoice
from commerce.billing.periods.actions.periods import complete_paid_invoice
from commerce.billing.tax.accounting import BooksTax, tax_in_books
from commerce.billing.tax.actions import refresh_vat_check
from commerce.billing.tax.emails import send_books_rate_missing_email
from commerce.billing.tax.rules import VatRefresh, check_vat_refresh
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.asked import Asked
from commerce.kit.acts.inputs import Day
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current

_ADDRESS = "address1 address2 city state postcode country phone tax_id email".split()


def _ask_vat_service(invoice: Invoice, _values: object, ctx: Context) -> VatRefresh:
    return refresh_vat_check(client=invoice.client, ctx=ctx)


@act(
    "invoice.issue",
    Invoice,
    label=_("Issue invoice"),
    submit=_("Issue invoice"),
    intro=_("The invoice gets its number, can no longer be edited, and is emailed to the client."),
    done=_("Invoice %(number)s was issued."),
    staff=StaffPermission.INVOICES_CREATE,
    blocked=draft_only_blocked_reason,
    example="invoice issue 42 --due-date 2030-01-31",
    for_many=True,
)
@transaction.atomic
def issue_invoice(
    *,
    invoice: Invoice,
    vat_refresh: Annotated[VatRefresh | None, Asked(_ask_vat_service)],
    ctx: Context,
    period_start: date | None = None,
    expiry: date | None = None,
    due_date: Annotated[
        date | None,
        Day(
            _("Due date"),
            about=_("Leave blank to use the payment terms."),
            edits="due_date",
            or_none=True,
        ),
    ] = None,
) -> None:
    """Freeze a draft and give it its number: unpaid, or paid at once when nothing is due, or credit covers it.

    ``period_start`` is the next due date of a service renewal, ``expiry`` that of a domain renewal, ``due_date`` what
    staff typed for a manual invoice, now or into its draft. The number is taken last, under its row's lock: numbers
    have no gaps (M14). ``vat_refresh`` is what ``refresh_vat_check`` gave before the transaction.
    """
    client = bump_revision(invoice.client_id, ctx)
    check_vat_refresh(vat_refresh, client_id=client.pk, ctx=ctx)
    draft = lock(invoice)
    if reason := draft_only_blocked_reason(draft, ctx):
        raise reason
    if draft.kind == InvoiceKind.MANUAL:
        retax_manual_draft(draft=draft, client=client, ctx=ctx)
    _check_sums(draft)
    typed = due_date or draft.due_date
    today = current.business_date(ctx.at)
    due = due_date_by_settings(today, period_start=period_start, expiry=expiry, chosen_date=typed)
    issue_locked_draft(invoice=draft, client=client, due_date=due, ctx=ctx)
    invoice.refresh_from_db()


@transaction.atomic
def mark_invoice_sent(invoice_id: int, at: datetime) -> None:
    """The mail with the invoice has left: ``sent_at`` is when that was so for the first time.

    The mail's own row is the record of it, so there is no audit entry.
    """
    unsent = Invoice.objects.filter(pk=invoice_id, sent_at=None)
    if client_id := unsent.values_list("client_id", flat=True).first():
        bump_revision(client_id, Context(at, SYSTEM))
        unsent.update(sent_at=at)


def due_date_by_settings(
    today: date,
    *,
    period_start: date | None = None,
    expiry: date | None = None,
    chosen_date: date | None = None,
) -> date:
    """The due date by the settings."""
    return due_date(
        issued_on=today,
        due_days=current.get_setting("billing.invoice_due_days"),
        min_notice_days=current.get_setting("billing.invoice_min_notice_days"),
        period_start=period_start,
        expiry=expiry,
        chosen_date=chosen_date,
    )


type UnnumberedInvoice = tuple[Invoice, dict[str, Any]]
"""A draft to which nothing but its number is wanting, and what it becomes with it."""


def issue_locked_draft(
    *,
    invoice: Invoice,
    client: Client,
    due_date: date,
    ctx: Context,
    may_have_credit: bool = True,
    unnumbered: list[UnnumberedInvoice] | None = None,
) -> None:
    """Issue a draft whose row, and whose client's row, the caller holds and has just read or written.

    With ``unnumbered`` it waits there for the caller to number it in this transaction, unless it is paid at once.
    """
    today = current.business_date(ctx.at)
    credit = _apply_credit(invoice, ctx.at) if may_have_credit else 0
    due = invoice.total - credit
    books = _books_tax(invoice, today)
    facts: dict[str, Any] = {
        "issue_date": today,
        "due_date": due_date,
        "seller": seller_snapshot(),
        "buyer": buyer_snapshot(client),
        "terms": current.get_setting("invoices.payment_terms"),
        "footer": current.get_setting("invoices.footer_text"),
        "accounting_tax": books.stated,
        "missing_tax_currency": books.lacking.books if books.lacking else "",
        "payment_reference": payment_reference(invoice.pk),
        "amount_due": due,
        "credit_applied": credit,
        "issued_at": ctx.at,
        "paid_at": None if due else ctx.at,
        "changed_at": ctx.at,
    }
    # Before others wait for the number.
    if books.lacking:
        send_books_rate_missing_email(books.lacking, day=today, at=ctx.at)
    publish(InvoiceIssued(invoice.pk, due), at=ctx.at, client_id=invoice.client_id)
    if due and unnumbered is not None:
        unnumbered.append((invoice, facts))
        return
    number_invoice(invoice, facts, ctx)
    if not due:
        complete_paid_invoice(invoice=invoice, ctx=ctx)


def number_invoice(invoice: Invoice, facts: dict[str, Any], ctx: Context) -> None:
    """Give it its number: from here until the transaction ends, nobody else gets one."""
    number, issued_on = take_document_number(INVOICE_SEQUENCE, facts["issue_date"])
    if issued_on > facts["issue_date"]:  # another, issued meanwhile, was of a later day already
        facts |= {"issue_date": issued_on, "due_date": max(facts["due_date"], issued_on)}
    move(
        invoice,
        InvoiceStatus.UNPAID if facts["amount_due"] else InvoiceStatus.PAID,
        allowed={InvoiceStatus.DRAFT: INVOICE_MOVES[InvoiceStatus.DRAFT]},
        stored_state=InvoiceStatus.DRAFT,
        ctx=ctx,
        client_id=invoice.client_id,
        number=number,
        details=lambda: document_seals(invoice),
        **facts,
    )


def seller_snapshot() -> dict[str, str]:
    """Who claims, as the settings ``company.*`` say today."""
    fields = ["name", *_ADDRESS, "website", "registration_no"]
    return {field: current.get_setting(f"company.{field}") for field in fields}


def buyer_snapshot(client: Client) -> dict[str, Any]:
    """Who owes, as the client's record says today, with its custom fields for invoices."""
    texts = {field: getattr(client, field) for field in ["name", "company", *_ADDRESS]}
    return texts | {"custom_fields": custom_fields_for_invoice(client)}


def _apply_credit(invoice: Invoice, at: datetime) -> int:
    """Pay what credit can, under the account's lock (R16); returns how much."""
    if not invoice.total or not current.get_setting("billing.auto_apply_credit"):
        return 0
    found = _ACCOUNT.instances(client=invoice.client_id, currency=invoice.currency_id)
    if not found or not found[0].balance:
        return 0
    account = found[0]
    amount = min(account.balance, invoice.total)
    source = f"invoice:{invoice.pk}"
    entry = add_credit_entry(
        account, reason=CreditReason.APPLIED, source=source, amount=-amount, at=at
    )
    add_settlement(invoice, SettlementKind.CREDIT, f"credit:{entry.pk}", amount, at)
    return amount


_ACCOUNT = CompiledQuerySet(
    lambda: (
        CreditAccount.objects.for_client(QueryParam("client", BigAutoField()))
        .filter(currency_id=QueryParam("currency", CharField()))
        .select_for_update(of=("self",))
    )
)


def _books_tax(invoice: Invoice, today: date) -> BooksTax:
    """The tax total in the currency of the books, where that is another one (billing.md 9)."""
    if not invoice.tax_amount:
        return BooksTax()
    code, amount = invoice.currency_id, invoice.tax_amount
    return tax_in_books(currency_code=code, tax_amount=amount, on=today)


def _check_sums(draft: Invoice) -> None:
    """Raise ``BusinessError`` unless the lines sum to the draft, and its groups do (M5)."""
    lines = draft.lines.aggregate(net=Sum("amount", default=0), tax=Sum("tax_amount", default=0))
    groups = draft.tax_groups.aggregate(net=Sum("net", default=0), tax=Sum("tax", default=0))
    figures = {"net": draft.subtotal, "tax": draft.tax_amount}
    if lines != figures or groups != figures:
        raise BusinessError("invoice.lines_do_not_add_up")
