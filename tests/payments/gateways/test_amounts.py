"""Amounts that gateways write: exact, or none."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from commerce.payments.gateways.amounts import read_amount
from commerce.payments.gateways.mollie import amounts as mollie
from commerce.payments.gateways.paypal import money as paypal

READERS: dict[str, Callable[[str], Any]] = {
    "mollie": lambda text: mollie.read({"value": text, "currency": "EUR"}),
    "paypal": lambda text: paypal.from_money({"value": text, "currency_code": "EUR"}),
}


@pytest.mark.parametrize(
    ("text", "currency_code", "amount"),
    [("10.00", "EUR", 1000), ("-0.5", "EUR", -50), ("7", "JPY", 7), ("7.000", "JPY", 7)],
)
def test_an_amount_is_read_exactly(text: str, currency_code: str, amount: int) -> None:
    assert read_amount(text, currency_code) == amount


@pytest.mark.parametrize("reader", sorted(READERS))
@pytest.mark.parametrize(
    "text",
    ["1E+999990", "1e9", "9" * 13, "9" * 100_000, "NaN", "Infinity", "", "1.001", "1,00", "١٠"],
)
def test_what_is_no_amount_is_refused_at_once(reader: str, text: str) -> None:
    """The first of them took half a minute of a processor."""
    began = time.thread_time()
    with pytest.raises(ValueError, match="amount"):
        READERS[reader](text)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("value", [10.0, None, ["10.00"]])
def test_what_is_no_text_is_no_amount(value: Any) -> None:
    wrong: Mapping[str, Any] = {"value": value, "currency_code": "EUR"}
    with pytest.raises(TypeError):
        paypal.from_money(wrong)
