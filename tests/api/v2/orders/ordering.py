"""Orders and quotes by version 2, and a token that may make them."""

from typing import Any

from commerce.accounts.models import Client, SpendingLimit
from commerce.catalog.models import Product
from tests.make import make_token
from tests.make.api import ApiAnswer, call_api

SCOPES = ("catalog:read", "orders:read", "orders:write", "payments:write")


def orderer(client: Client, *, most: int = 10**9, scopes: tuple[str, ...] = SCOPES) -> str:
    """A token that may order for ``most`` by one act and in 30 days."""
    row, token = make_token(client, scopes=[*scopes], name=f"orders up to {most} {len(scopes)}")
    SpendingLimit.objects.create(token=row, currency_code="EUR", per_act=most, per_period=most)
    return token


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency_code": "EUR"}


def items(*products: Product) -> list[dict[str, Any]]:
    """One of each by the month."""
    return [{"product_id": one.pk, "billing_cycle": "monthly"} for one in products]


def body_of(product: Product, total: int, **values: Any) -> dict[str, Any]:
    """One of a product by the month, for an expected total."""
    return {"items": items(product), "expected_total": money(total)} | values


def order(token: str, body: Any, key: str | None = "k-1", query: str = "") -> ApiAnswer:
    headers = {} if key is None else {"Idempotency-Key": key}
    return call_api(f"/api/v2/orders{query}", token, method="POST", body=body, headers=headers)


def quote(token: str, body: Any, query: str = "") -> ApiAnswer:
    return call_api(f"/api/v2/quotes{query}", token, method="POST", body=body)


def places(answer: ApiAnswer) -> dict[str, str]:
    """What is wrong, by its place in the body."""
    return {one["pointer"]: one["code"] for one in answer.json["errors"]}
