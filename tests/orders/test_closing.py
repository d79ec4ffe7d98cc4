"""accounts.md 2: a client is closed when nothing is left, or with everything that is."""

from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.actions import add_credit
from commerce.billing.models import Claim, Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.kit.money import Money
from commerce.orders.actions import close_account
from commerce.orders.models import Order
from tests import make
from tests.make.jobs import run_all
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"reason": "gave up", "at": RENEWED_AT, "actor": SYSTEM}


def test_what_is_left_is_named_and_keeps_a_client_open() -> None:
    client = make.make_client()
    make_renewal(client)
    make.make_order(client)
    make.make_domain(client)
    says = "1 orders, 2 services, 1 domains, 2 open invoices"
    with pytest.raises(Refused, match=says):
        close_account(client=client, **SAY)
    assert Client.objects.get().status == "active"


def test_with_everything_it_ends_and_credit_is_left_for_pay_out() -> None:
    client = make.make_client()
    paid = make.make_order(client)
    assert paid.invoice is not None
    make.make_payment(paid.invoice, amount=100)
    make_renewal(client)
    make.make_domain(client)
    make.make_invoice(client)
    left = close_account(client=client, end_everything=True, **SAY)
    assert left == [Money(100, "EUR")]
    assert not Invoice.objects.open().exists()
    assert not Claim.objects.filter(status="open").exists()
    for model in (Order, Service, Domain):
        assert set(model._default_manager.values_list("status", flat=True)) == {"cancelled"}
    run_all(RENEWED_AT, failing=True)
    client.refresh_from_db()
    assert client.status == "closed"
    assert_proven(RENEWED_AT)


def test_one_of_whom_nothing_is_left_is_closed_at_once() -> None:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=5, at=make.AT, actor=SYSTEM)
    with pytest.raises(Refused, match="Say why"):
        close_account(client=client, **SAY | {"reason": " "})
    assert close_account(client=client, **SAY) == [Money(5, "EUR")]
    assert client.status == "closed"
