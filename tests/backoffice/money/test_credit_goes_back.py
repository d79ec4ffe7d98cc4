"""Staff send a client's credit back to the payments behind it: the page of the balance, and its one form."""

from datetime import timedelta

import pytest
from django.urls import reverse

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditAccount
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.models import Payment, Refund
from tests.doubles.gateway import FakeProvider
from tests.make import PASSWORD, make_client, make_invoice, make_payment
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_forms import action_url, fill_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]
TYPED = {"reason": "Downgraded", "own_password": PASSWORD}


@pytest.fixture
def bea() -> HttpsTestClient:
    """A browser of somebody who does the billing."""
    return staff_browser(make_staff("billing", "bea@example.com"))


@pytest.fixture
def account(provider: FakeProvider) -> CreditAccount:
    """5.00 of a card payment that a note set free, and 3.00 of a gift."""
    at = clock.now() - timedelta(days=1)
    assert provider
    client = make_client()
    payment = make_payment(make_invoice(client, at=at), gateway="fake", at=at)
    ctx = Context(at, SYSTEM)
    credit_invoice(invoice=payment.invoice, amount=500, reason="downgrade", ctx=ctx)
    add_credit(client=client, currency_code="EUR", amount=300, note="gift", ctx=ctx)
    return CreditAccount.objects.get()


def test_the_page_says_how_much_can_go_back_through_which_payment(
    bea: HttpsTestClient, account: CreditAccount
) -> None:
    page = bea.get(reverse("admin:billing_creditaccount_change", args=[account.pk]))
    text = page.content.decode()
    assert "Refundable to payment methods" in text
    row = text.split("Refundable to payment methods")[-1].split("Movements")[0]
    payment = Payment.objects.get()
    assert all(word in row for word in (f"/payments/{payment.pk}", "Fake", "5.00"))
    form = bea.get(action_url(account, "refund")).content.decode()
    assert form_values(form)["amount"] == "5.00"


def test_sent_twice_it_goes_back_once(bea: HttpsTestClient, account: CreditAccount) -> None:
    url = action_url(account, "refund")
    form = fill_in(bea, url, **TYPED)
    assert [bea.post(url, form).status_code for _twice in range(2)] == [303, 303]
    refund = Refund.objects.get()
    assert (refund.amount, refund.status, refund.recorded_by) == (
        500,
        "requested",
        "bea@example.com",
    )
    account.refresh_from_db()
    assert account.balance == 300
    refused = bea.get(url)
    assert b"Record a payout instead" in refused.content


def test_two_who_opened_it_send_it_once(bea: HttpsTestClient, account: CreditAccount) -> None:
    url = action_url(account, "refund")
    other = staff_browser(make_staff("billing", "ben@example.com"))
    forms = [(web, fill_in(web, url, amount="3.00", **TYPED)) for web in (bea, other)]
    statuses = [web.post(url, form).status_code for web, form in forms]
    assert statuses == [303, 409]
    assert Refund.objects.get().amount == 300


@pytest.mark.parametrize("typed", [{"amount": "5.01"}, {"own_password": "wrong"}, {"reason": ""}])
def test_more_another_password_or_no_reason_is_refused(
    bea: HttpsTestClient, account: CreditAccount, typed: dict[str, str]
) -> None:
    url = action_url(account, "refund")
    assert bea.post(url, fill_in(bea, url, **TYPED | typed)).status_code == 422
    assert not Refund.objects.exists()


def test_who_may_not_refund_sees_no_button(account: CreditAccount) -> None:
    web = staff_browser(make_staff("support", "sam@example.com"))
    assert web.get(action_url(account, "refund")).status_code == 403


def test_a_refunded_payment_whose_money_is_credit_can_bounce(
    bea: HttpsTestClient, provider: FakeProvider
) -> None:
    """Its page said that only completed payments can be reversed."""
    at = clock.now() - timedelta(days=1)
    assert provider
    payment = make_payment(make_invoice(make_client(), at=at), gateway="fake", at=at)
    refund_payment(
        method="credit",
        payment=payment,
        amount=1200,
        reason="x",
        idempotency_key="c",
        ctx=Context(at, SYSTEM),
    )
    url = action_url(payment, "reverse")
    assert bea.post(url, fill_in(bea, url, reason="bounced")).status_code == 303
    assert CreditAccount.objects.get().balance == 0
    assert b"can be reversed" in bea.get(url).content
