"""What each event says, to whom, once: from the event's reaction to the mail in the outbox."""

from datetime import timedelta

import pytest
from django.core import mail

from commerce.accounts.actions.clients import close_client
from commerce.billing import events as billing
from commerce.billing.changes.cancellations.emails import (
    send_cancellation_email,
    send_service_cancelled_email,
)
from commerce.billing.changes.plan_changes.emails import send_plan_change_email
from commerce.billing.credit import emails as credit_mails
from commerce.billing.invoices import emails as bills
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import (
    CancellationRequest,
    CreditEntry,
    Document,
    PlanChange,
    SettlementEntry,
)
from commerce.billing.periods.emails import send_service_suspended_email, warn_of_termination
from commerce.domains import emails as domain_mails
from commerce.domains import events as domains
from commerce.hosting import emails as service_mails
from commerce.hosting import events as hosting
from commerce.hosting.actions.states import resume_service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.actions.lifecycle import retry_mail
from commerce.mail.models import OutgoingMail
from commerce.orders import emails as order_mails
from commerce.orders import events as orders
from commerce.payments import emails as payment_mails
from commerce.payments import events as payments
from commerce.payments.actions.transfer_notices import (
    reject_transfer_notice,
)
from commerce.site_settings.actions import set_setting
from tests.make import (
    make_client,
    make_domain,
    make_invoice,
    make_member,
    make_order,
    make_payment,
    make_product,
    make_service,
    make_user,
)
from tests.make.mails import deliver_all, mails_to
from tests.make.payments import declare_transfer
from tests.make.people import AT
from tests.make.records import make_credit_note

pytestmark = pytest.mark.django_db


def sent(event: str) -> list[OutgoingMail]:
    """The mails of an event after all have been sent; the outbox is empty again."""
    deliver_all(AT)
    mail.outbox.clear()
    return list(OutgoingMail.objects.filter(event=event, status="sent").order_by("pk"))


def pdf(invoice_id: int) -> None:
    """The document that its job would have made."""
    Document.objects.create(
        invoice_id=invoice_id,
        form="pdf",
        content=b"%PDF-1.7",
        sha256="0" * 64,
        snapshot_sha256="0" * 64,
        made_at=AT,
    )


def test_an_issued_invoice_is_mailed_once_with_its_pdf() -> None:
    invoice = make_invoice(make_client(email="bills@example.org"))
    pdf(invoice.pk)
    for _ in range(2):
        bills.send_invoice_issued_email(
            billing.InvoiceIssued(invoice.pk, invoice.amount_due), Context(AT, SYSTEM)
        )
    deliver_all(AT)
    (message,) = [one for one in mail.outbox if str(invoice.number) in one.subject]
    assert message.to == ["bills@example.org"]
    assert "12.00" in message.subject
    assert "Starter, monthly: €10.00" in message.body
    assert f"https://localhost:8443/client/invoices/{invoice.pk}" in message.body
    assert [one.content for one in message.attachments] == [b"%PDF-1.7"]  # type: ignore[union-attr]


def test_an_invoice_knows_when_its_mail_was_sent_first() -> None:
    """``sent_at`` was never written."""
    invoice = make_invoice(make_client(email="bills@example.org"))
    pdf(invoice.pk)
    bills.send_invoice_issued_email(
        billing.InvoiceIssued(invoice.pk, invoice.amount_due), Context(AT, SYSTEM)
    )
    invoice.refresh_from_db()
    assert invoice.sent_at is None
    deliver_all(AT)
    later = AT + timedelta(days=1)
    mailed = OutgoingMail.objects.get(event="invoice_created", recipient="bills@example.org")
    retry_mail(mail=mailed, ctx=Context(later, SYSTEM))
    deliver_all(later)
    invoice.refresh_from_db()
    assert invoice.sent_at == AT
    assert len(mails_to("bills@example.org")) == 2


@pytest.mark.parametrize("status", ["paid", "cancelled"])
def test_an_invoice_that_is_paid_or_closed_meanwhile_is_not_asked_to_be_paid(status: str) -> None:
    invoice = make_invoice()
    pdf(invoice.pk)
    bills.send_invoice_issued_email(
        billing.InvoiceIssued(invoice.pk, invoice.amount_due), Context(AT, SYSTEM)
    )
    bills.remind_to_pay(billing.ReminderDue(invoice.pk, -3, 1200), Context(AT, SYSTEM))
    bills.remind_to_pay(
        billing.ReminderDue(invoice.pk, 1, 1200), Context(AT + timedelta(days=60), SYSTEM)
    )
    if status == "paid":
        make_payment(invoice)
    else:
        void_invoice(invoice=invoice, reason="mistake", ctx=Context(AT, SYSTEM))
    deliver_all(AT)
    rows = OutgoingMail.objects.filter(about_id=invoice.pk, event__startswith="invoice_")
    waiting = rows.exclude(event="invoice_paid")
    assert {row.event for row in waiting} == {
        *("invoice_created", "invoice_reminder", "invoice_overdue")
    }
    assert {(row.status, row.outcome) for row in waiting} == {
        ("skipped", f"The invoice is {status}.")
    }


def test_reminders_count_the_days() -> None:
    invoice = make_invoice()
    assert invoice.due_date is not None
    bills.remind_to_pay(billing.ReminderDue(invoice.pk, -3, 1200), Context(AT, SYSTEM))
    late = AT + (invoice.due_date - AT.date()) + timedelta(days=5)
    bills.remind_to_pay(billing.ReminderDue(invoice.pk, 5, 1200), Context(late, SYSTEM))
    left = (invoice.due_date - AT.date()).days
    assert f"in {left} days" in sent("invoice_reminder")[0].text
    assert "5 days ago" in sent("invoice_overdue")[0].text


def test_a_paid_invoice_is_thanked_for_and_a_part_too() -> None:
    invoice = make_invoice()
    part = make_payment(invoice, amount=500)
    payment_mails.send_partial_payment_email(
        payments.PaymentBooked(part.pk, 700), Context(AT, SYSTEM)
    )
    assert "7.00" in sent("payment_received")[0].text
    invoice.refresh_from_db()
    rest = make_payment(invoice)
    payment_mails.send_partial_payment_email(
        payments.PaymentBooked(rest.pk, 0), Context(AT, SYSTEM)
    )
    last = SettlementEntry.objects.filter(invoice=invoice).latest("pk")
    pdf(invoice.pk)
    bills.send_invoice_paid_email(billing.InvoicePaid(invoice.pk, last.pk), Context(AT, SYSTEM))
    assert len(sent("payment_received")) == 1
    assert "Paid with: Bank transfer" in sent("invoice_paid")[0].text


def test_credit_and_credit_notes_are_told_of() -> None:
    invoice = make_invoice(status="paid")
    make_payment(invoice, amount=300)
    entry = CreditEntry.objects.get(reason="late_payment")
    credit_mails.send_credit_added_email(billing.CreditAdded(entry.pk), Context(AT, SYSTEM))
    text = sent("credit_added")[0].text
    assert "3.00 and is applied to future invoices." in text
    assert "Reason: Payment for a closed invoice" in text
    note = make_credit_note()
    Document.objects.create(
        credit_note=note,
        form="pdf",
        content=b"%PDF-1.7",
        sha256="0" * 64,
        snapshot_sha256="0" * 64,
        made_at=AT,
    )
    bills.send_credit_note_email(billing.CreditNoteIssued(note.pk), Context(AT, SYSTEM))
    assert note.number in sent("credit_note_created")[0].subject


def test_a_closed_client_gets_documents_and_nothing_else() -> None:
    client = make_client()
    invoice, order = make_invoice(client), make_order(client)
    pdf(invoice.pk)
    close_client(client=client, ctx=Context(AT, SYSTEM), reason="test")
    OutgoingMail.objects.all().delete()
    bills.send_invoice_issued_email(
        billing.InvoiceIssued(invoice.pk, invoice.amount_due), Context(AT, SYSTEM)
    )
    order_mails.send_order_placed_email(orders.OrderPlaced(order.pk), Context(AT, SYSTEM))
    assert len(sent("invoice_created")) == 1
    assert sent("order_placed") == []
    assert OutgoingMail.objects.get(event="order_placed").status == "skipped"


def test_orders_are_told_of() -> None:
    order = make_order()
    for event, tell in (
        (orders.OrderPlaced(order.pk), order_mails.send_order_placed_email),
        (orders.OrderActivated(order.pk), order_mails.send_order_active_email),
        (orders.OrderCancelled(order.pk), order_mails.send_order_cancelled_email),
        (orders.OrderRejected(order.pk), order_mails.send_order_rejected_email),
    ):
        tell(event, Context(AT, SYSTEM))  # type: ignore[operator]
    for name in ("order_placed", "order_activated", "order_cancelled", "order_rejected"):
        assert order.number in sent(name)[0].text


def test_staff_are_told_at_the_companys_own_address_once_it_has_one() -> None:
    order = make_order()
    order_mails.ask_for_approval(orders.OrderAwaitingApproval(order.pk), Context(AT, SYSTEM))
    assert OutgoingMail.objects.get(event="order_awaiting_approval").status == "skipped"
    set_setting(key="company.email", value="us@example.org", ctx=Context(AT, SYSTEM))
    later = AT + timedelta(hours=1)
    order_mails.ask_for_approval(orders.OrderAwaitingApproval(order.pk), Context(later, SYSTEM))
    assert sent("order_awaiting_approval")[0].recipient == "us@example.org"


def test_the_life_of_a_service_is_told_of() -> None:
    service = make_service(status="suspended", username="ann1", domain="")
    service_mails.send_service_activated_email(
        hosting.ServiceActivated(service.pk), Context(AT, SYSTEM)
    )
    send_service_suspended_email(hosting.ServiceSuspended(service.pk), Context(AT, SYSTEM))
    warn_of_termination(service=service, on=AT.date() + timedelta(days=3), at=AT)
    assert "ready to use.\n\nUsername: ann1\n" in sent("service_activated")[0].text
    assert (
        f"{service.label} is suspended.\n\nReason: Overdue invoice"
        in sent("service_suspended")[0].text
    )
    assert "will be deleted" in sent("service_terminating")[0].text
    resume_service(service=service, ctx=Context(AT, SYSTEM))
    service_mails.send_service_resumed_email(
        hosting.ServiceResumed(service.pk), Context(AT, SYSTEM)
    )
    service_mails.send_service_terminated_email(
        hosting.ServiceTerminated(service.pk), Context(AT, SYSTEM)
    )
    send_service_cancelled_email(hosting.ServiceCancelled(service.pk), Context(AT, SYSTEM))
    assert len(sent("service_unsuspended")) == len(sent("service_terminated")) == 1
    assert len(sent("service_cancelled")) == 1


def test_credit_that_is_not_applied_by_itself_is_not_said_to_be() -> None:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=Context(AT, SYSTEM))
    make_payment(make_invoice(status="paid"), amount=300)
    entry = CreditEntry.objects.get(reason="late_payment")
    credit_mails.send_credit_added_email(billing.CreditAdded(entry.pk), Context(AT, SYSTEM))
    assert "Your balance is now €3.00.\n" in sent("credit_added")[0].text


def test_of_a_service_that_runs_again_no_suspension_is_told() -> None:
    service = make_service()
    send_service_suspended_email(hosting.ServiceSuspended(service.pk), Context(AT, SYSTEM))
    assert not OutgoingMail.objects.filter(event="service_suspended").exists()
    assert (
        service_mails.suspension_mail_obsolete_reason(service.pk, {})
        == "The service is not suspended any more."
    )


@pytest.mark.parametrize("status", ["pending", "approved", "rejected"])
def test_a_request_to_cancel_is_answered(status: str) -> None:
    service = make_service()
    request = CancellationRequest.objects.create(
        client=service.client,
        service=service,
        kind="immediate",
        reason="too dear",
        note="Sorry.",
        status=status,
        created_at=AT,
    )
    for _ in range(2):
        send_cancellation_email(request=request, at=AT)
    name = {"pending": "cancellation_received"}.get(status, f"cancellation_{status}")
    (told,) = sent(name)
    assert service.label in told.subject
    assert ("Sorry." in told.text) == (status != "pending")
    assert OutgoingMail.objects.filter(event="cancellation_requested").exists() == (
        status == "pending"
    )


@pytest.mark.parametrize("status", ["pending", "rejected"])
def test_a_change_of_plan_is_answered(status: str) -> None:
    service = make_service()
    change = PlanChange.objects.create(
        client=service.client,
        service=service,
        product=(larger := make_product()),
        billing_cycle="monthly",
        amount=900,
        credit=100,
        charge=400,
        total=300,
        status=status,
        created_at=AT,
    )
    send_plan_change_email(change=change, at=AT)
    name = {"pending": "plan_change_received"}.get(status, f"plan_change_{status}")
    (told,) = sent(name)
    assert f"from {service.product} to {larger}" in told.text
    assert ("3.00" in told.text) == (status == "pending")


def test_the_life_of_a_domain_is_told_of() -> None:
    expired = make_domain(status="expired")
    pk, ends = expired.pk, str(expired.expiry_date)
    domain_mails.send_domain_registered_email(
        domains.DomainRegistered(pk, ends), Context(AT, SYSTEM)
    )
    domain_mails.send_domain_transferred_in_email(
        domains.DomainTransferredIn(pk, ends), Context(AT, SYSTEM)
    )
    domain_mails.send_domain_renewed_email(domains.DomainRenewed(pk, ends), Context(AT, SYSTEM))
    domain_mails.send_domain_expired_email(domains.DomainExpired(pk, ends), Context(AT, SYSTEM))
    domain_mails.send_domain_transferred_away_email(
        domains.DomainTransferredAway(pk, ends), Context(AT, SYSTEM)
    )
    for name in ("registered", "transferred_in", "renewed", "expired", "transferred_away"):
        assert len(sent(f"domain_{name}")) == 1
    domain = make_domain()
    for _ in range(2):
        domain_mails.send_expiring_mail(domain=domain, days_left=30, at=AT)
    assert len(sent("domain_expiring")) == 1


def test_who_cannot_see_services_is_not_told_of_them() -> None:
    client = make_client(owner=make_user("alice@example.com"))
    make_member(client, "bob@example.com", rights=["invoices.view"])
    make_member(client, "tess@example.com", rights=["services.view"])
    service = make_service(client)
    service_mails.send_service_resumed_email(
        hosting.ServiceResumed(service.pk), Context(AT, SYSTEM)
    )
    assert [row.recipient for row in sent("service_unsuspended")] == [
        *("alice@example.com", "tess@example.com")
    ]


def test_a_declared_transfer_is_told_to_staff_and_its_rejection_to_the_client() -> None:
    set_setting(key="company.email", value="staff@example.net", ctx=Context(AT, SYSTEM))
    invoice = make_invoice(make_client(email="bills@example.org"))
    ctx = Context(AT, SYSTEM)
    declaration = declare_transfer(invoice)
    payment_mails.send_transfer_notice_email(
        payments.TransferNoticeSubmitted(declaration.pk), Context(AT, SYSTEM)
    )
    (told,) = sent("transfer_declared")
    assert (told.recipient, invoice.number in told.subject) == ("staff@example.net", True)
    reject_transfer_notice(notice=declaration, reason="Nothing came.", ctx=ctx)  # type: ignore[arg-type]
    payment_mails.send_transfer_notice_rejected_email(
        payments.TransferNoticeRejected(declaration.pk), Context(AT, SYSTEM)
    )
    (told,) = sent("transfer_rejected")
    assert told.recipient == "bills@example.org"
    assert "Nothing came." in told.text
