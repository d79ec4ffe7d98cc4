"""The contract of adapters: what each promises of its members, against a provider that misbehaves (payments.md 5)."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Invoice
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments import start_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway, GatewayPayment, PaymentRequest
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from commerce.site_settings.actions import reset_setting, set_setting
from commerce.site_settings.models import SiteSetting
from tests import make
from tests.doubles.gateway import FAKE_PROVIDER, SignedMessage
from tests.payments.providers import SIDES, ContractProvider

CTX = Context(make.AT, SYSTEM)
TRY = PaymentRequest(7, "key-7", 1200, "EUR", "INV-0001", "RF18539007547034")
BACK = "https://shop.example/1"
SILENCE = r"answer|Error"


@pytest.fixture(params=sorted(SIDES))
def other_end(request: pytest.FixtureRequest, db: None) -> Iterator[ContractProvider]:
    """What stands behind the adapter, which is on."""
    with SIDES[request.param]() as side:
        yield side


@pytest.fixture
def adapter(other_end: ContractProvider) -> Gateway:
    return registry.get_gateway(other_end.slug)


def test_every_adapter_with_a_provider_is_tried_here() -> None:
    asked = {
        slug
        for slug, adapter in registry.GATEWAY_CLASSES.items()
        if adapter.capabilities.can_be_polled
    }
    assert asked <= set(SIDES)


def told(adapter: Gateway, message: SignedMessage) -> None:
    """What a door does with a message: verify, read, make it true."""
    for report in adapter.interpret(adapter.verify(*message)):
        apply_gateway_report(gateway=adapter.slug, report=report, ctx=CTX)


def begin(adapter: Gateway, invoice: Invoice) -> Attempt:
    """The client chooses this gateway on the page of an invoice."""
    invoice.refresh_from_db()
    return start_payment.start_payment(
        invoice=invoice,
        gateway=adapter.slug,
        created_by=None,
        return_url="https://shop.example/{}".format,
        ctx=CTX,
    )[0]


def test_each_member_of_the_contract_is_there(adapter: Gateway) -> None:
    members = [name for name in dir(Gateway) if not name.startswith("_")]
    assert "list_payments" in members
    assert [name for name in members if not hasattr(adapter, name)] == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("start", lambda adapter, _: adapter.start(TRY, BACK)),
        ("fetch", lambda adapter, reference: adapter.fetch(reference)),
        ("close", lambda adapter, reference: adapter.close(reference)),
    ],
)
def test_a_call_without_an_answer_is_repeated_and_done_once(
    adapter: Gateway,
    other_end: ContractProvider,
    name: str,
    call: Callable[[Gateway, str], object],
    *,
    after: bool,
) -> None:
    """The same key, so that what was done though nobody heard of it is not done again."""
    reference = adapter.start(TRY, BACK).reference
    other_end.fails(name, after=after)
    with pytest.raises(OSError, match=SILENCE):
        call(adapter, reference)
    assert call(adapter, reference) == call(adapter, reference)
    assert other_end.payments() == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_saved_card_is_charged_once_for_an_attempt(
    adapter: Gateway, other_end: ContractProvider, *, after: bool
) -> None:
    """R18: there was no answer, and the same attempt is no second charge."""
    card, attempt = other_end.card(adapter), replace(TRY, customer=other_end.customer(adapter))
    other_end.fails("charge_saved", after=after)
    with pytest.raises(OSError, match=SILENCE):
        adapter.charge_saved(attempt, card)
    report = adapter.charge_saved(attempt, card)
    assert (report.kind, report.amount, report.card) == ("paid", 1200, card)
    assert (adapter.fetch(report.reference), other_end.payments()) == (report, 1)


def test_an_account_has_a_name_and_knows_its_cards_alone(
    adapter: Gateway, other_end: ContractProvider
) -> None:
    """By both another key is told from ours."""
    card = other_end.card(adapter)
    stranger = replace(card, token=f"{card.token[:-3]}zzz")
    FAKE_PROVIDER.unknown_cards.add(stranger.token)
    assert adapter.account() == adapter.account() != ""
    assert [adapter.knows_card(one) for one in (card, stranger)] == [True, False]


def test_a_saved_card_that_is_declined_says_why(
    adapter: Gateway, other_end: ContractProvider
) -> None:
    card, attempt = other_end.card(adapter), replace(TRY, customer=other_end.customer(adapter))
    other_end.decline(card)
    report = adapter.charge_saved(attempt, card)
    assert report.kind == "failed"
    assert report.reason
    if report.reference:  # not every provider names what it refuses
        assert adapter.fetch(report.reference).kind == "failed"
    assert adapter.charge_saved(attempt, card) == report


@pytest.mark.parametrize("after", [False, True])
def test_parts_and_all_of_a_payment_go_back_and_never_more(
    adapter: Gateway, other_end: ContractProvider, *, after: bool
) -> None:
    reference = adapter.start(TRY, BACK).reference
    other_end.pay(reference)
    paid = GatewayPayment(adapter.fetch(reference).transaction_id, 1200, "EUR", reference)
    other_end.fails("refund", after=after)
    with pytest.raises(OSError, match=SILENCE):
        adapter.refund(paid, 500, "r1")
    assert adapter.refund(paid, 500, "r1") == adapter.refund(paid, 500, "r1")
    refused = adapter.refund(paid, 800, "r2")
    assert (refused.state, bool(refused.reason)) == ("failed", True)
    assert adapter.refund(paid, 700, "r3").state in ("accepted", "succeeded")
    assert other_end.sent_back() == 1200


@pytest.mark.parametrize(("code", "amount"), [("JPY", 1236), ("EUR", 1236), ("KWD", 12_360)])
def test_amounts_arrive_exactly_and_are_booked_so(
    adapter: Gateway, other_end: ContractProvider, code: str, amount: int
) -> None:
    if code != "EUR":
        make.make_currency(code)
    if adapter.supports(code, amount) is None:
        assert adapter not in registry.offered_gateways(code, amount)
        return
    client = make.make_client(currency_code=code)
    lines = [DraftLine("Starter", amount * 5 // 6, make.VAT)]
    invoice = make.make_invoice(client, lines=lines, currency_code=code)
    reference = begin(adapter, invoice).reference or ""
    other_end.pay(reference)
    with clock.freeze_time(make.AT):
        apply_gateway_report(gateway=adapter.slug, report=adapter.fetch(reference), ctx=CTX)
    payment = Payment.objects.get()
    assert (payment.amount, payment.currency_id, payment.invoice.status) == (amount, code, "paid")


def test_it_cannot_be_on_while_any_secret_is_missing(
    adapter: Gateway, other_end: ContractProvider
) -> None:
    """An empty one is a missing one; none is stored as it was typed."""
    for field in adapter.fields:
        if not field.required:
            continue
        typed, key = adapter.settings[field.name], f"gateway.{adapter.slug}.{field.name}"
        if field.secret:
            assert typed not in str(SiteSetting.objects.get(pk=key).value)
        set_setting(key=f"gateway.{adapter.slug}.enabled", value="off", ctx=CTX)
        reset_setting(key=key, ctx=CTX)
        with pytest.raises(BusinessError, match=str(field.label)):
            set_setting(key=f"gateway.{adapter.slug}.enabled", value="on", ctx=CTX)
        assert registry.offered_gateways("EUR", 1200) == []
        set_setting(key=key, value=typed, ctx=CTX)
    set_setting(key=f"gateway.{adapter.slug}.enabled", value="on", ctx=CTX)


@pytest.mark.usefixtures("proven")
class TestMessages:
    """Of whom they are, and what they change."""

    @pytest.fixture(autouse=True)
    def _still(self) -> Iterator[None]:
        with clock.freeze_time(make.AT):
            yield

    @pytest.fixture
    def paid(self, adapter: Gateway, other_end: ContractProvider) -> str:
        reference = begin(adapter, make.make_invoice()).reference or ""
        other_end.pay(reference)
        return reference

    def test_a_true_one_books_once_though_it_comes_five_times(
        self, adapter: Gateway, other_end: ContractProvider, paid: str
    ) -> None:
        """R2."""
        for _ in range(5):
            told(adapter, other_end.message(paid))
        assert Payment.objects.get().invoice.status == "paid"

    def test_others_are_refused_and_change_nothing(
        self, adapter: Gateway, other_end: ContractProvider, paid: str
    ) -> None:
        """Unsigned, signed by another, changed on its way, old, from the future."""
        headers, body = other_end.message(paid)
        if not adapter.capabilities.signs_messages:
            pytest.skip("it signs nothing: see the next test")
        now = int(make.AT.timestamp())
        for message in (
            ({}, body),
            (dict.fromkeys(headers, "x,y"), body),
            (headers, body.replace(paid.encode(), b"another")),
            other_end.message(paid, secret="another"),
            other_end.message(paid, at=now - 5 * 24 * 3600),
            other_end.message(paid, at=now + 301),
        ):
            with pytest.raises(BusinessError):
                told(adapter, message)
        assert not Payment.objects.exists()

    def test_one_that_nobody_signed_says_what_the_provider_says(
        self, adapter: Gateway, other_end: ContractProvider
    ) -> None:
        """X5: anybody may have sent it, for a payment that is not paid, or that there is not."""
        if adapter.capabilities.signs_messages:
            pytest.skip("its messages are signed: see the test before")
        reference = begin(adapter, make.make_invoice()).reference or ""
        headers, body = other_end.message(reference)
        told(adapter, (headers, body))
        for other in (b"another", b"../profiles/me", b"", b"%00", "é".encode()):
            with pytest.raises((BusinessError, OSError)):
                told(adapter, (headers, body.replace(reference.encode(), other)))
        assert not Payment.objects.exists()
        first = adapter.verify(headers, body).id
        assert adapter.verify(headers, body).id == first
        other_end.pay(reference)
        assert adapter.verify(headers, body).id != first

    def test_an_empty_secret_verifies_nothing(
        self, adapter: Gateway, other_end: ContractProvider, paid: str
    ) -> None:
        secrets = {field.name: "" for field in adapter.fields if field.secret}
        bare = registry.GATEWAY_CLASSES[adapter.slug]({**adapter.settings, **secrets})
        with pytest.raises(BusinessError, match="signed"):
            bare.verify(*other_end.message(paid, secret=""))

    def test_one_about_nobody_s_session_is_kept_for_staff(
        self, adapter: Gateway, other_end: ContractProvider
    ) -> None:
        """R6: a reference that is not in our table pays no invoice."""
        invoice = make.make_invoice()
        reference = adapter.start(TRY, BACK).reference
        other_end.pay(reference)
        told(adapter, other_end.message(reference))
        assert UnallocatedPayment.objects.get().reason == "reference"
        invoice.refresh_from_db()
        assert invoice.status == "unpaid"

    def test_one_over_another_amount_books_what_came(
        self, adapter: Gateway, other_end: ContractProvider, paid: str
    ) -> None:
        """R7."""
        other_end.alter(paid, amount=100)
        told(adapter, other_end.message(paid))
        booked = Payment.objects.get()
        assert (booked.amount, booked.invoice.amount_due) == (100, 1100)

    def test_one_in_another_currency_is_kept_for_staff(
        self, adapter: Gateway, other_end: ContractProvider, paid: str
    ) -> None:
        """R5."""
        make.make_currency("USD")
        other_end.alter(paid, currency="USD")
        told(adapter, other_end.message(paid))
        assert UnallocatedPayment.objects.get().reason == "currency"
        assert not Payment.objects.exists()


def test_no_secret_is_in_a_log_line_or_in_what_is_printed(
    adapter: Gateway, other_end: ContractProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """X2."""
    other_end.fails("start", after=False)
    with caplog.at_level(logging.DEBUG), pytest.raises(BusinessError):
        begin(adapter, make.make_invoice())
    card = other_end.card(adapter)
    assert "does not answer" in caplog.text
    for text in (caplog.text, repr(adapter), repr(card)):
        assert card.token not in text
        for field in adapter.fields:
            assert not field.secret or adapter.settings[field.name] not in text
