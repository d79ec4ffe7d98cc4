"""What clients, banks and staff do at Mollie, and the gateway that is switched on against its double."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from commerce.payments.gateways import registry
from commerce.payments.gateways.mollie import adapter
from commerce.payments.gateways.mollie.adapter import MollieGateway
from tests.doubles.gateway import SignedMessage
from tests.doubles.mollie.account import HOME, MollieObject
from tests.doubles.mollie.routes import create_payment
from tests.doubles.mollie.server import ApiFault, MollieServer
from tests.make.settings import switch_on_gateway

API_KEY = "test_s3cret"


class MollieWorld:
    """The double as tests see it."""

    def __init__(self, server: MollieServer) -> None:
        self.origin, self.double, self.account = server.origin, server.double, server.double.account

    def fails(self, call: str, kind: str, **options: Any) -> None:
        """The next call of this name goes wrong."""
        self.double.faults.append(ApiFault(call, kind, **options))

    def forgets_keys(self) -> None:
        """Some hours have passed: a repeated call is a new one."""
        self.double.replies.clear()

    def payment_of(self, address: str) -> str:
        """Whose page is opened."""
        name = "tr_" + address.removeprefix(f"{HOME}/checkout/select-method/")
        return self.account.payment(name)["id"]

    def pay(self, reference: str, method: str = "creditcard") -> None:
        """The client pays on Mollie's page."""
        self.account.pay(self.account.payment(reference), method)

    def settle(self, reference: str) -> None:
        """The bank sends what a direct debit asked for."""
        self.account.pay(self.account.payment(reference), "directdebit")

    def fail(self, reference: str, method: str = "creditcard", **details: str) -> None:
        """It is declined: ``failureReason`` of a card, ``bankReasonCode`` of a direct debit."""
        payment = self.account.payment(reference)
        payment["method"] = method
        self.account.end(payment, "failed", **details)

    def cancel(self, reference: str) -> None:
        """The client goes back without paying."""
        self.account.end(self.account.payment(reference), "canceled")

    def refund(self, reference: str, value: str, status: str = "refunded") -> MollieObject:
        """Staff refund in the Dashboard."""
        payment = self.account.payment(reference)
        asked = {"amount": {"currency": payment["amount"]["currency"], "value": value}}
        return self.account.refund(payment, asked, status)

    def charge_back(self, reference: str, value: str) -> MollieObject:
        """The payer's bank takes it back."""
        payment, name = self.account.payment(reference), self.account.name("chb")
        made = {
            "resource": "chargeback",
            "id": name,
            "amount": {"currency": payment["amount"]["currency"], "value": value},
            "reason": {"code": "MD06", "description": "Refund request by end customer"},
            "createdAt": self.account.now(),
            "reversedAt": None,
            "paymentId": reference,
        }
        self.account.chargebacks[name] = made
        return made

    def pay_directly(self, value: str = "12.00") -> MollieObject:
        """A payment that Mollie took without us."""
        asked = {"amount": {"currency": "EUR", "value": value}, "description": "Elsewhere"}
        made = create_payment(self.account, {}, {}, asked | {"redirectUrl": "https://x.example"})
        self.pay(made["id"])
        return self.account.payment(made["id"])

    def notice(self, reference: str) -> SignedMessage:
        """What Mollie sends when anything happened to a payment."""
        return {}, f"id={reference}".encode()


@contextmanager
def mollie_world() -> Iterator[MollieWorld]:
    """A Mollie of its own, until the end of the block."""
    server = MollieServer(API_KEY)
    try:
        yield MollieWorld(server)
    finally:
        server.end()


@contextmanager
def mollie_on(world: MollieWorld) -> Iterator[None]:
    """The gateway switched on with this world's key, until the end of the block.

    A message is verified however busy the machine is; who tests the second that this may take sets it.
    """
    own = {"api_address": world.origin}
    registry.GATEWAY_CLASSES["mollie"] = type("MollieHere", (MollieGateway,), own)
    try:
        switch_on_gateway("mollie", api_key=API_KEY)
        with mock.patch.object(adapter, "VERIFY_SECONDS", 20):
            yield
    finally:
        registry.GATEWAY_CLASSES["mollie"] = MollieGateway
