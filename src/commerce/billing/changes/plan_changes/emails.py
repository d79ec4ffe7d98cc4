"""Emails about changes of plan: one for each step of a change (notifications.md 3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from commerce.accounts.recipients import (
    send_client_email,
    send_services_and_billing_email,
    send_staff_email,
)
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import PlanChangeApplied, PlanChangeLapsed
from commerce.billing.invoices.actions.issuing import mark_invoice_sent
from commerce.billing.invoices.emails import (
    attachments_of,
    invoice_url,
    paid_with,
    receipt_of_source,
)
from commerce.billing.invoices.rules import InvoiceKind, SettlementKind
from commerce.billing.models import CreditEntry, CreditNote, Invoice, PlanChange
from commerce.events.publish import at_event_time
from commerce.hosting.emails import send_service_email, service_mail_values
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.mail.models import OutgoingMail
from commerce.presentation.labels import Text, plan_in_cycle
from commerce.support.consumers.actions import instruction_for_mail

PAYMENT_REQUEST = "plan_change"
"""The kind of attachment that is the PDF of a request."""


def send_plan_change_email(*, change: PlanChange, at: datetime, to_pay: int = 0) -> None:
    """What became of a request that is not done yet, or was declined; of one that is ``to_pay`` how much."""
    service, difference = change.service, change.total or 0
    values: dict[str, Any] = {
        "from": change.old_plan,
        "to": change.new_plan,
        "difference": Money(difference, service.currency_id),
        "note": change.note,
    }
    match change.status:
        case PlanChangeStatus.AWAITING_PAYMENT:
            _ask_to_pay(change, values, to_pay, at)
            return
        case PlanChangeStatus.PENDING:
            event = "plan_change_received"
            values |= {"to_pay": _more_than_0(change, difference)}
            values |= {"credited": _more_than_0(change, -difference)}
        case PlanChangeStatus.REJECTED:
            event = "plan_change_rejected"
        case _:  # who withdraws one knows it
            return
    send_service_email(
        service=service,
        event=event,
        idempotency_key=f"{change.pk} {change.status}",
        values=values,
        at=at,
    )


def _more_than_0(change: PlanChange, amount: int) -> Money | None:
    return Money(amount, change.service.currency_id) if amount > 0 else None


def _ask_to_pay(change: PlanChange, values: dict[str, Any], to_pay: int, at: datetime) -> None:
    attach, attached = attachments_of((PAYMENT_REQUEST, change.pk))
    send_client_email(
        client=change.client,
        event="plan_change_to_pay",
        idempotency_key=f"{change.pk} {to_pay}",
        values={
            **service_mail_values(change.service),
            **values,
            "to_pay": Money(to_pay, change.service.currency_id),
            "reference": change.reference,
            "last_day": change.last_day,
            "pay_url": f"{settings.COMMERCE_URL}/client/plan-changes/{change.pk}/pay",
            **attached,
        },
        at=at,
        about=("planchange", change.pk),
        attach=attach,
    )


def plan_change_request_obsolete_reason(plan_change_id: int, _told: Mapping[str, Any]) -> str:
    """Why a mail that asks to pay a request is not true any more."""
    change = PlanChange.objects.filter(pk=plan_change_id).first()
    if change is None or change.status == PlanChangeStatus.AWAITING_PAYMENT:
        return ""
    return f"The plan change is {change.status}."


@at_event_time
def send_plan_change_applied_email(event: PlanChangeApplied, ctx: Context) -> None:
    """A service has moved to another plan: who sees services reads that, who gets the bills reads the sums, too, and
    has the documents, so that none of these has a mail of its own. A change that costs something is a contract: of
    the right to withdraw from it consumers read there.
    """
    change = _change(event.plan_change_id)
    values = service_mail_values(change.service) | {
        "service_name": event.label,
        "from": plan_in_cycle(event.from_plan, event.from_cycle),
        "to": plan_in_cycle(change.product.name, change.billing_cycle if event.from_cycle else ""),
        "note": change.note,
    }
    documents: list[Invoice | CreditNote] = [change.invoice] if change.invoice else []
    documents += CreditNote.objects.filter(plan_change=change).order_by("pk")
    attach, attached = attachments_of(
        *(("invoice" if isinstance(one, Invoice) else "credit_note", one.pk) for one in documents)
    )
    numbers = {"documents": [str(one) for one in documents]}
    receipts = _receipts(change.invoice, ctx.at)
    withdrawal, instruction = (
        instruction_for_mail(client=change.client, record=("planchange", change.pk), ctx=ctx)
        if change.charge
        else ({}, [])
    )
    send_services_and_billing_email(
        client=change.client,
        event="plan_change_applied",
        idempotency_key=f"{change.pk}",
        values=values,
        billing_values={
            **_sums(change, ctx.at),
            **numbers,
            **attached,
            "receipt": bool(receipts),
            **withdrawal,
        },
        billing_attach=[*attach, *receipts, *instruction],
        at=ctx.at,
        about=("planchange", change.pk),
    )


def _change(pk: int) -> PlanChange:
    rows = PlanChange.objects.select_related("client", "service", "product", "invoice")
    return rows.get(pk=pk)


def _sums(change: PlanChange, at: datetime) -> dict[str, Any]:
    """With tax: what the new plan costs, what was given back, how the difference is paid, and what became credit."""
    difference, due, invoice = change.total or 0, 0, change.invoice
    found: dict[str, Any] = {
        "charge": _more_than_0(change, change.charge),
        "unused": Money(-change.credit, change.service.currency_id) if change.credit else None,
        "credited": _more_than_0(change, max(-difference, 0) + _became_credit(change, at)),
    }
    if invoice is not None:
        entries = invoice.settlement_entries.filter(at__lte=at).order_by("pk")
        due = invoice.total - sum(entry.amount for entry in entries)
        paid = difference - due
        money = [entry for entry in entries if entry.kind == SettlementKind.PAYMENT]
        credit = [entry for entry in entries if entry.kind == SettlementKind.CREDIT]
        # What was given back paid first; only what credit paid beside it is a way to pay the difference.
        ways = money + (credit if paid > sum(entry.amount for entry in money) else [])
        found["paid"] = _more_than_0(change, paid)
        found["paid_with"] = paid_with((entry.kind, entry.source) for entry in ways)
        found |= {"invoice_number": invoice.number, "invoice_url": invoice_url(invoice.pk)}
    if due and invoice is not None:
        found |= {"amount_due": _more_than_0(change, due), "invoice_due_date": invoice.due_date}
    return found


def _receipts(invoice: Invoice | None, at: datetime) -> list[tuple[str, int]]:
    """Those of the money that the change was carried out with; what pays its invoice later has mails of its own."""
    if invoice is None:
        return []
    entries = invoice.settlement_entries.filter(at__lte=at, kind=SettlementKind.PAYMENT)
    return [one for entry in entries.order_by("pk") for one in receipt_of_source(entry.source)]


def _became_credit(change: PlanChange, at: datetime) -> int:
    """What of the money that carried the change out it did not need."""
    rows = CreditEntry.objects.filter(
        account__client_id=change.client_id,
        account__currency_id=change.service.currency_id,
        reason=CreditReason.OVERPAYMENT,
        at=at,
    )
    return sum(rows.values_list("amount", flat=True))


@at_event_time
def send_plan_change_lapsed_email(event: PlanChangeLapsed, ctx: Context) -> None:
    """A change ended without effect; who gets the bills reads what became of the money, and which renewal is open."""
    change = _change(event.plan_change_id)
    renewals = Invoice.objects.open().filter(
        kind=InvoiceKind.RENEWAL, subjects__service=change.service_id, client=change.client_id
    )
    renewal = renewals.order_by("pk").first()
    billing_values: dict[str, Any] = {"credited": _more_than_0(change, event.credited)}
    if renewal is not None:
        billing_values["invoice_number"] = renewal.number
        billing_values["invoice_url"] = invoice_url(renewal.pk)
    send_services_and_billing_email(
        client=change.client,
        event="plan_change_lapsed",
        idempotency_key=f"{change.pk}",
        values=service_mail_values(change.service)
        | {
            "from": change.old_plan,
            "to": change.new_plan,
            "difference": Money(change.total or 0, change.service.currency_id),
            "reason": event.reason,
        },
        billing_values=billing_values,
        at=ctx.at,
        about=("planchange", change.pk),
    )


def is_credit_of_plan_change(entry: CreditEntry) -> bool:
    """Whether the mail of a plan change tells of this credit: what it gave back, and money for it that it did not need,
    which did not suffice, or with which it lapsed.
    """
    if entry.reason == CreditReason.DOWNGRADE:
        return True
    if entry.reason not in (CreditReason.OVERPAYMENT, CreditReason.LATE_PAYMENT):
        return False
    client = entry.account.client_id
    if PlanChange.objects.filter(client_id=client, ended_at=entry.at).exists():
        return True
    asked = OutgoingMail.objects.filter(event="plan_change_to_pay", client_id=client)
    return asked.filter(created_at=entry.at).exists()


def send_plan_change_requested_email(*, change: PlanChange, at: datetime) -> None:
    """Staff are to decide on a change of plan."""
    _send_staff_email("plan_change_requested", change, at)


def send_plan_change_not_carried_out_email(
    *, change: PlanChange, reason: Text, at: datetime
) -> None:
    """Staff hear of a change whose money came when it could not be carried out."""
    _send_staff_email("plan_change_not_carried_out", change, at, reason=reason)


def _send_staff_email(event: str, change: PlanChange, at: datetime, **more: object) -> None:
    send_staff_email(
        event=event,
        idempotency_key=f"{change.pk}",
        page=f"plan-changes/{change.pk}",
        client=change.service.client,
        values={
            "service_name": change.service.label,
            "from": change.old_plan,
            "to": change.new_plan,
            **more,
        },
        at=at,
        about=("planchange", change.pk),
    )


def mark_plan_change_invoice_sent(plan_change_id: int, at: datetime) -> None:
    """The mail of a change has left, and its invoice with it."""
    change = PlanChange.objects.get(pk=plan_change_id)
    if change.invoice_id is not None:
        mark_invoice_sent(change.invoice_id, at)
