"""The Stripe double does what Stripe's documentation says, seen through Stripe's own SDK over HTTP."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
import stripe

from tests.doubles.stripe import SECRET_KEY, WEBHOOK_SECRET, StripeWorld, empty, stripe_world


@pytest.fixture(scope="module")
def one_world() -> Iterator[StripeWorld]:
    with stripe_world() as world:
        world.double.calls = []  # it is not our adapter that asks here, and some of it is wrong
        yield world


@pytest.fixture
def world(one_world: StripeWorld) -> StripeWorld:
    empty(one_world.double)
    return one_world


@pytest.fixture
def sdk(world: StripeWorld) -> stripe.StripeClient:
    addresses: Any = {"api": world.origin}
    return stripe.StripeClient(SECRET_KEY, base_addresses=addresses, max_network_retries=0)


@pytest.fixture
def intent(sdk: stripe.StripeClient) -> stripe.PaymentIntent:
    customer = sdk.v1.customers.create({"name": "Alice"})
    return sdk.v1.payment_intents.create(
        {
            "amount": 1200,
            "currency": "eur",
            "customer": customer.id,
            "setup_future_usage": "off_session",
            "allowed_payment_method_types": ["card"],
        }
    )


def charge(sdk: stripe.StripeClient, method: str, customer: str = "") -> stripe.PaymentIntent:
    more: Any = {"customer": customer} if customer else {}
    return sdk.v1.payment_intents.create(
        {
            "amount": 1200,
            "currency": "eur",
            "payment_method": method,
            "off_session": True,
            "confirm": True,
            **more,
        }
    )


def kinds(world: StripeWorld) -> list[str]:
    return [event["type"] for event in reversed(world.all_of("event"))]


def test_a_card_pays_and_is_kept_for_its_customer(
    sdk: stripe.StripeClient, world: StripeWorld, intent: stripe.PaymentIntent
) -> None:
    assert world.confirm(intent.id, "4242 4242 4242 4242").json()["status"] == "succeeded"
    paid = sdk.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert (paid.status, paid.amount_received) == ("succeeded", 1200)
    assert paid["latest_charge"]["balance_transaction"]["fee"] == 43
    assert paid["latest_charge"]["payment_method_details"]["card"]["last4"] == "4242"
    kept = world.all_of("payment_method", customer=paid.customer)
    assert [method["id"] for method in kept] == [paid.payment_method]
    assert kinds(world)[-1] == "payment_intent.succeeded"


@pytest.mark.parametrize(
    ("number", "code", "decline", "advice"),
    [
        ("4000000000000002", "card_declined", "generic_decline", "try_again_later"),
        ("4000000000009995", "card_declined", "insufficient_funds", "try_again_later"),
        ("4000000000009979", "card_declined", "stolen_card", "do_not_try_again"),
        ("4000000000000069", "expired_card", None, "confirm_card_data"),
    ],
)
def test_a_declined_card_says_why_and_the_payment_waits_for_another(
    world: StripeWorld,
    intent: stripe.PaymentIntent,
    number: str,
    code: str,
    decline: str | None,
    advice: str,
) -> None:
    answer = world.confirm(intent.id, number)
    error = answer.json()["error"]
    assert answer.status_code == 402
    assert (error["code"], error.get("decline_code"), error["advice_code"]) == (
        code,
        decline,
        advice,
    )
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert world.confirm(intent.id, "4242424242424242").json()["status"] == "succeeded"


def test_a_bank_that_asks_lets_pass_or_not(
    world: StripeWorld, intent: stripe.PaymentIntent
) -> None:
    asked = world.confirm(intent.id, "4000002500003155")
    assert asked.json()["status"] == "requires_action"
    refused = world.answer_bank(asked, "fail")
    assert "redirect_status=failed" in refused.headers["Location"]
    stored = world.double.account.objects[intent.id]
    assert stored["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    passed = world.answer_bank(world.confirm(intent.id, "4000002500003155"), "pass")
    assert passed.headers["Location"].startswith("https://shop.example/back?payment_intent=pi_")
    assert stored["status"] == "succeeded"


def test_a_card_that_was_set_up_needs_no_owner_and_others_do(
    sdk: stripe.StripeClient, world: StripeWorld, intent: stripe.PaymentIntent
) -> None:
    world.answer_bank(world.confirm(intent.id, "4000002500003155"), "pass")
    paid = world.double.account.objects[intent.id]
    assert charge(sdk, paid["payment_method"], paid["customer"]).status == "succeeded"
    with pytest.raises(stripe.CardError) as refused:
        charge(sdk, "pm_card_authenticationRequired")
    assert refused.value.code == "authentication_required"
    assert refused.value.error is not None
    assert refused.value.error.payment_intent.status == "requires_payment_method"


def test_a_saved_card_pays_for_its_own_customer_only(
    sdk: stripe.StripeClient, world: StripeWorld, intent: stripe.PaymentIntent
) -> None:
    world.confirm(intent.id, "4242424242424242")
    kept = world.double.account.objects[intent.id]["payment_method"]
    with pytest.raises(stripe.InvalidRequestError, match="another customer"):
        charge(sdk, kept)
    other = sdk.v1.payment_intents.create({"amount": 1200, "currency": "eur"})
    secret = {"key": world.double.account.publishable_key, "client_secret": other.client_secret}
    refused = world.browser.post(
        f"/v1/payment_intents/{other.id}/confirm", data={**secret, "payment_method": kept}
    )
    assert refused.status_code == 400


def test_a_card_may_attach_and_fail_when_charged(
    sdk: stripe.StripeClient, world: StripeWorld
) -> None:
    customer = sdk.v1.customers.create({"name": "Alice"}).id
    setup = sdk.v1.setup_intents.create(
        {"customer": customer, "allowed_payment_method_types": ["card"]}
    )
    assert world.confirm(setup.id, "4000000000000341").json()["status"] == "succeeded"
    method = world.double.account.objects[setup.id]["payment_method"]
    with pytest.raises(stripe.CardError):
        charge(sdk, method, customer)


def test_the_same_key_is_the_same_answer_and_other_parameters_are_refused(
    sdk: stripe.StripeClient, world: StripeWorld
) -> None:
    def create(amount: int) -> stripe.PaymentIntent:
        return sdk.v1.payment_intents.create(
            {"amount": amount, "currency": "eur"}, {"idempotency_key": "key"}
        )

    first = create(1200)
    assert create(1200).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        create(1300)
    assert len(world.all_of("payment_intent")) == 1


@pytest.mark.parametrize(
    ("kind", "error", "was_done"),
    [
        ("silent", stripe.APIConnectionError, False),
        ("lost", stripe.APIConnectionError, True),
        ("rate_limited", stripe.RateLimitError, False),
        ("conflict", stripe.APIError, False),
        ("error", stripe.APIError, False),
        ("error_kept", stripe.APIError, True),
        ("nonsense", stripe.APIError, True),
    ],
)
def test_what_shall_go_wrong_goes_wrong_once(
    sdk: stripe.StripeClient,
    world: StripeWorld,
    kind: str,
    error: type[Exception],
    *,
    was_done: bool,
) -> None:
    world.fails("POST /v1/customers", kind)
    with pytest.raises(error):
        sdk.v1.customers.create({"name": "Alice"}, {"idempotency_key": "key"})
    assert len(world.all_of("customer")) == was_done
    if kind == "error_kept":
        with pytest.raises(stripe.APIError):
            sdk.v1.customers.create({"name": "Alice"}, {"idempotency_key": "key"})
    else:
        sdk.v1.customers.create({"name": "Alice"}, {"idempotency_key": "key"})
    assert len(world.all_of("customer")) == 1


def test_more_than_was_paid_is_never_sent_back(
    sdk: stripe.StripeClient, world: StripeWorld, intent: stripe.PaymentIntent
) -> None:
    world.confirm(intent.id, "4242424242424242")
    part = sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    assert part.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 701})
    sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 700})
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1})


def test_what_is_paid_cannot_be_cancelled(
    sdk: stripe.StripeClient, world: StripeWorld, intent: stripe.PaymentIntent
) -> None:
    world.confirm(intent.id, "4242424242424242")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert refused.value.code == "payment_intent_unexpected_state"


def test_pages_of_a_list_follow_each_other(sdk: stripe.StripeClient, world: StripeWorld) -> None:
    made = [
        sdk.v1.payment_intents.create({"amount": 100 + n, "currency": "eur"}).id for n in range(5)
    ]
    since = world.all_of("payment_intent")[-1]["created"]
    first = sdk.v1.payment_intents.list({"created": {"gte": since}, "limit": 2})
    assert first.has_more
    assert [each.id for each in first.auto_paging_iter()] == made[::-1]


@pytest.mark.parametrize(
    "refused",
    [
        {"amount": 49, "currency": "eur"},
        {"amount": 100_000_000, "currency": "eur"},
        {"amount": 12_345, "currency": "kwd"},
        {"amount": 1_250, "currency": "isk"},
        {"amount": 1200, "currency": "eur", "payment_method_types": ["card"]},
        {"amount": 1200, "currency": "eur", "surprise": "1"},
        {"amount": 1200, "currency": "eur", "customer": "cus_of_nobody"},
        {"currency": "eur"},
    ],
)
def test_what_stripe_refuses_is_refused(sdk: stripe.StripeClient, refused: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.payment_intents.create(refused)


def test_whoever_has_not_the_key_gets_nothing(
    world: StripeWorld, intent: stripe.PaymentIntent
) -> None:
    addresses: Any = {"api": world.origin}
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_test_other", base_addresses=addresses).v1.balance.retrieve()
    asked = {"key": world.double.account.publishable_key, "client_secret": "guessed"}
    assert world.browser.get(f"/v1/payment_intents/{intent.id}", params=asked).status_code == 401


class _Receiver(BaseHTTPRequestHandler):
    messages: ClassVar[list[tuple[str, bytes]]] = []
    refusals: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.refusals.pop() if self.refusals else 200)
        self.end_headers()
        self.messages.append((self.headers["Stripe-Signature"], body))

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[str]:
    _Receiver.messages.clear()
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/webhooks/stripe"
    server.shutdown()
    server.server_close()


def types_of_messages() -> list[str]:
    return [
        stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET).type
        for signature, body in _Receiver.messages
    ]


def wait_for_messages(count: int) -> None:
    until = time.monotonic() + 60
    while len(_Receiver.messages) < count and time.monotonic() < until:
        time.sleep(0.01)


def test_events_are_sent_signed_again_after_a_refusal_doubled_and_out_of_order(
    world: StripeWorld, intent: stripe.PaymentIntent, receiver: str
) -> None:
    sender = world.double.send_events_to(receiver, WEBHOOK_SECRET, retry_seconds=(0.01,))
    try:
        _Receiver.refusals.append(500)
        world.confirm(intent.id, "4000000000000002")
        wait_for_messages(2)
        assert types_of_messages() == ["payment_intent.payment_failed"] * 2
        _Receiver.messages.clear()
        sender.held, sender.copies = True, 2
        world.confirm(intent.id, "4242424242424242")
        assert _Receiver.messages == []
        sender.release(newest_first=True)
        wait_for_messages(6)
        assert types_of_messages() == [
            "payment_intent.succeeded",
            "payment_intent.succeeded",
            "charge.succeeded",
            "charge.succeeded",
            "payment_method.attached",
            "payment_method.attached",
        ]
    finally:
        sender.end()
        world.double.account.on_event = lambda _: None
