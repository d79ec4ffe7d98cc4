"""R37 and R38 with threads: a bank takes a payment of the old plan, staff refund it, while the change is paid."""

from collections.abc import Callable

import pytest
from django.db import connection

from commerce.billing.models import CreditEntry, Invoice
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.plan_change_payments import record_plan_change_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from tests import make
from tests.flows.test_races import WORKERS, at_once
from tests.make.plan_changes import ask, bought, plan, wish
from tests.make.proof import proof_violations
from tests.payments.plan_changes.conftest import TENTH

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
CTX = Context(TENTH, SYSTEM)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("taken", ["bounced", "refunded"])
@pytest.mark.parametrize("moved", [False, True])
def test_what_pays_the_old_plan_goes_while_the_change_is_paid(
    *, first: int, taken: str, moved: bool
) -> None:
    """Either order; what was received, less what went, is what invoices hold and credit is."""
    group = make.make_group()
    small, large = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    if moved:
        Service.objects.filter(pk=service.pk).update(
            client=make.make_client(owner="carol@example.com")
        )
        service.refresh_from_db()
    payment = Payment.objects.get()
    asked = ask(service, large, TENTH)
    money: dict[str, Callable[[], object]] = {
        "bounced": lambda: reverse_payment(
            payment=Payment.objects.get(pk=payment.pk), reason="bounced", ctx=CTX
        ),
        "refunded": lambda: refund_payment(
            method="credit",
            payment=Payment.objects.get(pk=payment.pk),
            amount=3000,
            reason="Sorry",
            idempotency_key="r1",
            ctx=CTX,
        ),
    }

    def pays() -> object:
        return record_plan_change_payment(
            change=type(asked).objects.get(pk=asked.pk),
            money=ReceivedMoney(
                gateway="bank_transfer",
                transaction_id="SEPA 1",
                amount=2000,
                currency_code="EUR",
                received_on=TENTH.date(),
            ),
            ctx=CTX,
        )

    tasks = [pays, money[taken]] if first else [money[taken], pays]
    results = at_once(tasks * (WORKERS // 2))
    errors = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, BusinessError) for one in errors), errors
    assert Payment.objects.filter(plan_change=asked).count() == 1
    went = 3000 if Payment.objects.get(pk=payment.pk).status == "reversed" else 0
    held = sum(
        entry.amount
        for invoice in Invoice.objects.all()
        for entry in invoice.settlement_entries.exclude(kind="credit_note")
    )
    credit = sum(CreditEntry.objects.values_list("amount", flat=True))
    assert held + credit == 5000 - went
    found = set(
        proof_violations(TENTH)
    )  # nothing moves services yet: the proof sees the row as a fault
    assert found == ({"M13-client"} if moved else set())
