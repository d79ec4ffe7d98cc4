"""accounts.md 2: a client is closed when nothing is left, or with everything that is."""

import pytest

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import BilledPeriod, Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.orders.actions.account_closing import close_client_account
from commerce.orders.models import Order
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db
CTX = Context(RENEWED_AT, SYSTEM)


def test_what_is_left_is_named_and_keeps_a_client_open() -> None:
    client = make.make_client()
    make_renewal(client)
    make.make_order(client)
    make.make_domain(client)
    says = "1 open order, 2 services, 1 domain, 2 open invoices"
    with pytest.raises(BusinessError, match=says):
        close_client_account(client=client, reason="gave up", ctx=CTX)
    assert Client.objects.get().status == "active"


def test_with_everything_it_ends_and_credit_is_left_for_pay_out() -> None:
    client = make.make_client()
    paid = make.make_order(client)
    assert paid.invoice is not None
    make.make_payment(paid.invoice, amount=100)
    make_renewal(client)
    make.make_domain(client)
    make.make_invoice(client)
    left = close_client_account(client=client, end_everything=True, reason="gave up", ctx=CTX)
    assert left == [Money(100, "EUR")]
    assert not Invoice.objects.open().exists()
    assert not BilledPeriod.objects.filter(status="open").exists()
    for model in (Order, Service, Domain):
        assert set(model._default_manager.values_list("status", flat=True)) == {"cancelled"}
    run_all_jobs(RENEWED_AT, failing=True)
    client.refresh_from_db()
    assert client.status == "closed"
    assert_proven(RENEWED_AT)


def test_one_of_whom_nothing_is_left_is_closed_at_once() -> None:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=5, ctx=Context(make.AT, SYSTEM))
    with pytest.raises(BusinessError, match="Enter a reason"):
        close_client_account(client=client, reason=" ", ctx=CTX)
    assert close_client_account(client=client, reason="gave up", ctx=CTX) == [Money(5, "EUR")]
    assert client.status == "closed"
