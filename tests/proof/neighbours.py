"""What looks like a fault and is none: the nearest neighbours of what the proof must find, made through the actions."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from commerce.billing.changes import service_edits
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.credit.actions import pay_out_credit
from commerce.billing.invoices.actions.corrections import credit_open_period, void_invoice
from commerce.billing.invoices.actions.reversals import book_won_reversal
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.actions.dunning import send_reminder
from commerce.catalog.actions.promos import change_promo
from commerce.catalog.models import PromoCode
from commerce.hosting.actions.editing import schedule_service_end
from commerce.hosting.actions.staff import override_service_status
from commerce.hosting.actions.states import suspend_service
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import approve_order, hold_order
from commerce.orders.models import Order
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from commerce.runs.models import DailyRunStep
from commerce.site_settings.actions import set_setting
from tests.make.company import PROOF_AT
from tests.make.people import AT, make_client
from tests.make.plan_changes import pay_request
from tests.make.records import (
    VAT,
    make_invoice,
    make_order,
    make_payment,
    make_product,
    make_service,
)
from tests.make.renewals import RENEWED_AT, make_renewal, renew_services_of
from tests.proof.faults import PLAIN
from tests.proof.planting import plant

CTX = Context(PROOF_AT, SYSTEM)


def renumber(number: str, which: str = "number IS NOT NULL") -> None:
    """Give invoices other numbers, also in the audit log; documents, which say the old ones, go."""
    plant("DELETE FROM billing_document")
    plant(f"UPDATE billing_invoice SET number = {number} WHERE {which}")
    plant(
        "UPDATE audit_auditentry SET record_name = (SELECT i.number FROM billing_invoice i WHERE i.id = record_id)"
        " WHERE record_kind = 'invoice' AND record_id IN (SELECT id FROM billing_invoice WHERE number IS NOT NULL)"
    )


def pass_9999() -> None:
    """All numbers rise so that 10000 follows 9999 in the course of a day."""
    renumber("'INV-' || (CAST(substr(number, 5) AS integer) + 9990)")
    plant(
        "UPDATE billing_numbersequence SET next_number = next_number + 9990 WHERE name = 'invoice'"
    )


def fail_to_bill() -> None:
    due = make_service(at=AT - timedelta(days=60))
    failed = [{"kind": "renew", "id": due.client_id, "error": "x"}]
    DailyRunStep.objects.filter(name="renew").update(status="failed", errors=failed, finishes=None)


def remove(status: str) -> None:
    """Due and billed by nobody, for its account is about to go."""
    due = make_service(at=AT - timedelta(days=60))
    more = {"lease_until": PROOF_AT, "claim": "worker"} if status == "running" else {}
    more |= {"next_try_at": PROOF_AT} if status == "waiting" else {}
    Job.objects.create(
        subject_kind="service",
        subject_id=due.pk,
        action="service.terminate",
        idempotency_key="asked",
        status=status,
        created_at=AT,
        **more,
    )


def end_with_its_period() -> None:
    due = make_service(at=AT - timedelta(days=60))
    before = Context(AT - timedelta(days=60), SYSTEM)
    schedule_service_end(service=due, ends_on=due.next_due_date, ctx=before)


def lower_a_limit() -> None:
    change_promo(promo=PromoCode.objects.get(), max_uses=1, ctx=CTX)


def bounce(payment: Payment) -> Payment:
    reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    payment.refresh_from_db()
    return payment


def bounce_what_is_spent() -> None:
    """More than was due was paid and the rest spent: what cannot be taken is short, for staff."""
    client = make_client()
    paid = make_payment(make_invoice(client), amount=3000)
    pay_out_credit(client=client, currency_code="EUR", amount=1000, reference="x", ctx=CTX)
    assert bounce(paid).status == "reversed"


def bounce_after_a_refund() -> None:
    paid = make_payment(make_invoice(lines=[DraftLine("Much", 5000, VAT)]))
    refund_payment(
        method="credit", payment=paid, amount=600, reason="asked", idempotency_key="r9", ctx=CTX
    )
    assert bounce(paid).status == "reversed"


def bounce_and_pay_again() -> None:
    invoice = make_invoice()
    bounce(make_payment(invoice))
    invoice.refresh_from_db()
    make_payment(invoice, at=PROOF_AT)


def win_a_chargeback() -> None:
    paid = bounce(make_payment(make_invoice()))
    source = f"payment:{paid.pk}"
    book_won_reversal(invoice=paid.invoice, source=source, amount=paid.amount, ctx=CTX)
    plant(
        f"UPDATE payments_payment SET status = 'completed' WHERE id = {paid.pk}; UPDATE audit_auditentry SET action ="
        f" 'payment.completed' WHERE record_kind = 'payment' AND record_id = {paid.pk}"
    )


def end_one_of_two() -> None:
    """Its period is released while the other one's is open on the same invoice."""
    invoice = make_renewal(services=2)
    billed_period = BilledPeriod.objects.filter(invoice=invoice).first()
    assert billed_period
    credit_open_period(period=billed_period, reason="ends", ctx=Context(RENEWED_AT, SYSTEM))
    service = Service.objects.get(pk=billed_period.service_id)
    ends = Context(RENEWED_AT, SYSTEM)
    schedule_service_end(service=service, ends_on=billed_period.period_start, ctx=ends)
    invoice.refresh_from_db()
    assert invoice.status == "unpaid"


def waive_what_follows() -> None:
    """The period after a paid one, not a day of it."""
    invoice = make_renewal()
    billed_period = BilledPeriod.objects.get(invoice=invoice)
    void_invoice(
        invoice=invoice,
        reason="kind",
        decisions={("service", billed_period.service_id or 0): "waive"},
        ctx=Context(RENEWED_AT, SYSTEM),
    )
    billed_period.refresh_from_db()
    assert billed_period.status == "waived"


def clamp() -> None:
    """31 January, then 28 February, then 31 March; a year from 29 February to 28 February."""
    for day, cycle in ((date(2026, 1, 31), "monthly"), (date(2024, 2, 29), "annually")):
        client = make_client()
        begun = AT - timedelta(days=(AT.date() - day).days)
        make_service(client, at=begun, billing_cycle=cycle)
        for _ in range(4):
            renew_services_of(client, RENEWED_AT)
            for invoice in Invoice.objects.open().filter(client=client):
                make_payment(invoice, at=RENEWED_AT)
    assert BilledPeriod.objects.filter(period_start="2026-02-28", period_end="2026-03-31").exists()
    assert BilledPeriod.objects.filter(period_start="2025-02-28", period_end="2026-02-28").exists()


def go_on_unpaid() -> None:
    approve_order(order=make_order(), unpaid_because="an old friend", ctx=CTX)


def order_reversed() -> None:
    order = make_order(status="active")
    bounce(Payment.objects.get(invoice=order.invoice))
    assert Invoice.objects.get(pk=order.invoice_id).paid_at is None


def start_by_hand() -> None:
    """Staff set the state of a service whose order is not paid."""
    [service] = Service.objects.filter(order_unit__item__order=make_order())
    service_edits.override_service(service=service, to="active", reason="moved here", ctx=CTX)


def _paid(at: Any) -> Order:
    order = make_order()
    assert order.invoice
    make_payment(order.invoice, at=at)
    Job.objects.filter(subject_kind="InvoicePaid").update(status="succeeded", ended_at=PROOF_AT)
    return order


def hold() -> None:
    hold_order(order=_paid(AT), reason="look", ctx=Context(AT, SYSTEM))


def approve_each() -> None:
    set_setting(key="orders.auto_approve", value="off", ctx=Context(AT, SYSTEM))
    _paid(AT)


def approve_none_any_more() -> None:
    """It waited for staff when they began to approve all of themselves."""
    approve_each()
    set_setting(key="orders.auto_approve", value="on", ctx=CTX)


def suspend_by_hand() -> None:
    override_service_status(
        service=make_service(billing_cycle="one_time"),
        to=ServiceStatus.SUSPENDED,
        suspension_reason="overdue",
        reason="told by phone",
        ctx=CTX,
    )


def resume() -> None:
    """Paid, and the panel has not switched it on yet."""
    invoice = Invoice.objects.get(subjects__service__suspension_reason="overdue")
    make_payment(invoice, at=PROOF_AT)


def suspend_for_an_order() -> None:
    """Activated unpaid, and late."""
    service = make_service()
    make_invoice(
        service.client, "overdue", kind="order", billed_services=[service.pk], due_date=AT.date()
    )
    suspend_service(service=service, suspension_reason="overdue", ctx=CTX)


def bounce_before_it_is_late() -> None:
    assert bounce(make_payment(make_invoice(due_date=PROOF_AT.date()))).invoice.status != "overdue"


def edit(**terms: Any) -> None:
    service_edits.edit_price_and_dates(service=make_service(), reason="agreed", **terms, ctx=CTX)


def change_plan(cycle: str) -> None:
    """To a dearer plan, of the same cycle or another one."""
    prices = [("EUR", "monthly", 500), ("EUR", "annually", 5000)]
    old = make_product(prices=prices)
    dearer = [("EUR", "monthly", 900), ("EUR", "annually", 9000)]
    new = make_product(group=old.group, prices=dearer)
    service = make_service(product=old, at=RENEWED_AT)
    [offer] = [
        one
        for one in plan_offers(service, PROOF_AT.date())
        if (one.product, one.billing_cycle) == (new, cycle)
    ]
    change = request_plan_change(
        vat_refresh=None,
        service=service,
        product_id=new.pk,
        billing_cycle=cycle,
        expected=offer.totals,
        losses_accepted=True,
        ctx=CTX,
    )
    pay_request(change, change.total or 0, PROOF_AT)
    service.refresh_from_db()
    assert (service.product, service.billing_cycle) == (new, cycle)


def order_at_a_discount() -> None:
    """Made when entries of the audit log did not tell what a service costs."""
    plant("UPDATE audit_auditentry SET after = '{}' WHERE action = 'service.created'")


def forget_the_audit_log() -> None:
    """Retention: entries go, and what they told of stays."""
    plant("DELETE FROM audit_auditentry WHERE at < '2026-05-02'")


def remind_after_a_pause() -> None:
    """The steps that were passed are left out for the last one."""
    set_setting(key="billing.reminder_days", value="-30, -20", ctx=Context(AT, SYSTEM))
    invoice = make_invoice(at=PROOF_AT)
    send_reminder(invoice=invoice, day=PROOF_AT.date(), ctx=CTX)
    assert {one.status for one in invoice.reminders.all()} == {"sent", "skipped"}


def end_a_fee() -> None:
    fee = Invoice.objects.get(kind="late_fee")
    void_invoice(invoice=fee, reason="kind", ctx=CTX)


def include_tax() -> None:
    """Prices with tax: the base is what rounding leaves, and tax the rest."""
    for amount in (999, 1001, 1003, 7):
        lines = [
            DraftLine("One", amount, VAT),
            DraftLine("Other", amount, VAT),
            DraftLine("Off", -3, VAT),
        ]
        make_invoice(lines=lines, prices_include_tax=True)


ALLOWED: dict[str, Callable[[], object]] = {
    "another prefix in the course of a day": lambda: renumber(
        "'RE/' || substr(number, 5)", f"id = {PLAIN}"
    ),
    "a prefix that ends in digits": lambda: renumber("'2026' || substr(number, 5)"),
    "numbers that pass 9999": pass_9999,
    "a client that the last run could not bill": fail_to_bill,
    **{
        f"a service that is being removed, {status}": partial(remove, status)
        for status in ("queued", "running", "waiting", "parked")
    },
    "a service that ends with its period": end_with_its_period,
    "a service that is paid once": lambda: make_service(
        at=AT - timedelta(days=60), billing_cycle="one_time"
    ),
    "a limit of uses that staff lowered": lower_a_limit,
    "a payment that bounced, its rest spent": bounce_what_is_spent,
    "a payment that bounced after a refund": bounce_after_a_refund,
    "a payment that bounced, and another in its place": bounce_and_pay_again,
    "a chargeback that was won": win_a_chargeback,
    "a period released and credited on an open invoice": end_one_of_two,
    "a waived period after a paid one": waive_what_follows,
    "periods that end with a short month": clamp,
    "an order that staff let go on unpaid": go_on_unpaid,
    "an active order whose payment bounced": order_reversed,
    "a service that staff started by hand": start_by_hand,
    "a paid order on hold": hold,
    "a paid order where staff approve each": approve_each,
    "a paid order from when staff approved each": approve_none_any_more,
    "a paid order an hour ago": lambda: _paid(PROOF_AT - timedelta(hours=1)),
    "a service that staff suspended as overdue": suspend_by_hand,
    "a paid service that is to be resumed": resume,
    "a service suspended for its overdue order": suspend_for_an_order,
    "a payment that bounced before its invoice is late": bounce_before_it_is_late,
    "an invoice that is due today": lambda: make_invoice(due_date=PROOF_AT.date(), at=AT),
    "a due date that staff moved by a year": lambda: edit(next_due_date=date(2027, 5, 8)),
    "an amount that staff agreed on": lambda: edit(amount=321),
    "a cycle that staff changed": lambda: edit(billing_cycle="annually"),
    "a dearer plan": lambda: change_plan("monthly"),
    "another plan and cycle": lambda: change_plan("annually"),
    "services made before entries told the amount": order_at_a_discount,
    "an audit log that was cleaned": forget_the_audit_log,
    "steps left out after a pause": remind_after_a_pause,
    "a fee that was taken back": end_a_fee,
    "prices that include tax": include_tax,
}
