"""PayPal's list of transactions is compared with the books: late, and where the app may ask for it (payments.md 6)."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.payments.gateways.comparison import compare_daily, compare_gateway
from commerce.payments.gateways.contract import Gateway
from commerce.payments.gateways.paypal import search
from commerce.payments.models import Attempt, Payment
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.paypal import PayPalWorld
from tests.payments.gateways.paypal.steps import Payer

DAY = timedelta(days=1)
ELSEWHERE = {
    "transaction_id": "8AB00000000000001",
    "transaction_event_code": "T0006",
    "transaction_initiation_date": make.AT.isoformat(),
    "transaction_amount": {"currency_code": "EUR", "value": "5.00"},
    "custom_field": "1",
}


def differences(paypal: Gateway, days: float, *, book: bool = False) -> list[tuple[str, str]]:
    with clock.freeze_time(make.AT + days * DAY):
        found = compare_gateway(paypal, at=clock.now(), book=book)
    return [(one.kind, one.transaction_id) for one in found]


@pytest.fixture
def unheard(payer: Payer, world: PayPalWorld) -> tuple[Attempt, str]:
    """A payment that was captured, of which no word came back."""
    capture = world.pay(payer.start())["id"]
    return Attempt.objects.get(), capture


def test_a_payment_whose_word_was_lost_is_found_a_day_later_and_booked(
    paypal: Gateway, world: PayPalWorld, unheard: tuple[Attempt, str]
) -> None:
    attempt, capture = unheard
    world.account.transactions_of_others.append(ELSEWHERE)
    other = ("not_booked", ELSEWHERE["transaction_id"])
    assert differences(paypal, 0.05) == []  # it is not listed yet
    assert differences(paypal, 1, book=True) == [("not_booked", capture), other]
    assert Payment.objects.get().attempt == attempt
    assert differences(paypal, 2, book=True) == [other]
    assert Payment.objects.count() == 1


def test_a_refund_is_no_payment_and_one_that_is_booked_alone_is_told(
    paypal: Gateway, world: PayPalWorld, unheard: tuple[Attempt, str]
) -> None:
    _attempt, capture = unheard
    differences(paypal, 1, book=True)
    world.account.refund(capture, {})
    make.make_payment(gateway="paypal", transaction_id="9XY")
    assert differences(paypal, 0.5) == []
    assert differences(paypal, 2) == [("not_at_gateway", "9XY")]


def test_the_list_is_read_page_by_page_and_an_odd_row_is_left_out(
    paypal: Gateway, world: PayPalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    rows = [ELSEWHERE | {"transaction_id": f"8AB{number}"} for number in range(5)]
    rows[1] = {"transaction_initiation_date": make.AT.isoformat()}
    world.account.transactions_of_others += rows
    named = [name for _kind, name in differences(paypal, 1)]
    assert named == ["8AB0", "8AB2", "8AB3", "8AB4"]


def test_a_fee_in_another_currency_is_in_the_note_of_the_payment(
    paypal: Gateway, world: PayPalWorld, unheard: tuple[Attempt, str]
) -> None:
    """It was recorded as none."""
    fee = {"currency_code": "USD", "value": "0.61"}
    world.account.captures[unheard[1]]["seller_receivable_breakdown"]["paypal_fee"] = fee
    differences(paypal, 1, book=True)
    payment = Payment.objects.get()
    assert (payment.fee, payment.note) == (0, "Gateway fee: 0.61 USD")


def compare(*options: str) -> Result:
    return CliRunner().invoke(commerce, ["payment", "compare", *options])


def test_without_the_permission_it_is_left_out_and_everybody_says_so(
    paypal: Gateway, world: PayPalWorld
) -> None:
    world.account.may_search = False
    with pytest.raises(BusinessError, match="aren't compared"):
        differences(paypal, 1)
    said = compare()
    assert said.exit_code == 0, said.output
    assert "Left out: paypal" in said.output
    assert "Nothing compared." in said.output
    report = StepReport("compare-payments", "compares")
    compare_daily(RunDay(make.AT.date(), make.AT), report)
    assert (report.outcome, report.rows, report.errors) == ("nothing to compare", 0, [])
    world.account.may_search = True
    assert "No differences. Compared: paypal." in compare().output
