"""Which request does what: the calls of Stripe's API that the product makes, and what a browser may ask."""

import re
from collections.abc import Callable
from typing import NamedTuple

from commerce.demo.stripe_double import cards_on_file, payment_intents, refunds
from commerce.demo.stripe_double.account import StripeAccount, StripeObject
from commerce.demo.stripe_double.forms import Params, check_names

type Answer = Callable[[StripeAccount, StripeObject, Params], StripeObject]
"""What a call does with the object that its path names (an empty one where it names none)."""


class ApiRoute(NamedTuple):
    """A call by its name, ``POST /v1/refunds/{id}``; ``kind`` is what its id names.

    ``for_browsers`` may also be called with the publishable key and the client secret of the object.
    """

    name: str
    kind: str
    answer: Answer
    for_browsers: bool = False


def retrieve(account: StripeAccount, found: StripeObject, params: Params) -> StripeObject:
    check_names(params, "client_secret key")
    return found


def balance(account: StripeAccount, found: StripeObject, params: Params) -> StripeObject:
    empty = [{"amount": 0, "currency": "eur", "source_types": {"card": 0}}]
    return {"object": "balance", "livemode": False, "available": empty, "pending": empty}


def account_of_key(account: StripeAccount, found: StripeObject, params: Params) -> StripeObject:
    return {"id": account.name, "object": "account"}


def list_of(kind: str, *filters: str) -> Answer:
    """A page of objects, newest first, as ``limit`` and ``starting_after`` ask for it."""

    def page(account: StripeAccount, found: StripeObject, params: Params) -> StripeObject:
        check_names(params, " ".join(("limit starting_after created", *filters)))
        members = {name: params[name] for name in filters if name in params}
        since = int(params.get("created", {}).get("gte", 0))
        rows = [each for each in account.all_of(kind, **members) if each["created"] >= since]
        if last := params.get("starting_after"):
            ids = [each["id"] for each in rows]
            rows = rows[ids.index(last) + 1 :] if last in ids else []
        limit = int(params.get("limit", 10))
        more, url = len(rows) > limit, f"/v1/{kind}s"
        return {"object": "list", "data": rows[:limit], "has_more": more, "url": url}

    return page


def creates(create: Callable[[StripeAccount, Params], StripeObject]) -> Answer:
    return lambda account, _, params: create(account, params)


ROUTES = [
    ApiRoute("GET /v1/account", "", account_of_key),
    ApiRoute("GET /v1/balance", "", balance),
    ApiRoute("POST /v1/customers", "", creates(cards_on_file.create_customer)),
    ApiRoute("POST /v1/customers/{id}", "customer", cards_on_file.update_customer),
    ApiRoute("GET /v1/payment_methods/{id}", "payment_method", retrieve),
    ApiRoute("POST /v1/payment_methods/{id}/detach", "payment_method", cards_on_file.detach),
    ApiRoute("POST /v1/payment_intents", "", creates(payment_intents.create_payment)),
    ApiRoute("GET /v1/payment_intents", "", list_of("payment_intent")),
    ApiRoute("GET /v1/payment_intents/{id}", "payment_intent", retrieve, for_browsers=True),
    ApiRoute("POST /v1/payment_intents/{id}", "payment_intent", payment_intents.update_payment),
    ApiRoute(
        "POST /v1/payment_intents/{id}/confirm",
        "payment_intent",
        payment_intents.confirm_payment,
        for_browsers=True,
    ),
    ApiRoute(
        "POST /v1/payment_intents/{id}/cancel", "payment_intent", payment_intents.cancel_payment
    ),
    ApiRoute("POST /v1/setup_intents", "", creates(cards_on_file.create_setup)),
    ApiRoute("GET /v1/setup_intents/{id}", "setup_intent", retrieve, for_browsers=True),
    ApiRoute(
        "POST /v1/setup_intents/{id}/confirm",
        "setup_intent",
        cards_on_file.confirm_setup,
        for_browsers=True,
    ),
    ApiRoute("POST /v1/refunds", "", creates(refunds.create_refund)),
    ApiRoute("GET /v1/refunds", "", list_of("refund", "charge")),
    ApiRoute("GET /v1/refunds/{id}", "refund", retrieve),
    ApiRoute("GET /v1/disputes/{id}", "dispute", retrieve),
]


def find_route(method: str, path: str) -> tuple[ApiRoute, str] | None:
    """The call of a method and path, and the id in it."""
    for route in ROUTES:
        verb, _, pattern = route.name.partition(" ")
        if verb == method and (match := re.fullmatch(pattern.replace("{id}", "([^/]+)"), path)):
            return route, "".join(match.groups())
    return None
