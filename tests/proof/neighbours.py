"""What looks like a fault and is none: the nearest neighbours of what the proof must find, made through the actions."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from commerce.billing import actions as billing
from commerce.billing.actions import by_staff, take_back_claim
from commerce.billing.actions.plan_changes import request_plan_change
from commerce.billing.models import Claim, Invoice, RunStep
from commerce.billing.plan_offers import offers
from commerce.catalog import actions as catalog
from commerce.catalog.models import PromoCode
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.actor import SYSTEM
from commerce.orders import actions as orders
from commerce.orders.models import Order
from commerce.payments import actions as payments
from commerce.payments.models import Payment
from commerce.preferences.actions import set_preference
from tests.make.people import AT, make_client
from tests.make.renewals import RENEWED_AT, make_renewal, renew
from tests.make.trade import (
    VAT,
    Line,
    make_invoice,
    make_order,
    make_payment,
    make_product,
    make_service,
)
from tests.make.world import LATER
from tests.proof.faults import PLAIN
from tests.proof.planting import plant

SAY: dict[str, Any] = {"at": LATER, "actor": SYSTEM}


def renumber(number: str, which: str = "number IS NOT NULL") -> None:
    """Give invoices other numbers, also in the audit log; documents, which say the old ones, go."""
    plant("DELETE FROM billing_document")
    plant(f"UPDATE billing_invoice SET number = {number} WHERE {which}")
    plant(
        "UPDATE audit_entry SET record_name = (SELECT i.number FROM billing_invoice i WHERE i.id = record_id)"
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
    RunStep.objects.filter(name="renew").update(status="failed", errors=failed, finishes=None)


def remove(status: str) -> None:
    """Due and billed by nobody, for its account is about to go."""
    due = make_service(at=AT - timedelta(days=60))
    more = {"lease_until": LATER, "claim": "worker"} if status == "running" else {}
    more |= {"next_try_at": LATER} if status == "waiting" else {}
    Job.objects.create(
        subject_kind="service",
        subject_id=due.pk,
        action="service.terminate",
        cause="asked",
        status=status,
        made_at=AT,
        woken_at=AT,
        **more,
    )


def end_with_its_period() -> None:
    due = make_service(at=AT - timedelta(days=60))
    Service.objects.filter(pk=due.pk).update(cancel_at=due.next_due_date)


def lower_a_limit() -> None:
    catalog.change_promo(promo=PromoCode.objects.get(), max_uses=1, **SAY)


def bounce(payment: Payment) -> Payment:
    payments.reverse_payment(payment=payment, reason="bounced", **SAY)
    payment.refresh_from_db()
    return payment


def bounce_what_is_spent() -> None:
    """More than was due was paid and the rest spent: what cannot be taken is short, for staff."""
    client = make_client()
    paid = make_payment(make_invoice(client), amount=3000)
    billing.pay_out_credit(client=client, currency_code="EUR", amount=1000, reference="x", **SAY)
    assert bounce(paid).status == "reversed"


def bounce_after_a_refund() -> None:
    paid = make_payment(make_invoice(lines=[Line("Much", 5000, VAT)]))
    payments.refund_payment_to_credit(payment=paid, amount=600, reason="asked", key="r9", **SAY)
    assert bounce(paid).status == "reversed"


def bounce_and_pay_again() -> None:
    invoice = make_invoice()
    bounce(make_payment(invoice))
    invoice.refresh_from_db()
    make_payment(invoice, at=LATER)


def win_a_chargeback() -> None:
    paid = bounce(make_payment(make_invoice()))
    source = f"payment:{paid.pk}"
    billing.win_reversal(invoice=paid.invoice, source=source, amount=paid.amount, **SAY)
    plant(
        f"UPDATE payments_payment SET status = 'completed' WHERE id = {paid.pk}; UPDATE audit_entry SET action ="
        f" 'payment.completed' WHERE record_kind = 'payment' AND record_id = {paid.pk}"
    )


def end_one_of_two() -> None:
    """Its period is released while the other one's is open on the same invoice."""
    invoice = make_renewal(services=2)
    claim = Claim.objects.filter(invoice=invoice).first()
    assert claim
    take_back_claim(claim=claim, reason="ends", at=RENEWED_AT, actor=SYSTEM)
    Service.objects.filter(pk=claim.service_id).update(cancel_at=claim.period_start)
    invoice.refresh_from_db()
    assert invoice.status == "unpaid"


def waive_what_follows() -> None:
    """The period after a paid one, not a day of it."""
    invoice = make_renewal()
    claim = Claim.objects.get(invoice=invoice)
    billing.void_invoice(
        invoice=invoice,
        reason="kind",
        decisions={("service", claim.service_id or 0): "waive"},
        at=RENEWED_AT,
        actor=SYSTEM,
    )
    claim.refresh_from_db()
    assert claim.status == "waived"


def clamp() -> None:
    """31 January, then 28 February, then 31 March; a year from 29 February to 28 February."""
    for day, cycle in ((date(2026, 1, 31), "monthly"), (date(2024, 2, 29), "annually")):
        client = make_client()
        begun = AT - timedelta(days=(AT.date() - day).days)
        make_service(client, at=begun, billing_cycle=cycle)
        for _ in range(4):
            renew(client, RENEWED_AT)
            for invoice in Invoice.objects.open().filter(client=client):
                make_payment(invoice, at=RENEWED_AT)
    assert Claim.objects.filter(period_start="2026-02-28", period_end="2026-03-31").exists()
    assert Claim.objects.filter(period_start="2025-02-28", period_end="2026-02-28").exists()


def go_on_unpaid() -> None:
    orders.approve_order(order=make_order(), unpaid_because="an old friend", **SAY)


def order_reversed() -> None:
    order = make_order(status="active")
    bounce(Payment.objects.get(invoice=order.invoice))
    assert Invoice.objects.get(pk=order.invoice_id).paid_at is None


def start_by_hand() -> None:
    """Staff set the state of a service whose order is not paid."""
    [service] = Service.objects.filter(order_unit__item__order=make_order())
    by_staff.override_by_staff(service=service, to="active", reason="moved here", **SAY)


def _paid(at: Any) -> Order:
    order = make_order()
    assert order.invoice
    make_payment(order.invoice, at=at)
    Job.objects.filter(subject_kind="InvoicePaid").update(status="succeeded", ended_at=LATER)
    return order


def hold() -> None:
    orders.hold_order(order=_paid(AT), reason="look", at=AT, actor=SYSTEM)


def approve_each() -> None:
    set_preference(key="orders.auto_approve", value="off", at=AT, actor=SYSTEM)
    _paid(AT)


def approve_none_any_more() -> None:
    """It waited for staff when they began to approve all of themselves."""
    approve_each()
    set_preference(key="orders.auto_approve", value="on", **SAY)


def suspend_by_hand() -> None:
    by_staff.override_by_staff(
        service=make_service(billing_cycle="one_time"),
        to="suspended",
        cause="overdue",
        reason="told by phone",
        **SAY,
    )


def resume() -> None:
    """Paid, and the panel has not switched it on yet."""
    invoice = Invoice.objects.get(billed__service__suspension_reason="overdue")
    make_payment(invoice, at=LATER)


def suspend_for_an_order() -> None:
    """Activated unpaid, and late."""
    service = make_service()
    make_invoice(
        service.client, "overdue", kind="order", billed_services=[service.pk], due_date=AT.date()
    )
    hosting.suspend_service(service=service, cause="overdue", **SAY)


def bounce_before_it_is_late() -> None:
    assert bounce(make_payment(make_invoice(due_date=LATER.date()))).invoice.status != "overdue"


def edit(**terms: Any) -> None:
    by_staff.edit_by_staff(service=make_service(), reason="agreed", **terms, **SAY)


def change_plan(cycle: str) -> None:
    """To a dearer plan, of the same cycle or another one."""
    prices = [("EUR", "monthly", 500), ("EUR", "annually", 5000)]
    old = make_product(prices=prices)
    dearer = [("EUR", "monthly", 900), ("EUR", "annually", 9000)]
    new = make_product(group=old.group, prices=dearer)
    service = make_service(product=old, at=RENEWED_AT)
    [offer] = [
        one
        for one in offers(service, LATER.date())
        if (one.product, one.billing_cycle) == (new, cycle)
    ]
    change = request_plan_change(
        service=service, product_id=new.pk, billing_cycle=cycle, shown=offer.shown, **SAY
    )
    assert change.invoice
    make_payment(change.invoice, at=LATER)
    service.refresh_from_db()
    assert (service.product, service.billing_cycle) == (new, cycle)


def order_at_a_discount() -> None:
    """Made when entries of the audit log did not tell what a service costs."""
    plant("UPDATE audit_entry SET after = '{}' WHERE action = 'service.created'")


def forget_the_audit_log() -> None:
    """Retention: entries go, and what they told of stays."""
    plant("DELETE FROM audit_entry WHERE at < '2026-05-02'")


def remind_after_a_pause() -> None:
    """The steps that were passed are left out for the last one."""
    set_preference(key="billing.reminder_days", value="-30, -20", at=AT, actor=SYSTEM)
    invoice = make_invoice(at=LATER)
    billing.remind(invoice=invoice, day=LATER.date(), **SAY)
    assert {one.status for one in invoice.reminders.all()} == {"sent", "skipped"}


def end_a_fee() -> None:
    fee = Invoice.objects.get(kind="late_fee")
    billing.void_invoice(invoice=fee, reason="kind", **SAY)


def include_tax() -> None:
    """Prices with tax: the base is what rounding leaves, and tax the rest."""
    for amount in (999, 1001, 1003, 7):
        lines = [Line("One", amount, VAT), Line("Other", amount, VAT), Line("Off", -3, VAT)]
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
    "a paid order an hour ago": lambda: _paid(LATER - timedelta(hours=1)),
    "a service that staff suspended as overdue": suspend_by_hand,
    "a paid service that is to be resumed": resume,
    "a service suspended for its overdue order": suspend_for_an_order,
    "a payment that bounced before its invoice is late": bounce_before_it_is_late,
    "an invoice that is due today": lambda: make_invoice(due_date=LATER.date(), at=AT),
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
