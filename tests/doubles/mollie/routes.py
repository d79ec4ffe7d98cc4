"""The calls of Mollie's API that the double knows, as the documentation says what they do."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from tests.doubles.mollie.account import (
    DETAILS,
    LOCALES,
    PROFILE,
    ApiError,
    MollieAccount,
    MollieObject,
    checked_amount,
    unprocessable,
)

type Names = dict[str, str]
type Query = dict[str, str]
type Answerer = Callable[[MollieAccount, Names, Query, Any], Any]

PAYMENT_FIELDS = frozenset(
    """
    amount description redirectUrl cancelUrl webhookUrl locale metadata customerId mandateId sequenceType method
    """.split()
)


class ApiRoute(NamedTuple):
    """A call: its name, the form of its path, the status of its success."""

    name: str
    path: re.Pattern[str]
    status: int
    answer: Answerer


def get_profile(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    mode = account.api_key.partition("_")[0]
    return {"resource": "profile", "id": PROFILE, "mode": mode, "status": "verified"}


def create_customer(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    made = {"resource": "customer", "id": account.name("cst"), "createdAt": account.now()}
    account.customers[made["id"]] = made | (sent or {})
    return account.customers[made["id"]]


def update_customer(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    found = account.customer(names["customer"])
    if sent.get("locale", LOCALES[0]) not in LOCALES:
        raise unprocessable("The locale is invalid", "locale")
    found.update(sent)
    return found


def get_customer(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    return account.customer(names["customer"])


def get_mandate(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    return account.mandate(names["customer"], names["mandate"])


def revoke_mandate(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    account.mandate(names["customer"], names["mandate"])["is_gone"] = True
    return {}


def create_payment(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    if unknown := set(sent) - PAYMENT_FIELDS:
        raise unprocessable(f"Non-existent body parameter {unknown}", unknown.pop())
    amount = checked_amount(sent)
    if not sent.get("description"):
        raise unprocessable("The description is invalid", "description")
    if "localhost" in sent.get("webhookUrl", ""):
        raise unprocessable("The webhook URL is unreachable from Mollie's point of view")
    kind = sent.get("sequenceType", "oneoff")
    if kind == "recurring":
        return _charge(account, sent)
    if not sent.get("redirectUrl"):
        raise unprocessable("The redirect URL is invalid", "redirectUrl")
    if sent.get("locale", LOCALES[0]) not in LOCALES:
        raise unprocessable("The locale is invalid", "locale")
    if kind == "first":
        account.customer(sent["customerId"])
    if not Decimal(amount["value"]) and (kind, sent.get("method")) != ("first", "creditcard"):
        raise unprocessable("The amount is lower than the minimum", "amount")
    return account.shown(_new_payment(account, sent, amount, "open"))


def _new_payment(
    account: MollieAccount, sent: MollieObject, amount: MollieObject, status: str
) -> MollieObject:
    made = {
        "resource": "payment",
        "id": account.name("tr"),
        "mode": account.api_key.partition("_")[0],
        "createdAt": account.now(),
        "sequenceType": "oneoff",
        "profileId": PROFILE,
        "method": None,
        "details": None,
        **sent,
        "amount": amount,
        "status": status,
    }
    account.payments[made["id"]] = made
    return made


def _charge(account: MollieAccount, sent: MollieObject) -> MollieObject:
    """A card pays or is declined at once, what a bank account owes comes in days."""
    account.customer(sent["customerId"])
    mandate = account.mandates.get(sent["mandateId"], {})
    if not mandate or mandate.get("is_gone") or mandate["status"] != "valid":
        raise unprocessable("The mandate is invalid", "mandateId")
    made = _new_payment(account, sent, sent["amount"], "pending")
    made |= {"method": mandate["method"], "details": DETAILS[mandate["method"]]}
    if reason := account.declines.get(mandate["id"]):
        account.end(made, "failed", failureReason=reason)
    elif mandate["method"] != "directdebit":
        account.pay(made, mandate["method"])
    return account.shown(made)


def get_payment(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    return account.shown(account.payment(names["payment"]), query.get("embed", ""))


def cancel_payment(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    found = account.payment(names["payment"])
    if not account.shown(found).get("isCancelable"):
        raise unprocessable("The payment cannot be cancelled")
    account.end(found, "canceled")
    return account.shown(found)


def list_payments(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    rows = list(reversed(account.payments.values()))
    if "customer" in names:
        account.customer(names["customer"])
        rows = [each for each in rows if each.get("customerId") == names["customer"]]
    limit = int(query.get("limit", 50))
    if limit > 250:
        raise ApiError(400, "Bad Request", "The limit is too large.", "limit")
    if "from" in query:
        ids = [each["id"] for each in rows]
        rows = rows[ids.index(query["from"]) :]
    here, rest = rows[:limit], rows[limit:]
    following = f"https://api.mollie.com/v2/payments?from={rest[0]['id']}" if rest else ""
    return {
        "count": len(here),
        "_embedded": {"payments": [account.shown(each) for each in here]},
        "_links": {"next": {"href": following} if following else None},
    }


def create_refund(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    found = account.payment(names["payment"])
    amount = checked_amount(sent)
    if found["status"] != "paid" or amount["currency"] != found["amount"]["currency"]:
        raise unprocessable("The payment cannot be refunded")
    if Decimal(amount["value"]) > account.left(found):
        raise unprocessable("The amount is higher than the maximum", "amount")
    return account.refund(found, sent, "pending")


def get_refund(account: MollieAccount, names: Names, query: Query, sent: Any) -> MollieObject:
    found = account.get(account.refunds, names["refund"], "refund")
    if found["paymentId"] != names["payment"]:
        raise ApiError(404, "Not Found", "No refund exists with this token.")
    return found


_CALLS: tuple[tuple[str, int, Answerer], ...] = (
    ("GET /v2/profiles/me", 200, get_profile),
    ("POST /v2/customers", 201, create_customer),
    ("GET /v2/customers/{customer}", 200, get_customer),
    ("PATCH /v2/customers/{customer}", 200, update_customer),
    ("GET /v2/customers/{customer}/payments", 200, list_payments),
    ("GET /v2/customers/{customer}/mandates/{mandate}", 200, get_mandate),
    ("DELETE /v2/customers/{customer}/mandates/{mandate}", 204, revoke_mandate),
    ("POST /v2/payments", 201, create_payment),
    ("GET /v2/payments", 200, list_payments),
    ("GET /v2/payments/{payment}", 200, get_payment),
    ("DELETE /v2/payments/{payment}", 200, cancel_payment),
    ("POST /v2/payments/{payment}/refunds", 201, create_refund),
    ("GET /v2/payments/{payment}/refunds/{refund}", 200, get_refund),
)
_ROUTES = [
    ApiRoute(name, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", name) + r"\Z"), status, answer)
    for name, status, answer in _CALLS
]


def find_route(method: str, path: str) -> tuple[ApiRoute, Names]:
    """The call of a request, and the names in its path."""
    for route in _ROUTES:
        if found := route.path.match(f"{method} {path}"):
            return route, found.groupdict()
    raise ApiError(404, "Not Found", "The endpoint was not found.")
