"""A gateway on whose pages clients pay, from start to booking (payments.md 2, 3 and 5)."""

from collections.abc import Iterator
from typing import Any

import pytest

from commerce.billing.models import Invoice
from commerce.billing.rules import Line
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.payments import gateways, paying
from commerce.payments.gateways.contract import Started
from commerce.payments.models import Attempt, Payment
from commerce.preferences import conditions
from commerce.preferences.actions import set_preference
from commerce.preferences.keys import KEYS
from commerce.preferences.models import Setting
from tests import make
from tests.doubles import gateway as provider
from tests.doubles.gateway import FakeGateway

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}


@pytest.fixture(autouse=True)
def _fake() -> Iterator[None]:
    gateways.ADAPTERS["fake"] = FakeGateway
    gateways.register_keys(FakeGateway)
    set_preference(key="gateway.fake.token", value="s3cret", **SAY)
    set_preference(key="gateway.fake.enabled", value="on", **SAY)
    yield
    del gateways.ADAPTERS["fake"]
    for name in ("enabled", "token"):
        del KEYS[f"gateway.fake.{name}"]
    del conditions._CONDITIONS["gateway.fake.enabled"]
    for each in (provider.SESSIONS, provider.RETURNS, provider.PAID, provider.TIMEOUTS):
        each.clear()


def begin(invoice: Invoice) -> tuple[Attempt, Started]:
    invoice.refresh_from_db()
    back = "https://shop.example/{}".format
    return paying.begin(invoice=invoice, gateway="fake", made_by=None, return_url=back, **SAY)


def test_it_cannot_be_on_without_its_secret_which_is_never_stored_as_typed() -> None:
    assert "s3cret" not in str(Setting.objects.get(pk="gateway.fake.token").value)
    assert gateways.known("fake").settings == {"token": "s3cret"}
    set_preference(key="gateway.fake.enabled", value="off", **SAY)
    Setting.objects.filter(pk="gateway.fake.token").delete()
    with pytest.raises(Refused, match="Token"):
        set_preference(key="gateway.fake.enabled", value="on", **SAY)


@pytest.mark.parametrize(("code", "amount"), [("JPY", 1236), ("EUR", 1236), ("KWD", 12_348)])
def test_amounts_arrive_exactly_and_the_client_comes_back_to_the_attempt(
    code: str, amount: int
) -> None:
    if code != "EUR":
        make.make_currency(code)
    client = make.make_client(currency_code=code)
    lines = [Line("Starter", amount * 5 // 6, make.VAT)]
    attempt, started = begin(make.make_invoice(client, lines=lines, currency_code=code))
    sent = provider.SESSIONS[attempt.key]
    assert (sent.amount, sent.currency_code) == (amount, code)
    assert [f"https://shop.example/{attempt.pk}"] == provider.RETURNS
    assert started.redirect_url == f"https://pay.example.net/{attempt.key}"


def test_a_start_without_an_answer_is_repeated_with_the_same_key() -> None:
    invoice = make.make_invoice()
    provider.TIMEOUTS.append("no answer")
    with pytest.raises(TimeoutError):
        begin(invoice)
    attempt, _ = begin(invoice)
    assert list(provider.SESSIONS) == [attempt.key]
    assert Attempt.objects.get().status == "open"


def test_one_that_was_paid_before_its_amount_changed_is_booked() -> None:
    """It raised "The amount has changed", and the money was nowhere."""
    invoice = make.make_invoice()
    old, started = begin(invoice)
    provider.PAID.add(started.reference)
    make.make_payment(invoice, gateway="manual", amount=200)
    again, _ = begin(invoice)
    assert (again.pk, again.status) == (old.pk, "succeeded")
    booked = Payment.objects.get(gateway="fake")
    assert (booked.amount, booked.attempt_id) == (1200, old.pk)
    invoice.refresh_from_db()
    assert invoice.status == "paid"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "http://pay.example.net", "javascript:alert(1)//"]
)
def test_a_client_is_sent_to_hosts_of_the_gateway_only(
    elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeGateway, "leads_to", elsewhere)
    with pytest.raises(Refused, match="not its own"):
        begin(make.make_invoice())
