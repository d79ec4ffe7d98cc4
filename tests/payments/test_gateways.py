"""Which ways to pay there are, when they can be switched on, and what a bank transfer tells (payments.md 5 and 6)."""

import pytest
import segno
from stdnum import iso11649

from commerce.billing.documents.bank_account import BankAccount, epc_payload
from commerce.billing.invoices.rules import payment_reference
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.gateways import registry
from commerce.payments.gateways.bank_transfer.adapter import group_digits, qr_code_svg
from commerce.payments.gateways.contract import Gateway
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.payments import switch_on_bank_transfer

EPC = """BCD
002
1
SCT
COBADEFFXXX
Example Hosting GmbH
DE89370400440532013000
EUR12.00

RF18539007547034"""


def test_the_code_holds_what_the_guideline_says() -> None:
    """Version 002, SCT, UTF-8, structured reference."""
    account = BankAccount("Example Hosting GmbH", "DE89370400440532013000", "COBADEFFXXX")
    foreign = BankAccount("Example", account_number="123")
    reference = "RF18539007547034"
    assert epc_payload(account=account, currency="EUR", amount=1200, reference=reference) == EPC
    assert epc_payload(account=account, currency="USD", amount=1200, reference=reference) == ""
    assert epc_payload(account=foreign, currency="EUR", amount=1200, reference=reference) == ""


def test_the_drawing_is_plain_svg_without_style_or_script() -> None:
    svg = qr_code_svg(EPC)
    assert svg.startswith("<svg ")
    assert svg.endswith("</svg>")
    assert "style" not in svg
    assert "script" not in svg
    size = segno.make(EPC, encoding="utf-8", error="m", boost_error=False).symbol_size(border=4)
    assert f'viewBox="0 0 {size[0]} {size[1]}"' in svg


@pytest.mark.parametrize("number", [1, 305, 999_999_999_999])
def test_references_of_ours_are_right_ones(number: int) -> None:
    reference = payment_reference(number)
    assert iso11649.is_valid(reference)
    assert group_digits(reference).replace(" ", "") == reference


@pytest.mark.django_db
class TestSwitching:
    def test_nothing_is_offered_at_first(self) -> None:
        assert registry.offered_gateways("EUR", 100) == []

    @pytest.mark.parametrize(
        ("without", "says"), [("account_name", "Account holder"), ("iban", "IBAN")]
    )
    def test_a_gateway_cannot_be_on_while_something_is_missing(
        self, without: str, says: str
    ) -> None:
        with pytest.raises(BusinessError, match=says):
            switch_on_bank_transfer(**{without: ""})
        assert registry.offered_gateways("EUR", 100) == []

    def test_a_field_emptied_later_takes_it_off_the_pages(self) -> None:
        switch_on_bank_transfer()
        assert [each.slug for each in registry.offered_gateways("EUR", 100)] == ["bank_transfer"]
        set_setting(
            key="gateway.bank_transfer.account_name", value="", ctx=Context(make.AT, SYSTEM)
        )
        assert registry.offered_gateways("EUR", 100) == []

    def test_an_account_number_does_without_an_iban(self) -> None:
        switch_on_bank_transfer(iban="", account_number="12345", routing_number="021000021")
        how = registry.get_gateway("bank_transfer").transfer_instructions(
            currency_code="EUR", amount=1200, reference="RF18539007547034"
        )
        assert how.code == ""
        assert "12345" in dict(how.rows).values()

    def test_a_wrong_iban_is_refused_where_it_is_typed(self) -> None:
        with pytest.raises(BusinessError, match="IBAN"):
            switch_on_bank_transfer(iban="DE89 3704 0044 0532 0130 01")

    @pytest.mark.parametrize(("code", "has_code"), [("EUR", True), ("USD", False), ("JPY", False)])
    def test_the_code_is_for_euros_only(self, code: str, *, has_code: bool) -> None:
        switch_on_bank_transfer()
        how = registry.get_gateway("bank_transfer").transfer_instructions(
            currency_code=code, amount=500, reference="RF18539007547034"
        )
        assert bool(how.code) == has_code
        assert "DE89 3704 0044 0532 0130 00" in dict(how.rows).values()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "slug",
    [
        slug
        for slug, adapter in registry.GATEWAY_CLASSES.items()
        if not adapter.capabilities.can_be_polled
    ],
)
def test_an_adapter_without_a_provider_keeps_the_contract_as_far_as_it_can(slug: str) -> None:
    adapter: Gateway = registry.get_gateway(slug)
    assert not adapter.supports("EUR", 0)
    assert adapter.refund("t", 100, "k").state == "failed"
    assert adapter.close("x").kind == "closed"
    assert adapter.fetch("x").kind == "pending"
    with pytest.raises(BusinessError):
        adapter.verify({}, b"{}")
