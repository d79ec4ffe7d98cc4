"""Promo codes (catalog-and-orders.md 5). Their uses are written with the orders."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.audit.actions import record
from commerce.catalog.actions.products import known
from commerce.catalog.actions.shared import change, plain
from commerce.catalog.models import BillingCycle, Currency, Product, PromoAmount, PromoCode
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused

PROMO_FIELDS = {
    *("recurring", "cycles", "tlds", "max_uses", "max_uses_per_client", "starts_on", "ends_on"),
    *("new_clients_only", "is_active", "notes"),
}


@transaction.atomic
def create_promo(
    *,
    code: str,
    at: datetime,
    actor: Actor,
    percent: int = 0,
    amounts: Mapping[str, int] | None = None,
    products: Iterable[Product] = (),
    **fields: Any,
) -> PromoCode:
    """A code that takes off ``percent`` basis points, or an amount (minor units) for each currency: one of the two.

    ``fields`` are those of ``change_promo``. Raises ``Refused`` for a code that is taken or misspelt.
    """
    known(fields, PROMO_FIELDS)
    code = code.strip().upper()
    if not re.fullmatch(r"[A-Z0-9_-]{1,50}", code):
        raise Refused("A code has letters, digits, _ and -, at most 50.", field="code")
    if PromoCode.objects.filter(code=code).exists():
        raise Refused("This code exists already.", field="code")
    if bool(percent) == bool(amounts) or not 0 <= percent <= 10_000:
        raise Refused("A code takes off up to 100 %, or an amount.", field="percent")
    kind = PromoCode.Kind.PERCENT if percent else PromoCode.Kind.FIXED
    fields = checked(fields)
    promo = PromoCode.objects.create(code=code, kind=kind, percent=percent, **fields)
    promo.products.set(products)
    put_amounts(promo, amounts or {})
    record(
        at=at,
        actor=actor,
        action="promocode.created",
        record=("promocode", promo.pk),
        name=code,
        after=plain({"percent": percent, "amounts": dict(amounts or {}), **fields}),
    )
    return promo


@transaction.atomic
def change_promo(
    *,
    promo: PromoCode,
    at: datetime,
    actor: Actor,
    products: Iterable[Product] | None = None,
    **fields: Any,
) -> None:
    """What a code is for, when, how often, and whether it is on; services keep a recurring one all the same.

    ``fields``: recurring, cycles, tlds, max_uses, max_uses_per_client, starts_on, ends_on, new_clients_only, is_active,
    notes. What it takes off does not change: make another code.
    """
    known(fields, PROMO_FIELDS)
    PromoCode.objects.select_for_update().get(pk=promo.pk)
    promo.refresh_from_db()
    days = {name: getattr(promo, name) for name in ("starts_on", "ends_on")}
    fields = {k: v for k, v in checked({**days, **fields}).items() if k in fields}
    change(promo, "changed", fields, at=at, actor=actor)
    if products is None:
        return
    before = set(promo.products.values_list("pk", flat=True))
    after = {product.pk for product in products}
    if before != after:
        promo.products.set(after)
        record(
            at=at,
            actor=actor,
            action="promocode.products_set",
            record=("promocode", promo.pk),
            name=promo.code,
            before={"products": sorted(before)},
            after={"products": sorted(after)},
        )


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises ``Refused`` for cycles that there are not, limits below 1, days reversed."""
    fields = dict(fields)
    for name in ("cycles", "tlds"):
        if name in fields:
            fields[name] = sorted({str(value).strip().lower().strip(".") for value in fields[name]})
    if not set(fields.get("cycles", ())) <= set(BillingCycle.values):
        raise Refused("There is no such billing cycle.", field="cycles")
    for name in ("max_uses", "max_uses_per_client"):
        if (limit := fields.get(name)) is not None and limit < 1:
            raise Refused("A limit is at least 1.", field=name)
    starts: date | None = fields.get("starts_on")
    ends: date | None = fields.get("ends_on")
    if starts and ends and ends < starts:
        raise Refused("A code does not end before it starts.", field="ends_on")
    return fields


def put_amounts(promo: PromoCode, amounts: Mapping[str, int]) -> None:
    """What a fixed code takes off in each currency. Raises ``Refused`` unless each is above 0."""
    if any(amount < 1 for amount in amounts.values()):
        raise Refused("An amount is above 0.", field="amounts")
    known_codes = Currency.objects.filter(pk__in=amounts).values_list("pk", flat=True)
    if missing := amounts.keys() - set(known_codes):
        raise Refused(f"{', '.join(sorted(missing))} is not a currency here.", field="amounts")
    PromoAmount.objects.bulk_create(
        PromoAmount(promo=promo, currency_id=code, amount=amount)
        for code, amount in amounts.items()
    )
