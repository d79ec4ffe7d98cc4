"""Mollie from end to end: from our pages to its own and back, whatever its notices and the network do."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.payments.gateways import contract, registry
from commerce.payments.gateways.contract import Gateway
from commerce.payments.gateways.mollie import adapter
from commerce.payments.gateways.mollie.pages import webhook_address
from commerce.payments.models import Attempt, GatewayEvent, Payment
from commerce.site_settings.actions import set_setting
from commerce.webhooks.handler import UNVERIFIED_PER_MINUTE
from tests import make
from tests.doubles.mollie.account import PROFILE
from tests.doubles.mollie.world import MollieWorld
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver, let_seconds_pass
from tests.payments.gateways.mollie.steps import begin, hear, paid, stands
from tests.portal.conftest import make_cast

pytestmark = pytest.mark.usefixtures("proven")
CTX = Context(make.AT, SYSTEM)


class Payer:
    """Bob, who pays an invoice in the portal."""

    def __init__(self, world: MollieWorld) -> None:
        cast = make_cast()
        self.world, self.invoice = world, make.make_invoice(cast.client)
        self.web, self.path = cast.browse(cast.bob), f"/client/invoices/{self.invoice.pk}"

    def press(self) -> Any:
        return self.web.post(f"{self.path}/pay/mollie", follow=False)

    def goes(self) -> str:
        """To Mollie's page: the payment there."""
        return self.world.payment_of(self.press()["Location"])

    def comes_back(self) -> str:
        """What the page says to which Mollie sends the client, once the worker has asked."""
        path = f"{self.path}/return/{Attempt.objects.latest('pk').pk}"
        self.web.get(path)
        run_jobs_but_documents(at=make.AT)
        return str(self.web.get(path).content.decode())


@pytest.fixture
def payer(world: MollieWorld) -> Payer:
    return Payer(world)


def test_a_client_pays_on_mollie_s_page_and_comes_back(payer: Payer, world: MollieWorld) -> None:
    page = payer.web.get(f"{payer.path}/pay")
    assert (
        "form-action 'self' https://pay.mollie.com https://www.mollie.com;"
        in page["Content-Security-Policy"]
    )
    assert "Continue with Mollie" in page.content.decode()
    reference = payer.goes()
    made, attempt = world.account.payments[reference], Attempt.objects.get()
    assert (made["amount"], made["description"]) == (
        {"currency": "EUR", "value": "12.00"},
        payer.invoice.number,
    )
    assert (made["locale"], made["sequenceType"]) == ("en_US", "oneoff")
    assert made["redirectUrl"].endswith(f"{payer.path}/return/{attempt.pk}")
    assert made["cancelUrl"] == f"{made['redirectUrl']}?canceled=1"
    assert "webhookUrl" not in made  # this machine is not to be reached
    world.pay(reference, "ideal")
    for _ in range(3):
        hear(world, reference)
    assert "We received your payment" in payer.comes_back()
    payment = Payment.objects.get()
    assert (payment.transaction_id, payment.amount, payment.method) == (reference, 1200, "")
    assert stands(payer.invoice) == ("paid", 0)
    assert GatewayEvent.objects.get().status == "processed"


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"failureReason": "insufficient_funds"}, "Your card has insufficient funds."),
        ({"failureReason": "possible_fraud"}, "Your card was declined."),
    ],
)
def test_a_declined_client_reads_why_and_tries_again(
    payer: Payer, world: MollieWorld, details: dict[str, str], said: str
) -> None:
    first = payer.goes()
    world.fail(first, **details)
    assert said in payer.comes_back()
    second = payer.goes()
    assert second != first
    world.pay(second)
    assert "We received your payment" in payer.comes_back()
    booked = Payment.objects.get()
    assert (booked.card_last4, booked.card_country) == ("6787", "NL")


def test_a_client_who_cancels_has_not_paid(payer: Payer, world: MollieWorld) -> None:
    world.cancel(payer.goes())
    assert "This payment was canceled." in payer.comes_back()
    assert stands(payer.invoice) == ("unpaid", 1200)
    world.pay(payer.goes())
    assert "We received your payment" in payer.comes_back()


def test_a_client_who_leaves_mollie_s_page_is_told_at_once_and_may_go_back(
    payer: Payer, world: MollieWorld
) -> None:
    reference = payer.goes()
    leads_to = urlsplit(world.account.payments[reference]["cancelUrl"])
    answer = payer.web.get(f"{leads_to.path}?{leads_to.query}")
    assert "This payment was canceled" in answer.content.decode()
    assert "Refresh" not in answer.headers
    assert payer.goes() == reference


def test_a_lost_notice_is_made_up_for_by_the_poll(world: MollieWorld) -> None:
    invoice = make.make_invoice()
    world.pay(begin(invoice).reference or "")
    run_jobs_but_documents(at=make.AT + timedelta(minutes=16))
    assert stands(invoice) == ("paid", 0)


def test_each_state_is_one_event_and_an_old_one_changes_nothing(world: MollieWorld) -> None:
    """Notices come late, twice and in any order; what Mollie says now is what counts."""
    invoice = make.make_invoice()
    reference = begin(invoice).reference or ""
    for _ in range(2):
        hear(world, reference)
    world.pay(reference)
    hear(world, reference)
    [early, late] = GatewayEvent.objects.order_by("pk")
    assert (early.kind, late.kind) == ("open", "paid")
    let_seconds_pass("mollie", reference)
    for message in (world.notice(reference), ({}, b"id=tr_00000099"), ({}, b"\xff")):
        assert deliver(message, "mollie").status == 200
    run_jobs_but_documents(at=make.AT)
    assert (GatewayEvent.objects.count(), Payment.objects.count()) == (2, 1)
    assert stands(invoice) == ("paid", 0)


@pytest.mark.parametrize("kind", ["silent", "lost", "supplier", "rate_limited", "html"])
def test_a_start_that_failed_is_pressed_again_and_is_one_payment(
    payer: Payer, world: MollieWorld, kind: str
) -> None:
    world.fails("POST /v2/payments", kind)
    answer = payer.web.post(f"{payer.path}/pay/mollie", follow=True)
    assert "Mollie isn&#x27;t responding" in answer.content.decode()
    world.pay(payer.goes())
    assert "We received your payment" in payer.comes_back()
    assert len(world.account.payments) == 1


@pytest.mark.parametrize("kind", ["silent", "error", "nonsense"])
def test_while_mollie_does_not_say_what_became_of_it_nothing_changes(
    world: MollieWorld, kind: str
) -> None:
    invoice = make.make_invoice()
    reference = begin(invoice).reference or ""
    world.pay(reference)
    world.fails("GET /v2/payments/{payment}", kind)
    assert deliver(world.notice(reference), "mollie").status == 503
    world.fails("GET /v2/payments/{payment}", kind)
    run_jobs_but_documents(at=make.AT + timedelta(minutes=16))
    assert stands(invoice) == ("unpaid", 1200)
    hear(world, reference)
    assert stands(invoice) == ("paid", 0)


def test_a_slow_answer_to_a_notice_is_not_waited_for(
    world: MollieWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "VERIFY_SECONDS", contract.VERIFY_SECONDS)
    reference = begin(make.make_invoice()).reference or ""
    world.fails("GET /v2/payments/{payment}", "slow", seconds=1.5)
    told = deliver(world.notice(reference), "mollie")
    assert (told.status, told.headers["retry-after"]) == (503, "10")


def test_whoever_sends_a_payment_of_ours_again_and_again_has_mollie_asked_once_in_some_seconds(
    world: MollieWorld,
) -> None:
    """The address of Mollie's page holds its number; strangers must not ask until Mollie hears us no more."""
    [own, other] = [begin(make.make_invoice()).reference or "" for _ in range(2)]
    world.double.calls.clear()
    for address in ("198.51.100.7", "198.51.100.8"):
        told = [deliver(world.notice(own), "mollie", address=address).status for _ in range(30)]
        assert set(told[1:]) == {503}
    assert len(world.double.calls) == 1
    world.pay(other)
    hear(world, other)
    assert Payment.objects.get().transaction_id == other
    world.pay(own)
    hear(world, own)
    assert Payment.objects.count() == 2


def test_strangers_who_name_payments_of_nobody_close_the_door_to_no_true_notice(
    world: MollieWorld,
) -> None:
    """Mollie itself sends them for whoever has a payment of their own there lead to our address."""
    reference = begin(make.make_invoice()).reference or ""
    world.double.calls.clear()
    for number in range(UNVERIFIED_PER_MINUTE * 2):
        assert deliver(({}, f"id=tr_{number}".encode()), "mollie").status == 200
    assert not world.double.calls
    assert deliver(({}, b"id=" + b"&a" * 100_000), "mollie").status == 200
    world.pay(reference)
    assert deliver(world.notice(reference), "mollie").status == 200


def test_while_mollie_is_silent_it_is_asked_for_a_network_some_times_only(
    world: MollieWorld,
) -> None:
    references = [begin(make.make_invoice()).reference or "" for _ in range(3)]
    with patch("commerce.webhooks.handler.UNVERIFIED_PER_MINUTE", 2):
        world.fails("GET /v2/payments/{payment}", "error", times=2)
        told = [deliver(world.notice(each), "mollie").status for each in references]
        assert told == [503, 503, 429]
        assert deliver(world.notice(references[2]), "mollie", address="198.51.100.7").status == 503


def test_staff_hear_of_a_key_that_is_refused(payer: Payer, world: MollieWorld) -> None:
    set_setting(key="company.email", value="staff@acme.example", ctx=CTX)
    world.account.api_key = "test_other"
    answer = payer.web.post(f"{payer.path}/pay/mollie", follow=True)
    assert "Try another payment method" in answer.content.decode()
    run_jobs_but_documents(at=make.AT)
    assert OutgoingMail.objects.filter(event="gateway_key_refused").count() == 1


def test_it_is_only_switched_on_with_a_key_that_works_for_its_profile(world: MollieWorld) -> None:
    set_setting(key="gateway.mollie.enabled", value="off", ctx=CTX)
    set_setting(key="gateway.mollie.profile_id", value="pfl_other", ctx=CTX)
    with pytest.raises(BusinessError, match="another profile"):
        set_setting(key="gateway.mollie.enabled", value="on", ctx=CTX)
    set_setting(key="gateway.mollie.profile_id", value=PROFILE, ctx=CTX)
    world.account.api_key = "test_other"
    with pytest.raises(BusinessError, match="refused the key"):
        set_setting(key="gateway.mollie.enabled", value="on", ctx=CTX)
    world.account.api_key = "test_s3cret"
    set_setting(key="gateway.mollie.enabled", value="on", ctx=CTX)
    assert registry.get_gateway("mollie").is_test_mode


@pytest.mark.parametrize("cancelable", [True, False])
def test_another_amount_ends_the_payment_that_was_begun(
    world: MollieWorld, *, cancelable: bool
) -> None:
    """One that Mollie cannot cancel expires there; if it is paid after all, that is booked."""
    world.account.cancelable = cancelable
    invoice = make.make_invoice()
    first = begin(invoice)
    make.make_payment(invoice, amount=200)
    second = begin(invoice)
    assert [each["amount"]["value"] for each in world.account.payments.values()] == [
        "12.00",
        "10.00",
    ]
    first.refresh_from_db()
    assert (first.status, second.status) == ("closed", "open")
    state = world.account.payments[first.reference or ""]["status"]
    assert state == ("canceled" if cancelable else "open")


def test_a_payment_on_its_way_is_not_closed(world: MollieWorld, mollie: Gateway) -> None:
    reference = begin(make.make_invoice()).reference or ""
    world.account.payments[reference]["status"] = "pending"
    assert mollie.close(reference).kind == "pending"
    world.pay(reference)
    assert mollie.close(reference).kind == "paid"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://billing.example.com", "https://billing.example.com/webhooks/mollie"),
        ("https://203.0.114.9:8443", "https://203.0.114.9:8443/webhooks/mollie"),
        ("http://billing.example.com", ""),
        ("https://localhost:8443", ""),
        ("https://billing.local", ""),
        ("https://10.0.0.7", ""),
        ("https://[::1]", ""),
    ],
)
def test_mollie_is_told_an_address_only_if_it_can_reach_it(
    settings: Any, url: str, told: str
) -> None:
    settings.COMMERCE_URL = url
    assert webhook_address("mollie") == told


def test_a_client_s_language_is_that_of_the_page(world: MollieWorld) -> None:
    """A language that Mollie does not have is left to the browser."""
    set_setting(key="locale.enabled", value="en,de,ar", ctx=CTX)
    for locale in ("de", "ar"):
        begin(make.make_invoice(make.make_client(locale=locale)))
    german, arabic = world.account.payments.values()
    assert (german["locale"], arabic.get("locale")) == ("de_DE", None)


def test_what_else_was_paid_there_is_listed_page_by_page(
    world: MollieWorld, mollie: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commerce.payments.gateways.mollie.adapter.PAGE", 2)
    mine = paid(world, make.make_invoice())
    others = [world.pay_directly()["id"] for _ in range(4)]
    begin(make.make_invoice())
    listed = list(mollie.list_payments(make.AT - timedelta(days=8)))
    assert [each.reference for each in listed] == [*reversed(others), mine]
    world.account.payments[others[1]]["createdAt"] = "2020-01-01T00:00:00+00:00"
    listed = list(mollie.list_payments(make.AT - timedelta(days=8)))
    assert [each.reference for each in listed] == [*reversed(others[2:])]


def test_one_odd_payment_does_not_hide_the_others_of_its_list(
    world: MollieWorld, mollie: Gateway
) -> None:
    """One that is paid without saying when, as in an example of Mollie's own, stopped the comparison of each day."""
    mine, silent, odd, older = (world.pay_directly()["id"] for _ in range(4))
    del world.account.payments[silent]["paidAt"]
    world.account.payments[odd]["amount"] = "12.00"
    del world.account.payments[older]["createdAt"]
    listed = {each.reference: each for each in mollie.list_payments(make.AT - timedelta(days=8))}
    assert set(listed) == {mine, silent, older}
    assert listed[silent].received_on == make.AT.date()
    assert mollie.fetch(silent).kind == "paid"
