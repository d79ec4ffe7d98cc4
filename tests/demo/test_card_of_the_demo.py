"""Stripe's stand-in beside the demo, and the gateway before it: a demo's alone, and a restart loses nothing."""

from pathlib import Path
from typing import Any

import pytest

from commerce.demo.card_double import fill_from_books, running_card_double
from commerce.demo.stripe_double.account import StripeAccount
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.booking import record_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.saved_cards import CardConsent, save_card
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import PaymentCard, PaymentRequest
from commerce.payments.gateways.stripe import test_card
from commerce.payments.gateways.test_card_double import SLUG
from commerce.payments.models import GatewayCustomer
from commerce.payments.rules import PaymentMethod
from tests.make.people import AT, make_client
from tests.make.records import make_invoice

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """As if this were a demo."""
    settings.COMMERCE_DEMO, settings.COMMERCE_DATA_DIR = True, tmp_path
    monkeypatch.setitem(registry.GATEWAY_CLASSES, SLUG, test_card.TestCardGateway)


def test_no_other_installation_has_test_cards() -> None:
    assert SLUG not in registry.GATEWAY_CLASSES
    with pytest.raises(BusinessError, match="only available in a demo"):
        test_card.TestCardGateway({}).test()


@pytest.mark.usefixtures("demo")
def test_the_stand_in_starts_with_what_the_books_know() -> None:
    client = make_client()
    GatewayCustomer.objects.create(client=client, gateway=SLUG, reference="cus_1", created_at=AT)
    save_card(
        client_id=client.pk,
        gateway=SLUG,
        card=PaymentCard("mastercard", "4444", token="pm_1", exp_month=8, exp_year=2031),
        consent=CardConsent("I agree.", AT),
        ctx=CTX,
    )
    record_payment(
        invoice=make_invoice(client),
        money=ReceivedMoney(
            gateway=SLUG,
            transaction_id="pi_1",
            amount=1200,
            currency_code="EUR",
            received_on=AT.date(),
            method=PaymentMethod.CARD,
            card_brand="visa",
            card_last4="4242",
        ),
        ctx=CTX,
    )
    account = StripeAccount("sk_test_double", "pk_test_double")
    fill_from_books(account)
    paid, card = account.get("payment_intent", "pi_1"), account.get("payment_method", "pm_1")
    assert (paid["status"], paid["amount_received"], paid["currency"]) == ("succeeded", 1200, "eur")
    assert (card["customer"], card["card"]["exp_year"]) == ("cus_1", 2031)
    assert account.get("customer", "cus_1")


@pytest.mark.usefixtures("demo")
def test_the_gateway_finds_the_stand_in_while_that_runs() -> None:
    request = PaymentRequest(1, "key-1", 1200, "EUR", "INV-1", "RF1")
    gateway = registry.get_gateway(SLUG)
    with running_card_double():
        session = gateway.start(request, "https://localhost/return")
        assert gateway.fetch(session.reference).kind == "pending"
        [origin] = gateway.inline_form().script_sources
        assert session.inline["script"] == f"{origin}/js/stripe.js"
        assert origin.startswith("http://127.0.0.1:")
    with pytest.raises(OSError, match="stripe-double"):
        gateway.fetch(session.reference)
