"""The EPC QR code of a document (payments.md 6)."""

from dataclasses import replace

import pytest

from commerce.billing.documents.bank_account import (
    BankAccount,
    epc_payload,
    our_bank_account,
    qr_code_runs,
)
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.document_content import BANK
from tests.make.people import AT

ASKED = {"currency": "EUR", "amount": 2276, "reference": "RF93000000000305"}


def test_the_code_holds_what_a_banking_app_needs() -> None:
    assert epc_payload(account=BANK, **ASKED).split("\n") == [
        *("BCD", "002", "1", "SCT", "BYLADEM1001", "Acme Hosting GmbH"),
        *("DE02120300000000202051", "EUR22.76", "", "RF93000000000305"),
    ]


@pytest.mark.parametrize("other", [{"currency": "USD"}, {"amount": 0}, {"amount": 10**12}])
def test_there_is_none_for_what_it_cannot_ask(other: dict[str, object]) -> None:
    assert epc_payload(account=BANK, **ASKED | other) == ""
    assert epc_payload(account=BankAccount("Acme", account_number="1"), **ASKED) == ""


def test_a_name_cannot_add_lines_or_length() -> None:
    text = epc_payload(account=replace(BANK, account_name="A\nB" + "x" * 90), **ASKED)
    assert text.split("\n")[5] == "A B" + "x" * 67


def test_squares_are_runs_within_their_width() -> None:
    width, runs = qr_code_runs(epc_payload(account=BANK, **ASKED))
    assert (width - 17) % 4 == 0
    assert width <= 69  # version 13 is the largest of EPC
    assert all(x >= 0 and x + length <= width and y < width for x, y, length in runs)
    assert runs[0] == (0, 0, 7)
    assert qr_code_runs("") == (0, [])


@pytest.mark.django_db
def test_the_account_is_that_of_the_settings_while_bank_transfer_is_on() -> None:
    set_bank = {"account_name": "Acme", "iban": BANK.iban, "enabled": "on"}
    assert our_bank_account() is None
    for name, value in set_bank.items():
        set_setting(key=f"gateway.bank_transfer.{name}", value=value, ctx=Context(AT, SYSTEM))
    found = our_bank_account()
    assert found is not None
    assert (found.account_name, found.id) == ("Acme", "DE02120300000000202051")
