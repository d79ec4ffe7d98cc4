"""payments.md 4 and 6: which ways to pay are offered, and what a payer reads who sends a transfer."""

from typing import Any

import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments import start_payment
from commerce.payments.gateways import registry
from commerce.payments.gateways.bank_transfer.adapter import BankTransferGateway, group_digits
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.payments import ACCOUNT, switch_on_bank_transfer

CTX = Context(make.AT, SYSTEM)
EMPTY = dict.fromkeys([field.name for field in BankTransferGateway.fields], "")


def gateway(**settings: str) -> BankTransferGateway:
    return BankTransferGateway({**EMPTY, **settings})


def read(currency_code: str = "EUR", **settings: str) -> Any:
    return gateway(**settings).transfer_instructions(
        currency_code=currency_code, amount=1200, reference="RF18539007547034"
    )


def test_a_payer_reads_each_detail_of_an_account_with_an_iban() -> None:
    told = read(
        account_name="Example Ltd",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        bank_name="A Bank",
        account_number="123",
        routing_number="456",
        instructions="Thank you",
    )
    assert [(str(label), value) for label, value in told.rows] == [
        ("Account holder", "Example Ltd"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"),
        ("BIC", "COBADEFFXXX"),
        ("Bank", "A Bank"),
    ]
    assert told.text == "Thank you"
    assert told.code.startswith("<svg")


def test_without_an_iban_the_numbers_of_the_account_stand_there_and_no_code() -> None:
    told = read("USD", account_name="Example", account_number="123", routing_number="456")
    assert [(str(label), value) for label, value in told.rows] == [
        ("Account holder", "Example"),
        ("Account number", "123"),
        ("Routing number", "456"),
    ]
    assert (told.code, told.text) == ("", "")


@pytest.mark.parametrize(
    ("settings", "fine"),
    [
        ({}, False),
        ({"iban": "DE89370400440532013000"}, True),
        ({"iban": "DE89370400440532013001"}, False),
        ({"account_number": "123"}, True),
        ({"account_number": "123", "iban": "rubbish"}, False),
    ],
)
def test_an_account_is_an_iban_that_is_one_or_a_number(
    *, settings: dict[str, str], fine: bool
) -> None:
    if fine:
        gateway(**settings).test()
        return
    with pytest.raises(BusinessError):
        gateway(**settings).test()


def test_a_reference_is_read_in_groups_of_four() -> None:
    assert group_digits("RF18539007547034") == "RF18 5390 0754 7034"
    assert (group_digits("RF185"), group_digits("")) == ("RF18 5", "")


def slugs() -> list[str]:
    return [one.slug for one in registry.offered_gateways("EUR", 1200)]


@pytest.mark.django_db
def test_what_is_configured_is_offered_while_it_is_on() -> None:
    assert slugs() == []
    switch_on_bank_transfer()
    assert slugs() == ["bank_transfer"]
    set_setting(key="gateway.bank_transfer.enabled", value="off", ctx=CTX)
    assert slugs() == []


@pytest.mark.django_db
def test_what_is_required_cannot_be_missing_when_it_is_switched_on() -> None:
    for name, value in ACCOUNT.items():
        if name != "account_name":
            set_setting(key=f"gateway.bank_transfer.{name}", value=value, ctx=CTX)
    with pytest.raises(BusinessError):
        set_setting(key="gateway.bank_transfer.enabled", value="on", ctx=CTX)
    with pytest.raises(BusinessError):
        registry.get_gateway("barter")
    assert registry.get_gateway("manual").slug == "manual"


@pytest.mark.django_db
def test_a_payment_that_starts_ends_no_attempt_of_another_invoice() -> None:
    switch_on_bank_transfer()
    first, second = make.make_invoice(), make.make_invoice()
    say: dict[str, Any] = {
        "gateway": "bank_transfer",
        "created_by": None,
        "return_url": str,
        "ctx": CTX,
    }
    theirs, _session = start_payment.start_payment(invoice=first, **say)
    make.make_payment(second, amount=200, gateway="manual")
    second.refresh_from_db()
    mine, session = start_payment.start_payment(invoice=second, **say)
    theirs.refresh_from_db()
    assert (theirs.status, mine.status, mine.amount) == ("open", "open", 1000)
    assert (mine.reference, session.redirect_url) == (session.reference, "")
