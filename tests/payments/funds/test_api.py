"""What the API shows of a payment for several invoices: on each its share, and that it changed (client-api.md 8)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.states import move_payment
from commerce.payments.models import Payment
from commerce.payments.rules import PaymentStatus
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.api import call_api
from tests.make.sql_statements import statements
from tests.payments.funds.conftest import hear, pay, several

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
LATER = make.AT + timedelta(hours=1)


@pytest.fixture
def token(client: Client) -> str:
    return make.make_token(client)[1]


def shown(token: str, invoice: Invoice) -> list[tuple[int, int]]:
    body = call_api(f"/api/v1/invoices/{invoice.pk}", token).json
    return [(each["id"], each["amount"]) for each in body["data"]["payments"]]


def paid_together(client: Client, provider: FakeProvider, amount: int) -> list[Invoice]:
    invoices = several(client, 2, 5, 8)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "", amount=amount)
    hear(attempt)
    return invoices


def test_each_invoice_shows_its_share(client: Client, token: str, provider: FakeProvider) -> None:
    """The sum of what invoices show of a payment is what was settled by it."""
    invoices = paid_together(client, provider, 1700)
    pk = Payment.objects.get().pk
    assert [shown(token, each) for each in invoices] == [[(pk, 1200)], [(pk, 500)], []]


def test_it_stands_among_payments_for_this_invoice_alone_in_their_order(
    client: Client, token: str, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    first = make.make_payment(invoices[0], amount=200)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "")
    hear(attempt)
    last = make.make_payment(invoices[0], amount=300)
    shared = Payment.objects.get(invoice=None)
    assert shown(token, invoices[0]) == [(first.pk, 200), (shared.pk, 1000), (last.pk, 300)]
    assert shown(token, invoices[1]) == [(shared.pk, 1200)]


def test_it_is_no_longer_shown_once_it_was_taken_back_and_the_invoices_say_that_they_changed(
    client: Client, token: str, provider: FakeProvider
) -> None:
    invoices = paid_together(client, provider, 3600)
    before = call_api(f"/api/v1/invoices/{invoices[0].pk}", token).headers["etag"]
    ctx = Context(LATER, SYSTEM)
    move_payment(payment=Payment.objects.get(), to=PaymentStatus.DISPUTED, ctx=ctx)
    assert [len(shown(token, each)) for each in invoices] == [1, 1, 1]
    since = call_api(f"/api/v1/invoices?updated_since={LATER:%Y-%m-%dT%H:%M:%SZ}", token).json
    assert {each["id"] for each in since["data"]} == {each.pk for each in invoices}
    assert call_api(f"/api/v1/invoices/{invoices[0].pk}", token).headers["etag"] != before


def test_nobody_else_sees_it(client: Client, provider: FakeProvider) -> None:
    invoices = paid_together(client, provider, 3600)
    stranger = make.make_token(make.make_client())[1]
    assert call_api(f"/api/v1/invoices/{invoices[0].pk}", stranger).status == 404


@pytest.mark.parametrize("path", ["/api/v1/invoices", "/api/v1/invoices/{pk}"])
def test_a_request_is_one_statement(
    client: Client, token: str, provider: FakeProvider, path: str
) -> None:
    invoices = paid_together(client, provider, 3600)
    call_api(path.format(pk=invoices[0].pk), token)
    with statements() as seen:
        assert call_api(path.format(pk=invoices[0].pk), token).status == 200
    assert len(seen) == 1
