"""What the descriptions of gateways' contracts find wrong with a request (``tests/doubles/contracts.py``)."""

from pathlib import Path
from typing import Any

import pytest

from tests.doubles.contracts import misfit
from tests.doubles.mollie.server import CONTRACT as MOLLIE
from tests.doubles.paypal.server import CONTRACT as PAYPAL
from tests.doubles.stripe import CONTRACT as STRIPE

EUROS = {"currency": "EUR", "value": "12.00"}
PAYMENT = {"amount": EUROS, "description": "INV-1", "redirectUrl": "https://shop.example/1"}
MONEY = {"currency_code": "EUR", "value": "12.00"}
ORDER = {"intent": "CAPTURE", "purchase_units": [{"amount": MONEY, "custom_id": "7"}]}
INTENT = {"amount": "1200", "currency": "eur", "expand": ["latest_charge"]}


@pytest.mark.parametrize(
    ("contract", "call", "right", "wrong", "reason"),
    [
        (MOLLIE, "POST /v2/payments", PAYMENT, {"period": 1}, "period"),
        (MOLLIE, "POST /v2/payments", PAYMENT, {"amount": {**EUROS, "value": 12}}, "12 is not"),
        (MOLLIE, "POST /v2/payments", PAYMENT, {"sequenceType": "first"}, "customerId"),
        (MOLLIE, "POST /v2/payments", PAYMENT, {"locale": "de"}, "is not one of"),
        (PAYPAL, "POST /v2/checkout/orders", ORDER, {"intent": "SALE"}, "SALE"),
        (PAYPAL, "POST /v2/checkout/orders", ORDER, {"purchase_units": []}, "less than 1 item"),
        (PAYPAL, "POST /v2/payments/captures/7/refund", {"amount": MONEY}, {"note": "x"}, "note"),
        (STRIPE, "POST /v1/payment_intents", INTENT, {"amount": "12.50"}, "12.50"),
        (STRIPE, "POST /v1/payment_intents", INTENT, {"payment_method_types": ["card"]}, "types"),
        (STRIPE, "POST /v1/payment_intents", INTENT, {"off_session": "true"}, "confirm"),
    ],
)
def test_a_request_that_the_other_side_would_refuse_does_not_fit(
    contract: Path, call: str, right: dict[str, Any], wrong: dict[str, Any], reason: str
) -> None:
    method, _space, path = call.partition(" ")
    assert misfit(contract, method, path, sent=right) == ""
    assert reason in misfit(contract, method, path, sent=right | wrong)


def test_nor_does_what_is_asked_where_nothing_can_be() -> None:
    assert misfit(MOLLIE, "GET", "/v2/payments/tr_1", query={"embed": "refunds"}) == ""
    assert "embed" in misfit(MOLLIE, "GET", "/v2/payments/tr_1", query={"embed": "weather"})
    assert misfit(MOLLIE, "GET", "/v2/profiles/me", query={"testmode": "true"}) == "it has a query"
    assert misfit(PAYPAL, "GET", "/v2/checkout/orders/1", sent={"a": 1}) == "it has a body"
    assert misfit(STRIPE, "GET", "/v1/charges/ch_1") == "no call of stripe"
