"""R37 and R38: a payment is taken by its bank after a plan changed; a service that moved leaves money with who paid."""

from datetime import timedelta

import pytest

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.billing.periods.dunning_steps import find_services_to_suspend
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from commerce.runs.step import RunDay
from tests import make
from tests.make.plan_changes import ask, bought, change, pay_request, plan, wish
from tests.make.proof import proof_violations

pytestmark = pytest.mark.django_db
AT = make.AT
TENTH, TWELFTH = AT + timedelta(days=10), AT + timedelta(days=12)
LATER = Context(TWELFTH, SYSTEM)


def upgraded() -> tuple[Service, Payment, Payment]:
    """Bought at 30.00 and changed to 60.00 on day 10 of 30, for 20.00: the service, and both payments."""
    group = make.make_group()
    small, large = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    change(service, large, TENTH)
    first, second = Payment.objects.order_by("pk")
    return service, first, second


def invoices(service: Service) -> dict[str, tuple[str, int]]:
    rows = Invoice.objects.filter(subjects__service=service).order_by("pk")
    return {row.kind: (row.status, row.amount_due) for row in rows}


def test_the_payment_of_the_change_itself_opens_its_invoice_by_the_whole_amount() -> None:
    service, _first, second = upgraded()
    reverse_payment(payment=second, reason="bounced", ctx=LATER)
    assert invoices(service) == {"order": ("paid", 0), "plan_change": ("unpaid", 2000)}
    assert proof_violations(TWELFTH) == {}


def test_the_payment_of_the_old_plan_opens_by_the_whole_amount_what_it_paid() -> None:
    """30.00: 10.00 of them are still on the order; 20.00 became credit, which paid the change's invoice."""
    service, first, _second = upgraded()
    reverse_payment(payment=first, reason="bounced", ctx=LATER)
    found = invoices(service)
    assert found["order"][0] in ("unpaid", "overdue")
    assert found["order"][1] + found["plan_change"][1] == 3000
    assert found == {"order": ("unpaid", 1000), "plan_change": ("unpaid", 2000)}
    assert proof_violations(TWELFTH) == {}


def test_both_taken_open_all_that_both_had_paid() -> None:
    service, first, second = upgraded()
    reverse_payment(payment=second, reason="bounced", ctx=LATER)
    reverse_payment(payment=first, reason="bounced", ctx=LATER)
    assert invoices(service) == {"order": ("unpaid", 1000), "plan_change": ("unpaid", 4000)}
    assert proof_violations(TWELFTH) == {}


def test_the_invoice_of_its_own_change_is_opened_before_newer_uses_of_credit() -> None:
    """Also before that of a newer change, which credit of another origin paid."""
    service, first, _second = upgraded()
    small, large = Product.objects.order_by("pk")
    [other] = bought(wish(small), client=service.client)
    gift = {"client": service.client, "currency_code": "EUR", "note": "gift"}
    add_credit(amount=2000, ctx=Context(TENTH, SYSTEM), **gift)
    assert ask(other, large, TENTH, use_credit=True).status == "applied"
    add_credit(amount=500, ctx=Context(TENTH, SYSTEM), **gift)
    newest = make.make_invoice(service.client, at=TENTH)
    assert newest.credit_applied == 500
    reverse_payment(payment=first, reason="bounced", ctx=LATER)
    assert invoices(service) == {"order": ("unpaid", 1000), "plan_change": ("unpaid", 2000)}
    assert invoices(other) == {"order": ("paid", 0), "plan_change": ("paid", 0)}
    newest.refresh_from_db()
    assert newest.credit_applied == 500
    assert proof_violations(TWELFTH) == {}


@pytest.mark.parametrize("which", [0, 1])
def test_the_service_is_suspended_after_the_hold(which: int) -> None:
    """Held from dunning for the days of grace, then as late as its due date says."""
    service, *payments = upgraded()
    at = AT + timedelta(days=40)
    reverse_payment(payment=payments[which], reason="bounced", ctx=Context(at, SYSTEM))
    assert ("overdue", 2000) in invoices(service).values()

    def due_on(days: int) -> bool:
        day = at + timedelta(days=days)
        found = find_services_to_suspend(RunDay(day.date(), day))
        return found.filter(pk=service.pk).exists()

    assert [due_on(days) for days in (1, 3, 4)] == [False, False, True]


def test_paid_again_all_is_as_before() -> None:
    service, first, _second = upgraded()
    reverse_payment(payment=first, reason="bounced", ctx=LATER)
    for invoice in Invoice.objects.open():
        make.make_payment(invoice, at=TWELFTH)
    assert set(invoices(service).values()) == {("paid", 0)}
    service.refresh_from_db()
    assert service.next_due_date is not None
    assert proof_violations(TWELFTH) == {}


def test_money_of_a_moved_service_stays_with_who_paid() -> None:
    """It is changed by its new client, refunded to its former one, and taken from that one's books."""
    group = make.make_group()
    small, large = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    former = service.client
    payment = Payment.objects.get()
    other = make.make_client(owner="carol@example.com")
    Service.objects.filter(pk=service.pk).update(client=other)
    service.refresh_from_db()
    asked = ask(service, large, TENTH)
    assert (asked.credit, asked.charge) == (0, 2000)
    invoice = pay_request(asked, 2000, TENTH)
    assert invoice is not None
    assert invoice.client == other
    refund_payment(
        method="credit",
        payment=payment,
        amount=1000,
        reason="Sorry",
        idempotency_key="r1",
        ctx=LATER,
    )
    assert (credit_balance(former.pk, "EUR"), credit_balance(other.pk, "EUR")) == (1000, 0)
    reverse_payment(payment=payment, reason="bounced", ctx=LATER)
    assert credit_balance(former.pk, "EUR") == 0
    order = Invoice.objects.get(client=former)
    assert (order.status, order.amount_due) == ("unpaid", 2000)
    invoice.refresh_from_db()
    assert invoice.status == "paid"
