"""The contract of adapters: what each of its members promises, against a provider that misbehaves (payments.md 5)."""

import logging
from collections.abc import Callable, Iterator

import pytest

from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway, GatewayPayment, PaymentCard, PaymentRequest
from commerce.payments.models import Payment, UnallocatedPayment
from tests import make
from tests.doubles.gateway import SECRET, FakeProvider, SignedMessage
from tests.payments.test_redirect import begin

CTX = Context(make.AT, SYSTEM)
TRY = PaymentRequest(7, "key-7", 1200, "EUR", "INV-0001", "RF18539007547034")
CARD = PaymentCard("visa", "4242", token="card-token")


@pytest.fixture
def adapter(provider: FakeProvider) -> Gateway:
    return registry.get_gateway("fake")


def told(adapter: Gateway, notice: SignedMessage) -> None:
    """What a door does with a message: verify, read, make it true."""
    for fact in adapter.interpret(adapter.verify(*notice)):
        apply_payment_report(gateway=adapter.slug, report=fact, ctx=CTX)


def test_each_member_of_the_contract_is_there(adapter: Gateway) -> None:
    members = "slug name fields capabilities supports test start fetch charge_saved close refund verify interpret"
    assert all(hasattr(adapter, member) for member in members.split())


@pytest.mark.parametrize("misbehave", ["silent", "lost"])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("start", lambda adapter: adapter.start(TRY, "https://shop.example/1")),
        ("fetch", lambda adapter: adapter.fetch("s-key-7")),
        ("charge_saved", lambda adapter: adapter.charge_saved(TRY, CARD)),
        ("close", lambda adapter: adapter.close("s-key-7")),
        (
            "refund",
            lambda adapter: adapter.refund(GatewayPayment("t-7", 1200, "EUR"), 1200, "refund-1"),
        ),
    ],
)
def test_a_call_without_an_answer_is_repeated_and_done_once(
    adapter: Gateway,
    provider: FakeProvider,
    name: str,
    call: Callable[[Gateway], object],
    misbehave: str,
) -> None:
    """The same key, so that what was done though nobody heard of it is not done again."""
    adapter.start(TRY, "https://shop.example/1")
    getattr(provider, misbehave).append(name)
    with pytest.raises(OSError, match="answer"):
        call(adapter)
    assert call(adapter) == call(adapter)
    assert (len(provider.sessions), sum(provider.refunds.values()) in (0, 1200)) == (1, True)


def test_a_saved_card_is_charged_once_for_an_attempt(
    adapter: Gateway, provider: FakeProvider
) -> None:
    """R18: the answer was lost, and the same attempt is no second charge."""
    provider.lost.append("charge_saved")
    with pytest.raises(TimeoutError):
        adapter.charge_saved(TRY, CARD)
    fact = adapter.charge_saved(TRY, CARD)
    assert (fact.kind, fact.amount, fact.card, len(provider.sessions)) == ("paid", 1200, CARD, 1)
    assert adapter.fetch(fact.reference) == fact


def test_a_saved_card_that_is_declined_says_why(adapter: Gateway, provider: FakeProvider) -> None:
    provider.declined["card-token"] = "The card is stolen."
    assert adapter.charge_saved(TRY, CARD).reason == "The card is stolen."
    assert adapter.fetch("s-key-7").kind == "failed"


def test_parts_and_all_of_a_payment_go_back_and_never_more(adapter: Gateway) -> None:
    paid = GatewayPayment("t-7", 1200, "EUR")
    assert adapter.refund(paid, 500, "r1") == adapter.refund(paid, 500, "r1")
    assert adapter.refund(paid, 800, "r2").state == "failed"
    assert adapter.refund(paid, 700, "r2").state == "accepted"


def test_a_refund_that_the_provider_refuses_says_why(
    adapter: Gateway, provider: FakeProvider
) -> None:
    provider.fails_refunds = True
    answer = adapter.refund(GatewayPayment("t-7", 1200, "EUR"), 500, "r1")
    assert (answer.state, answer.reason) == ("failed", "The card is closed.")


@pytest.mark.usefixtures("proven")
class TestMessages:
    """Of whom they are, and what they change."""

    @pytest.fixture(autouse=True)
    def _still(self) -> Iterator[None]:
        with clock.freeze_time(make.AT):
            yield

    @pytest.fixture
    def paid(self, adapter: Gateway, provider: FakeProvider) -> str:
        started = begin(make.make_invoice())[1]
        provider.pay(started.reference)
        return started.reference

    def test_a_true_one_books_once_though_it_comes_five_times(
        self, adapter: Gateway, provider: FakeProvider, paid: str
    ) -> None:
        """R2."""
        for _ in range(5):
            told(adapter, provider.notice(paid))
        assert Payment.objects.get().invoice.status == "paid"

    def test_others_are_refused_and_change_nothing(
        self, adapter: Gateway, provider: FakeProvider, paid: str
    ) -> None:
        """Unsigned, signed by another, changed on its way, old, from the future."""
        headers, body = provider.notice(paid)
        now = int(make.AT.timestamp())
        for notice in (
            ({}, body),
            ({"Fake-Signature": "x,y"}, body),
            (headers, body.replace(b"s-", b"t-")),
            provider.notice(paid, secret="another"),
            provider.notice(paid, at=now - 301),
            provider.notice(paid, at=now + 301),
        ):
            with pytest.raises(BusinessError):
                told(adapter, notice)
        assert not Payment.objects.exists()

    def test_an_empty_secret_verifies_nothing(self, provider: FakeProvider, paid: str) -> None:
        bare = registry.GATEWAY_CLASSES["fake"]({"token": ""})
        with pytest.raises(BusinessError, match="not signed"):
            bare.verify(*provider.notice(paid, secret=""))

    def test_one_about_nobody_s_session_is_kept_for_staff(
        self, adapter: Gateway, provider: FakeProvider
    ) -> None:
        """R6: a reference that is not in our table pays no invoice."""
        invoice = make.make_invoice()
        adapter.start(TRY, "https://shop.example/1")
        provider.pay("s-key-7")
        told(adapter, provider.notice("s-key-7"))
        assert UnallocatedPayment.objects.get().reason == "reference"
        invoice.refresh_from_db()
        assert invoice.status == "unpaid"

    def test_one_over_another_amount_books_what_came(
        self, adapter: Gateway, provider: FakeProvider, paid: str
    ) -> None:
        """R7."""
        provider.sessions[paid].amount = 100
        told(adapter, provider.notice(paid))
        booked = Payment.objects.get()
        assert (booked.amount, booked.invoice.amount_due) == (100, 1100)


def test_no_secret_is_in_a_log_line_or_in_what_is_printed_of_a_card(
    adapter: Gateway, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """X2."""
    provider.silent.append("start")
    with caplog.at_level(logging.DEBUG), pytest.raises(BusinessError):
        begin(make.make_invoice())
    assert "does not answer" in caplog.text
    assert SECRET not in caplog.text
    assert "card-token" not in repr(CARD)
