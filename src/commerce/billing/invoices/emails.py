"""Mails about invoices, credit notes and credit (notifications.md 3, group "billing"): reactions to what happened.

They run after the event and say what was true at it; a mail that asks to pay is dropped once that is not true any more.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.billing.events import (
    CreditNoteIssued,
    InvoiceIssued,
    InvoicePaid,
    InvoicePaidAfterTermination,
    LateFeeAdded,
    ReminderDue,
)
from commerce.billing.invoices.rules import (
    OPEN_INVOICE_STATUSES,
    SUSPENDING_INVOICE_KINDS,
    InvoiceKind,
    SettlementKind,
)
from commerce.billing.models import CreditNote, Invoice, SettlementEntry
from commerce.billing.periods.rules import suspends_from
from commerce.events.publish import at_event_time
from commerce.hosting.rules import ServiceStatus
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.mail import hooks
from commerce.mail.template_values import days_ago, days_from_now
from commerce.presentation.formats import format_tax_rate
from commerce.presentation.labels import Text
from commerce.site_settings.current import business_date, get_setting
from commerce.support.consumers.actions import instruction_for_mail
from commerce.support.consumers.queries import asked_to_begin, is_consumer

MAX_MAIL_LINES = 50
"""So many lines of an invoice stand in its mail; the PDF has them all."""


def _url(path: str) -> str:
    return f"{settings.COMMERCE_URL}/client/{path}"


def _invoice(pk: int) -> Invoice:
    return Invoice.objects.select_related("client").get(pk=pk)


def invoice_url(invoice_id: int) -> str:
    """The page of an invoice; it asks to sign in."""
    return _url(f"invoices/{invoice_id}")


def credit_url() -> str:
    """The page of the credit balance; it asks to sign in."""
    return _url("credit")


type AutopayDateSource = Callable[[Invoice, date], date | None]


def _no_autopay(invoice: Invoice, day: date) -> None:
    """Nothing pays invoices by itself."""


_autopay_date: AutopayDateSource = _no_autopay


def set_autopay_date_source(source: AutopayDateSource) -> None:
    """Who knows when a saved card is charged for an invoice, on a day or later; None if none is."""
    global _autopay_date
    _autopay_date = source


type MethodNamesSource = Callable[[Collection[str]], Mapping[str, Text]]


def _no_method_names(sources: Collection[str]) -> dict[str, Text]:
    """Nobody knows of payments."""
    return {}


_method_names: MethodNamesSource = _no_method_names


def set_method_names_source(source: MethodNamesSource) -> None:
    """Who knows by what money came, as people call it, by the sources of its settlement entries."""
    global _method_names
    _method_names = source


def paid_with(settled: Iterable[tuple[str, str]]) -> list[Text]:
    """How an invoice was paid, each way once, by kind and source of its settlement entries in their order."""
    entries = list(settled)
    names = dict(
        _method_names([source for kind, source in entries if kind == SettlementKind.PAYMENT])
    )
    names |= {
        source: _("Credit balance") for kind, source in entries if kind == SettlementKind.CREDIT
    }
    return list(dict.fromkeys(names[source] for _kind, source in entries if source in names))


_format_rate = lazy(format_tax_rate, str)
"""In the language of each reader."""


def lines_and_sums(invoice: Invoice) -> dict[str, Any]:
    """What an invoice charges, for a mail: net lines, and sums that end in its total; together they add up."""
    code = invoice.currency_id
    lines = invoice.lines.order_by("position").values_list("description", "amount")[:MAX_MAIL_LINES]
    items = [{"description": text, "amount": Money(net, code)} for text, net in lines]
    if rest := invoice.subtotal - sum(net for _text, net in lines):
        items.append({"description": _("Other items"), "amount": Money(rest, code)})
    groups = invoice.tax_groups.filter(rate_milli__gt=0).order_by("-rate_milli", "category")
    sums = [(_("Subtotal"), invoice.subtotal)] if groups else []
    for group in groups:
        rate = _format_rate(group.rate_milli)
        sums.append(
            (format_lazy("{name} {rate}", name=group.name or _("Tax"), rate=rate), group.tax)
        )
    sums.append((_("Total"), invoice.total))
    rows = [{"description": text, "amount": Money(amount, code)} for text, amount in sums]
    return {"items": items, "sums": rows}


def _values(invoice: Invoice, amount_due: int, at: datetime) -> dict[str, Any]:
    """What a mail says of an invoice; ``autopay_date`` is empty where no saved card is charged for it."""
    code = invoice.currency_id
    charged = lines_and_sums(invoice)
    if paid := invoice.total - amount_due:
        row = {"description": _("Already paid"), "amount": Money(-paid, code)}
        charged["sums"].append(row)
    return {
        "invoice_number": invoice.number,
        "invoice_total": Money(invoice.total, code),
        "invoice_due_date": invoice.due_date,
        "invoice_url": invoice_url(invoice.pk),
        "amount_due": Money(amount_due, code),
        "autopay_date": _autopay_date(invoice, business_date(at)),
        **charged,
    }


def _send_invoice_email(
    invoice: Invoice,
    event: str,
    idempotency_key: str,
    at: datetime,
    values: dict[str, Any],
    attach: Sequence[tuple[str, int]] = (),
) -> None:
    send_client_email(
        client=invoice.client,
        event=event,
        idempotency_key=idempotency_key,
        values=values,
        at=at,
        about=("invoice", invoice.pk),
        attach=attach,
    )


@at_event_time
def send_invoice_issued_email(event: InvoiceIssued, ctx: Context) -> None:
    """An invoice was issued with something due; a late fee's and a plan change's have a mail of their own."""
    invoice = _invoice(event.invoice_id)
    if event.amount_due and invoice.kind not in (InvoiceKind.LATE_FEE, InvoiceKind.PLAN_CHANGE):
        _ask_to_pay(invoice, event.amount_due, f"{invoice.pk}", ctx)


@at_event_time
def send_late_fee_email(event: LateFeeAdded, ctx: Context) -> None:
    """The invoice of a late fee was issued."""
    _ask_to_pay(_invoice(event.invoice_id), event.amount_due, f"{event.invoice_id}", ctx)


def send_invoice_mail_again(*, invoice: Invoice, ctx: Context) -> None:
    """The mail of its issue once more, with what is due by now; of a paid one that it is paid, with its documents."""
    key = f"{invoice.pk} again {ctx.at.isoformat()}"
    if invoice.status in OPEN_INVOICE_STATUSES:
        _ask_to_pay(invoice, invoice.amount_due, key, ctx)
        return
    entries = SettlementEntry.objects.filter(invoice=invoice)
    _say_it_is_paid(invoice, entries, _documents(invoice, ctx), key, ctx)


def _ask_to_pay(invoice: Invoice, amount_due: int, idempotency_key: str, ctx: Context) -> None:
    values, event = _values(invoice, amount_due, ctx.at), "invoice_created"
    if invoice.kind == InvoiceKind.LATE_FEE:
        attach, said = attachments_of(("invoice", invoice.pk))
        late = Invoice.objects.get(late_fee__invoice=invoice)
        fee = Money(invoice.total, invoice.currency_id)
        said |= {"fee": fee, "late_invoice_number": late.number}
        event = "late_fee_added"
    else:
        said, attach = _documents(invoice, ctx)
    _send_invoice_email(invoice, event, idempotency_key, ctx.at, values | said, attach)


type _Documents = tuple[dict[str, Any], list[tuple[str, int]]]
"""What a mail says of its attachments, and these."""


def _documents(invoice: Invoice, ctx: Context) -> _Documents:
    """What the first mail of an invoice brings: its PDF, and to a consumer who renews or restores a domain, of which no
    other mail confirms that they ordered it, the instruction on withdrawal.
    """
    record = ("invoice", invoice.pk)
    attach, said = attachments_of(record)
    is_ordered = invoice.kind == InvoiceKind.DOMAIN_RENEWAL and is_consumer(invoice.client)
    if not is_ordered or not asked_to_begin(*record):
        return said | {"withdrawal": ""}, attach
    withdrawal, copy = instruction_for_mail(client=invoice.client, record=record, ctx=ctx)
    return said | withdrawal, attach + copy


PAYMENT_RECEIPT, SHARE_RECEIPT = "payment_receipt", "share_receipt"
"""What mail calls the receipt of a payment, by its key or by that of its share."""

_RECEIPT_OF_SOURCE = {"payment": PAYMENT_RECEIPT, "payment_share": SHARE_RECEIPT}


def receipt_of_source(source: str) -> list[tuple[str, int]]:
    """The receipt behind a settlement entry, by its source, as mail attaches it; none for what credit paid."""
    noun, _colon, pk = source.partition(":")
    kind = _RECEIPT_OF_SOURCE.get(noun)
    return [(kind, int(pk))] if kind and hooks.has_attachment_kind(kind) else []


def attachments_of(*wanted: tuple[str, int]) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """The PDFs of these, by kind and key, where this installation makes them, and what the mail says of that."""
    found = [(kind, pk) for kind, pk in wanted if hooks.has_attachment_kind(kind)]
    return found, {"attached": True} if found else {}


@at_event_time
def remind_to_pay(event: ReminderDue, ctx: Context) -> None:
    """A step of the reminder ladder has come."""
    invoice = _invoice(event.invoice_id)
    _remind(invoice, event.amount_due, f"{invoice.pk} {event.step}", ctx)


def send_invoice_reminder_email(*, invoice: Invoice, ctx: Context) -> None:
    """Staff remind of an invoice."""
    _remind(invoice, invoice.amount_due, f"{invoice.pk} by staff {ctx.at.isoformat()}", ctx)


def _remind(invoice: Invoice, amount_due: int, idempotency_key: str, ctx: Context) -> None:
    """Before the due date a reminder, after it a notice that it is overdue."""
    assert invoice.due_date is not None
    values = _values(invoice, amount_due, ctx.at)
    days = (business_date(ctx.at) - invoice.due_date).days
    if days <= 0:
        values |= {"days_left": -days, "in_days": days_from_now(-days)}
        _send_invoice_email(invoice, "invoice_reminder", idempotency_key, ctx.at, values)
        return
    values |= {
        "days_late": days,
        "days_ago": days_ago(days),
        "grace_period_days": get_setting("billing.grace_period_days"),
        "suspension_date": suspension_date(invoice),
    }
    _send_invoice_email(invoice, "invoice_overdue", idempotency_key, ctx.at, values)


def suspension_date(invoice: Invoice) -> date | None:
    """The day from which on services of an open invoice are suspended; None: it suspends none (billing.md 8)."""
    assert invoice.due_date is not None
    if invoice.kind not in SUSPENDING_INVOICE_KINDS:
        return None
    if not invoice.subjects.filter(service__status=ServiceStatus.ACTIVE).exists():
        return None
    holds = invoice.dunning_hold_until, invoice.suspension_hold_until
    return suspends_from(
        due=invoice.due_date,
        overdue_on=business_date(invoice.overdue_at) if invoice.overdue_at else invoice.due_date,
        grace=get_setting("billing.grace_period_days"),
        held_until=max(filter(None, holds), default=None),
    )


@at_event_time
def send_invoice_paid_email(event: InvoicePaid, ctx: Context) -> None:
    """An invoice is paid; one with nothing to pay from the start is too.

    Its documents come with it when no mail brought them before: one that asks to pay a paid invoice is never sent.
    """
    invoice = _invoice(event.invoice_id)
    if invoice.kind == InvoiceKind.PLAN_CHANGE and invoice.issued_at == ctx.at:
        return  # the mail of the change says it
    entries = SettlementEntry.objects.filter(invoice=invoice, pk__lte=event.entry_id)
    documents: _Documents = ({}, []) if invoice.sent_at else _documents(invoice, ctx)
    _say_it_is_paid(invoice, entries, documents, f"{invoice.pk} {event.entry_id}", ctx)


def _say_it_is_paid(
    invoice: Invoice,
    entries: "QuerySet[SettlementEntry]",
    documents: _Documents,
    idempotency_key: str,
    ctx: Context,
) -> None:
    said, attach = documents
    last = entries.filter(kind=SettlementKind.PAYMENT).order_by("pk").last()
    receipt = receipt_of_source(last.source) if last else []
    values = {
        "invoice_number": invoice.number,
        "invoice_total": Money(invoice.total, invoice.currency_id),
        "invoice_url": invoice_url(invoice.pk),
        "paid_with": paid_with(entries.order_by("pk").values_list("kind", "source")),
        "receipt": bool(receipt),
        **said,
    }
    files = [*attach, *receipt]
    _send_invoice_email(invoice, "invoice_paid", idempotency_key, ctx.at, values, files)


@at_event_time
def send_credit_note_email(event: CreditNoteIssued, ctx: Context) -> None:
    """A credit note was made; its PDF is attached. That of a plan change comes with the mail of the change."""
    note = CreditNote.objects.select_related("client", "invoice").get(pk=event.credit_note_id)
    if note.plan_change_id is not None:
        return
    attach, _said = attachments_of(("credit_note", note.pk))
    send_client_email(
        client=note.client,
        event="credit_note_created",
        idempotency_key=f"{note.pk}",
        values={
            "credit_note_number": note.number,
            "amount": Money(note.total, note.currency_id),
            "invoice_number": note.invoice.number,
            "invoice_url": invoice_url(note.invoice_id),
            "reason": note.reason,
        },
        at=ctx.at,
        about=("credit_note", note.pk),
        attach=attach,
    )


@at_event_time
def send_payment_after_termination_email(event: InvoicePaidAfterTermination, ctx: Context) -> None:
    """Money came for a service that has ended: staff decide."""
    invoice = _invoice(event.invoice_id)
    send_staff_email(
        event="paid_after_termination",
        idempotency_key=f"{invoice.pk}",
        page=f"invoices/{invoice.pk}",
        client=invoice.client,
        values={
            "amount": Money(invoice.total, invoice.currency_id),
            "reason": invoice.number,
        },
        at=ctx.at,
        about=("invoice", invoice.pk),
    )


def payment_request_obsolete_reason(invoice_id: int, _told: Mapping[str, Any]) -> str:
    """Why a mail that asks to pay an invoice is not true any more."""
    invoice = Invoice.objects.filter(pk=invoice_id).first()
    if invoice is None or invoice.status in OPEN_INVOICE_STATUSES:
        return ""
    return f"The invoice is {invoice.status}."
