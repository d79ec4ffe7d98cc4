"""What an account at Stripe holds: its objects by their ids, its events, and the answers that were given to a key."""

import copy
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from commerce.demo.stripe_double.cards import TEST_METHODS, card_behavior
from commerce.demo.stripe_double.errors import ApiError, not_found
from commerce.kit import clock

type StripeObject = dict[str, Any]

API_VERSION = "2026-10-28.endive"
NAMES = {
    "cus": "customer",
    "pi": "payment_intent",
    "seti": "setup_intent",
    "pm": "payment_method",
    "ch": "charge",
    "txn": "balance_transaction",
    "re": "refund",
    "du": "dispute",
    "issfr": "radar.early_fraud_warning",
    "evt": "event",
}
"""What an object is, by the first letters of its id."""


def epoch_seconds() -> int:
    """Now, as Stripe writes instants."""
    return int(clock.now().timestamp())


@dataclass(slots=True)
class StripeAccount:
    """An account in test mode. ``lock`` is held for each request, so that each sees a whole state."""

    secret_key: str
    publishable_key: str
    origin: str = ""
    name: str = "acct_double"
    objects: dict[str, StripeObject] = field(default_factory=dict)
    card_numbers: dict[str, str] = field(default_factory=dict)
    """The number of each payment method; no object tells it."""
    replies: dict[str, tuple[Any, int, StripeObject]] = field(default_factory=dict)
    """What was asked with an idempotency key, and what was answered."""
    on_event: Callable[[StripeObject], None] = field(default=lambda _: None)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, prefix: str, **members: Any) -> StripeObject:
        """A new object."""
        name = f"{prefix}_{secrets.token_hex(12)}"
        made = {"id": name, "object": NAMES[prefix], "created": epoch_seconds(), "livemode": False}
        self.objects[name] = made | members
        return self.objects[name]

    def get(self, kind: str, name: str) -> StripeObject:
        """Raises ``ApiError`` if there is none of this kind."""
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise not_found(kind, name)
        return found

    def all_of(self, kind: str, **members: Any) -> Iterator[StripeObject]:
        """The objects of a kind with these members, newest first."""
        for each in reversed(list(self.objects.values())):
            if each["object"] == kind and all(each.get(name) == v for name, v in members.items()):
                yield each

    def emit(self, kind: str, about: StripeObject) -> StripeObject:
        """An event about an object as it is now; it is sent to whoever listens."""
        event = self.add(
            "evt",
            type=kind,
            api_version=API_VERSION,
            data={"object": copy.deepcopy(about)},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
        )
        self.on_event(event)
        return event

    def add_method(self, card: StripeObject) -> StripeObject:
        """A payment method of a card's number, expiry and code, as its owner types them."""
        number = "".join(str(card.get("number", "")).split())
        behavior = card_behavior(number)
        year = int(card.get("exp_year", 0))
        month, year = int(card.get("exp_month", 0)), year + (2000 if year < 100 else 0)
        now = clock.now()
        if not (1 <= month <= 12 and (now.year, now.month) <= (year, month)):
            raise ApiError(
                402, "Your card's expiration date is not valid.", code="invalid_expiry_year"
            )
        made = self.add(
            "pm",
            type="card",
            customer=None,
            allow_redisplay="unspecified",
            billing_details={"name": None, "email": None, "phone": None, "address": None},
            card={
                "brand": behavior.brand,
                "last4": number[-4:],
                "country": behavior.country,
                "exp_month": month,
                "exp_year": year,
                "funding": "credit",
                "wallet": None,
            },
        )
        self.card_numbers[made["id"]] = number
        return made

    def method(self, name: str) -> StripeObject:
        """A payment method by its id, or a new one of the test card that a name stands for."""
        if name in TEST_METHODS:
            year = clock.now().year + 4
            card = {"number": TEST_METHODS[name], "exp_month": 12, "exp_year": year}
            return self.add_method(card)
        return self.get("payment_method", name)


def expand(account: StripeAccount, value: StripeObject, paths: list[str]) -> StripeObject:
    """A copy of an object in which the ids that ``paths`` name are replaced by what they stand for."""
    value = copy.deepcopy(value)
    for path in paths:
        _expand(account, value, path.split("."))
    return value


def _expand(account: StripeAccount, value: Any, path: list[str]) -> None:
    for each in value if isinstance(value, list) else [value]:
        inner = each.get(path[0])
        if isinstance(inner, str) and inner in account.objects:
            inner = each[path[0]] = copy.deepcopy(account.objects[inner])
        if inner and path[1:]:
            _expand(account, inner, path[1:])
