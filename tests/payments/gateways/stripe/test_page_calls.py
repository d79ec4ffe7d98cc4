"""Calls of Stripe for a page: short, few at once, with the cause told to those who can mend it."""

import logging
import socket
import threading
import time
from functools import partial
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.jobs.models import RemoteState
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote import page_limits
from commerce.kit.remote.time_limits import calls_end_at
from commerce.kit.request_cache import cached_for_request
from commerce.mail.models import OutgoingMail
from commerce.payments import gateway_calls, start_payment
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import Attempt, GatewayCustomer
from commerce.payments.start_payment import start_card_setup
from commerce.site_settings.actions import set_setting
from commerce.site_settings.models import SiteSetting
from tests import make
from tests.doubles.stripe import SECRET_KEY, StripeWorld
from tests.make.jobs import run_jobs_but_documents

pytestmark = pytest.mark.usefixtures("proven", "world")
CTX = Context(make.AT, SYSTEM)
BACK = "https://shop.example/{}".format


def begin(**over: Any) -> Attempt:
    invoice = make.make_invoice(make.make_client())
    invoice.refresh_from_db()
    return start_payment.start_payment(
        **{"invoice": invoice, "gateway": "stripe", "created_by": None} | over,
        return_url=BACK,
        ctx=CTX,
    )[0]


class TestTime:
    def test_all_calls_of_a_page_end_in_its_time(
        self, world: StripeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Saving a card while paying is four calls; each had 20 seconds."""
        monkeypatch.setattr(page_limits, "PAGE_SECONDS", 1.5)
        for call in ("POST /v1/customers", "POST /v1/customers/{id}", "POST /v1/payment_intents"):
            world.fails(call, "slow", seconds=1.2)
        began = time.monotonic()
        with cached_for_request(), pytest.raises(BusinessError, match="isn't responding"):
            begin(save_card=True)
        assert time.monotonic() - began < 3.4  # of 3.6 and more
        assert page_limits._turns.acquire(blocking=False)
        page_limits._turns.release()

    def test_the_time_of_a_page_is_no_other_ones(self, stripe: Gateway) -> None:
        with calls_end_at(time.monotonic()), pytest.raises(OSError, match="Error"):
            stripe.fetch("pi_1")
        with pytest.raises(BusinessError, match="refused"):
            stripe.fetch("pi_1")

    def test_a_thread_is_left_for_other_pages(
        self, stripe: Gateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_limits, "TURN_SECONDS", 0.05)
        monkeypatch.setattr(page_limits, "_turns", None)
        page_limits.keep_threads_free(3)
        called, done = threading.Semaphore(0), threading.Event()

        def slow() -> None:
            called.release()
            done.wait(10)

        answer = partial(gateway_calls.gateway_answer, stripe, is_asked=False)
        busy = [threading.Thread(target=answer, args=(slow,)) for _ in range(2)]
        for each in busy:
            each.start()
            assert called.acquire(timeout=10)
        with pytest.raises(BusinessError, match="isn't responding"):
            answer(lambda: pytest.fail("a third one called"))
        assert not RemoteState.objects.exists()  # it is not the gateway that is silent
        done.set()
        for each in busy:
            each.join()
        assert answer(lambda: "answer") == "answer"

    def test_a_slow_name_server_counts(
        self, stripe: Gateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its threads were waited for, long after the call was given up."""
        found, asked, over = socket.getaddrinfo, threading.Event(), threading.Event()

        def slow(*args: Any, **options: Any) -> Any:
            asked.set()
            over.wait(20)
            return found(*args, **options)

        monkeypatch.setattr(type(stripe), "api_address", "http://localhost:9")
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        began = time.monotonic()
        with calls_end_at(began + 0.2), pytest.raises(OSError, match="APIConnectionError"):
            stripe.fetch("pi_1")
        assert asked.is_set()
        assert time.monotonic() - began < 10
        over.set()


def _customer(world: StripeWorld) -> str:
    return str(world.double.account.add("cus")["id"])


class TestACustomerWhoIsGone:
    @pytest.fixture
    def gone(self, world: StripeWorld) -> str:
        """Alice was known at Stripe, and somebody deleted her there."""
        client = make.make_client()
        start_payment.start_payment(
            invoice=make.make_invoice(client),
            gateway="stripe",
            created_by=None,
            return_url=BACK,
            save_card=True,
            ctx=CTX,
        )
        reference = GatewayCustomer.objects.get().reference
        del world.double.account.objects[reference]
        return reference

    def test_is_made_anew_to_save_a_card(self, world: StripeWorld, gone: str) -> None:
        client = GatewayCustomer.objects.get().client
        for _ in range(2):
            setup, _session = start_card_setup(
                client=client, gateway="stripe", created_by=None, return_url=BACK, ctx=CTX
            )
        known = GatewayCustomer.objects.get(client=client).reference
        assert known != gone
        assert world.double.account.objects[setup.reference or ""]["customer"] == known
        assert [one["id"] for one in world.all_of("customer")] == [known]

    def test_is_made_anew_to_save_a_card_while_paying(self, world: StripeWorld, gone: str) -> None:
        client = GatewayCustomer.objects.get().client
        attempt = begin(invoice=make.make_invoice(client), save_card=True)
        known = GatewayCustomer.objects.get(client=client).reference
        assert known != gone
        assert world.double.account.objects[attempt.reference or ""]["customer"] == known

    def test_is_made_anew_while_a_card_is_being_saved(self, world: StripeWorld, gone: str) -> None:
        """The setup was open under the customer who is gone, and could not be opened under the next one."""
        client = GatewayCustomer.objects.get().client
        GatewayCustomer.objects.update(reference=_customer(world))
        setup, _session = start_card_setup(
            client=client, gateway="stripe", created_by=None, return_url=BACK, ctx=CTX
        )
        del world.double.account.objects[GatewayCustomer.objects.get().reference]
        begin(invoice=make.make_invoice(client), save_card=True)
        second, _session = start_card_setup(
            client=client, gateway="stripe", created_by=None, return_url=BACK, ctx=CTX
        )
        setup.refresh_from_db()
        assert (setup.status, second.status) == ("failed", "open")

    def test_is_not_looked_for_for_ever(
        self, world: StripeWorld, gone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from commerce.payments.gateways.stripe.adapter import StripeGateway

        client = GatewayCustomer.objects.get().client
        monkeypatch.setattr(StripeGateway, "create_customer", lambda *_: "cus_nobody")
        with pytest.raises(BusinessError) as refused:
            start_card_setup(
                client=client, gateway="stripe", created_by=None, return_url=BACK, ctx=CTX
            )
        assert refused.value.code == "gateway.payment_refused"
        assert "cus_" not in str(refused.value)

    def test_is_the_same_one_by_another_name(self, world: StripeWorld) -> None:
        """The answer was lost, and the client changed their email: the key made another customer."""
        invoice = make.make_invoice(make.make_client())
        world.fails("POST /v1/customers", "lost")
        with pytest.raises(BusinessError, match="isn't responding"):
            begin(invoice=invoice, save_card=True)
        Client.objects.update(email="b@example.com")
        invoice.client.refresh_from_db()
        begin(invoice=invoice, save_card=True)
        [customer] = world.all_of("customer")
        assert customer["email"] == "b@example.com"


class TestRefusals:
    def test_a_client_does_not_read_what_stripe_says_to_us(
        self, world: StripeWorld, caplog: pytest.LogCaptureFixture
    ) -> None:
        attempt = begin()
        del world.double.account.objects[attempt.reference or ""]
        with caplog.at_level(logging.WARNING), pytest.raises(BusinessError) as refused:
            start_payment.resume_payment(attempt)
        assert (
            str(refused.value)
            == "The payment provider refused this request. Try another payment method."
        )
        assert "stripe refuses: No such payment_intent" in caplog.text

    def test_staff_hear_of_a_dead_key_once(
        self, world: StripeWorld, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It read as silence."""
        set_setting(key="company.email", value="staff@acme.example", ctx=CTX)
        world.double.account.secret_key = "sk_test_renewed"
        try:
            for _ in range(2):
                with pytest.raises(BusinessError, match="refused this request"):
                    begin()
        finally:
            world.double.account.secret_key = SECRET_KEY
        run_jobs_but_documents(at=clock.now())
        [mail] = OutgoingMail.objects.filter(event="gateway_key_refused")
        assert mail.recipient == "staff@acme.example"
        assert "stripe refuses our key" in caplog.text
        assert "sk_" not in caplog.text


class TestKeys:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("publishable_key", "sk_live_s3cret"),
            ("secret_key", "pk_test_x"),
            ("webhook_secret", "sk_live_s3cret"),
        ],
    )
    def test_none_can_stand_in_the_place_of_another(self, name: str, value: str) -> None:
        """With the gateway on, a secret key was taken as the publishable one, and every pay page showed it."""
        before = SiteSetting.objects.get(pk=f"gateway.stripe.{name}").value
        with pytest.raises(BusinessError) as refused:
            set_setting(key=f"gateway.stripe.{name}", value=value, ctx=CTX)
        assert refused.value.code == "setting.key_not_valid"
        assert value not in str(refused.value)
        assert SiteSetting.objects.get(pk=f"gateway.stripe.{name}").value == before

    @pytest.mark.parametrize(
        ("keys", "is_test"),
        [("sk_test_x rk_test_x", True), ("sk_live_x rk_live_x", False)],
    )
    def test_a_test_is_known_by_its_key(self, stripe: Gateway, keys: str, *, is_test: bool) -> None:
        for key in keys.split():
            assert type(stripe)({**stripe.settings, "secret_key": key}).is_test_mode == is_test
