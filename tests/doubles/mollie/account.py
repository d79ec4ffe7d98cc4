"""What Mollie keeps of an account: customers, mandates, payments with their refunds and chargebacks."""

import copy
import itertools
import threading
from decimal import Decimal
from typing import Any

from commerce.kit import clock
from commerce.kit.money import currency_exponent

type MollieObject = dict[str, Any]

PROFILE = "pfl_QkEhN94Ba"
HOME = "https://www.mollie.com"
MANDATE_METHODS = {"creditcard": "creditcard", "paypal": "paypal"}
"""Any other method that begins a series leads to a direct debit."""
DETAILS: dict[str, MollieObject] = {
    "creditcard": {
        "cardHolder": "Alice",
        "cardNumber": "6787",
        "cardLabel": "Mastercard",
        "cardCountryCode": "NL",
    },
    "directdebit": {"consumerName": "Alice", "consumerAccount": "NL55INGB0000000000"},
    "ideal": {"consumerName": "Alice", "consumerAccount": "NL55INGB0000000000"},
    "paypal": {"consumerName": "Alice", "consumerAccount": "alice@example.com"},
}
LOCALES = "de_DE en_US es_ES fr_FR nl_NL".split()


class ApiError(Exception):
    """An answer that is no success, as Mollie writes it."""

    def __init__(self, status: int, title: str, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.body: MollieObject = {"status": status, "title": title, "detail": detail}
        if field:
            self.body["field"] = field


def unprocessable(detail: str, field: str = "") -> ApiError:
    return ApiError(422, "Unprocessable Entity", detail, field)


class MollieAccount:
    """One website profile, and what was made with its key."""

    def __init__(self, api_key: str) -> None:
        self.api_key, self.lock = api_key, threading.RLock()
        self.empty()

    def empty(self) -> None:
        self.customers: dict[str, MollieObject] = {}
        self.mandates: dict[str, MollieObject] = {}
        self.payments: dict[str, MollieObject] = {}
        self.refunds: dict[str, MollieObject] = {}
        self.chargebacks: dict[str, MollieObject] = {}
        self.declines: dict[str, str] = {}
        """Why the next charges of a mandate fail, by its id."""
        self.cancelable = True
        self._numbers = itertools.count(1)

    def name(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers):08d}"

    def now(self) -> str:
        return clock.now().isoformat(timespec="seconds")

    def get(self, rows: dict[str, MollieObject], name: str, kind: str) -> MollieObject:
        found = rows.get(name)
        if found is None:
            raise ApiError(404, "Not Found", f"No {kind} exists with token {name}.")
        if found.get("is_gone"):
            raise ApiError(410, "Gone", f"This {kind} is no longer available.")
        return found

    def customer(self, name: str) -> MollieObject:
        return self.get(self.customers, name, "customer")

    def payment(self, name: str) -> MollieObject:
        return self.get(self.payments, name, "payment")

    def mandate(self, customer: str, name: str) -> MollieObject:
        self.customer(customer)
        return self.get(self.mandates, name, "mandate")

    # What a payment becomes, whoever makes it so.

    def pay(self, payment: MollieObject, method: str, details: MollieObject | None = None) -> None:
        told = DETAILS.get(method, {}) if details is None else details
        payment |= {"status": "paid", "paidAt": self.now(), "method": method, "details": told}
        if payment["sequenceType"] == "first":
            payment["mandateId"] = self._new_mandate(payment["customerId"], method, told)

    def _new_mandate(self, customer: str, method: str, details: MollieObject) -> str:
        name, kind = self.name("mdt"), MANDATE_METHODS.get(method, "directdebit")
        expiry = {"cardExpiryDate": "2030-12-31"} if kind == "creditcard" else {}
        self.mandates[name] = {
            "resource": "mandate",
            "id": name,
            "status": "valid",
            "method": kind,
            "details": details | expiry,
            "customerId": customer,
        }
        return name

    def end(self, payment: MollieObject, status: str, **details: str) -> None:
        """It brings no money: ``failed``, ``canceled`` or ``expired``."""
        payment |= {"status": status, f"{status}At": self.now()}
        if details:
            payment["details"] = details

    def refund(self, payment: MollieObject, asked: MollieObject, status: str) -> MollieObject:
        name = self.name("re")
        made = {
            "resource": "refund",
            "id": name,
            "amount": asked["amount"],
            "status": status,
            "createdAt": self.now(),
            "description": asked.get("description", ""),
            "metadata": asked.get("metadata"),
            "paymentId": payment["id"],
        }
        self.refunds[name] = made
        return made

    def of_payment(self, rows: dict[str, MollieObject], payment: MollieObject) -> list[Any]:
        return [each for each in rows.values() if each["paymentId"] == payment["id"]]

    def left(self, payment: MollieObject) -> Decimal:
        """What can still be sent back."""
        back = (
            Decimal(each["amount"]["value"])
            for each in self.of_payment(self.refunds, payment)
            if each["status"] not in ("failed", "canceled")
        )
        return Decimal(payment["amount"]["value"]) - sum(back)

    def shown(self, payment: MollieObject, embed: str = "") -> MollieObject:
        """A payment as an answer has it."""
        told = copy.deepcopy(payment)
        if told["status"] in ("open", "pending"):
            told["isCancelable"] = told["status"] == "open" and self.cancelable
        if told["status"] == "open" and told["sequenceType"] != "recurring":
            address = f"{HOME}/checkout/select-method/{told['id'][3:]}"
            told["_links"] = {"checkout": {"href": address, "type": "text/html"}}
        wanted = {"refunds": self.refunds, "chargebacks": self.chargebacks}
        brought = {
            name: copy.deepcopy(self.of_payment(rows, payment))
            for name, rows in wanted.items()
            if name in embed.split(",")
        }
        return told | ({"_embedded": brought} if brought else {})


def checked_amount(asked: MollieObject) -> MollieObject:
    """An amount, which must be a string with exactly the decimals of its currency."""
    amount = asked.get("amount")
    if not isinstance(amount, dict) or set(amount) != {"currency", "value"}:
        raise unprocessable("The amount is invalid", "amount")
    value, places = amount["value"], currency_exponent(amount["currency"])
    if not isinstance(value, str) or len(value.partition(".")[2]) != places:
        raise unprocessable("The amount contains an invalid value", "amount.value")
    return amount
