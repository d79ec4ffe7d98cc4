"""Funds that a client adds: once credit for each payment, within the limits that staff set (payments.md 9)."""

from decimal import Decimal

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.catalog.models import Currency
from commerce.kit.errors import BusinessError
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from commerce.payments.queries import top_up_currencies, top_up_limits
from commerce.payments.rules import amount_at_rate
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.payments.funds.conftest import CTX, add_funds, hear, ledger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


@pytest.fixture(autouse=True)
def _euro() -> None:
    """The default currency is EUR; of USD no rate is known."""
    Currency.objects.filter(pk="USD").update(is_default=False)
    Currency.objects.filter(pk="EUR").update(is_default=True)


def limits(code: str = "EUR") -> tuple[int, int] | None:
    found = top_up_limits(Currency.objects.get(pk=code))
    return (found.least.amount, found.most.amount) if found else None


def test_what_arrives_is_credit_once(client: Client, provider: FakeProvider) -> None:
    attempt = add_funds(client, 2500)
    provider.pay(attempt.reference or "")
    for _ in range(3):
        hear(attempt)
    payment = Payment.objects.get()
    assert (payment.amount, payment.invoice, payment.shares.count()) == (2500, None, 0)
    assert (attempt.status, attempt.purpose) == ("succeeded", "top_up")
    assert ledger(client) == [("top_up", 2500)]
    assert not Invoice.objects.exists()


def test_what_was_received_counts_and_not_what_was_wanted(
    client: Client, provider: FakeProvider
) -> None:
    attempt = add_funds(client, 2500)
    provider.pay(attempt.reference or "", amount=2000)
    hear(attempt)
    assert ledger(client) == [("top_up", 2000)]


def test_another_currency_is_kept_unallocated(client: Client, provider: FakeProvider) -> None:
    attempt = add_funds(client, 2500)
    provider.pay(attempt.reference or "", currency="USD")
    hear(attempt)
    assert (UnallocatedPayment.objects.get().note, ledger(client)) == (
        f"For added funds of {client}",
        [],
    )


def test_another_amount_closes_the_live_attempt(client: Client) -> None:
    old, new = add_funds(client, 2500), add_funds(client, 3000)
    old.refresh_from_db()
    assert (old.status, new.status) == ("closed", "open")
    assert add_funds(client, 3000) == new


@pytest.mark.parametrize("amount", [499, 100_001, 0, -500])
def test_an_amount_outside_of_the_limits_is_refused(client: Client, amount: int) -> None:
    with pytest.raises(BusinessError, match=r"5\.00 EUR to 1000\.00 EUR"):
        add_funds(client, amount)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("amount", [500, 100_000])
def test_the_limits_themselves_can_be_added(client: Client, amount: int) -> None:
    assert add_funds(client, amount).amount == amount


def test_0_switches_it_off(client: Client) -> None:
    set_setting(key="payments.topup_max", value="0", ctx=CTX)
    assert (limits(), top_up_currencies()) == (None, {})
    with pytest.raises(BusinessError, match="can't add funds"):
        add_funds(client, 2500)


def test_limits_elsewhere_follow_the_exchange_rate() -> None:
    """One dollar is 0.80 EUR, one yen 0.006."""
    for code, rate in (("USD", "0.8"), ("JPY", "0.006")):
        make.make_currency(code)
        Currency.objects.filter(pk=code).update(rate=rate)
    assert (limits("USD"), limits("JPY")) == ((625, 125_000), (833, 166_667))


def test_a_currency_without_rate_or_off_sale_takes_no_funds(client: Client) -> None:
    make.make_currency("GBP")
    Currency.objects.filter(pk="GBP").update(rate="1.2", is_active=False)
    assert list(top_up_currencies()) == ["EUR"]
    for code in ("USD", "GBP", "XXX"):
        with pytest.raises(BusinessError, match="can't add funds"):
            add_funds(client, 2500, code)


def test_an_amount_at_a_rate_is_rounded_half_up() -> None:
    assert amount_at_rate(Decimal("5.00"), Decimal("0.3"), 2) == 1667
    assert amount_at_rate(Decimal("0.01"), Decimal(2), 2) == 1


@pytest.mark.parametrize("typed", ["-1", "x", "1e3", ""])
def test_a_limit_that_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(BusinessError):
        set_setting(key="payments.topup_min", value=typed, ctx=CTX)
