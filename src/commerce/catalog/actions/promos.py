"""Promo codes (catalog-and-orders.md 5). Their uses are written with the orders."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import audit_values, update_with_audit
from commerce.catalog.actions.products import check_field_names
from commerce.catalog.models import Currency, Product, PromoAmount, PromoCode
from commerce.catalog.rules import PromoCodeKind
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.periods import BillingCycle

PROMO_FIELDS = {
    *("recurring", "cycles", "tlds", "max_uses", "max_uses_per_client", "starts_on", "ends_on"),
    *("new_clients_only", "is_active", "notes"),
}


@transaction.atomic
def create_promo(
    *,
    code: str,
    ctx: Context,
    percent: int = 0,
    amounts: Mapping[str, int] | None = None,
    products: Iterable[Product] = (),
    **fields: Any,
) -> PromoCode:
    """A code that takes off ``percent`` basis points, or an amount (minor units) for each currency: one of the two.

    ``fields`` are those of ``change_promo``. Raises ``BusinessError`` for a code that is taken or misspelt.
    """
    check_field_names(fields, PROMO_FIELDS)
    code = code.strip().upper()
    if not re.fullmatch(r"[A-Z0-9_-]{1,50}", code):
        raise BusinessError("promo_code.code_not_valid", field="code")
    if PromoCode.objects.filter(code=code).exists():
        raise BusinessError("promo_code.exists", field="code")
    if bool(percent) == bool(amounts) or not 0 <= percent <= 10_000:
        raise BusinessError("promo_code.discount_not_valid", field="percent")
    kind = PromoCodeKind.PERCENT if percent else PromoCodeKind.FIXED
    fields = clean_promo_fields(fields)
    promo = PromoCode.objects.create(code=code, kind=kind, percent=percent, **fields)
    promo.products.set(products)
    create_promo_amounts(promo, amounts or {})
    write_audit_entry(
        ctx=ctx,
        action="promocode.created",
        record=("promocode", promo.pk),
        name=code,
        after=audit_values({"percent": percent, "amounts": dict(amounts or {}), **fields}),
    )
    return promo


@transaction.atomic
def change_promo(
    *,
    promo: PromoCode,
    ctx: Context,
    products: Iterable[Product] | None = None,
    **fields: Any,
) -> None:
    """What a code is for, when, how often, and whether it is on; services keep a recurring one all the same.

    ``fields``: recurring, cycles, tlds, max_uses, max_uses_per_client, starts_on, ends_on, new_clients_only, is_active,
    notes. What it takes off does not change: make another code.
    """
    check_field_names(fields, PROMO_FIELDS)
    PromoCode.objects.select_for_update().get(pk=promo.pk)
    promo.refresh_from_db()
    days = {name: getattr(promo, name) for name in ("starts_on", "ends_on")}
    fields = {k: v for k, v in clean_promo_fields({**days, **fields}).items() if k in fields}
    update_with_audit(promo, "changed", fields, ctx=ctx)
    if products is None:
        return
    before = set(promo.products.values_list("pk", flat=True))
    after = {product.pk for product in products}
    if before != after:
        promo.products.set(after)
        write_audit_entry(
            ctx=ctx,
            action="promocode.products_set",
            record=("promocode", promo.pk),
            name=promo.code,
            before={"products": sorted(before)},
            after={"products": sorted(after)},
        )


def clean_promo_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises ``BusinessError`` for cycles that there are not, limits below 1, days
    reversed.
    """
    fields = dict(fields)
    for name in ("cycles", "tlds"):
        if name in fields:
            fields[name] = sorted({str(value).strip().lower().strip(".") for value in fields[name]})
    if not set(fields.get("cycles", ())) <= set(BillingCycle):
        raise BusinessError("billing_cycle.unknown", field="cycles")
    for name in ("max_uses", "max_uses_per_client"):
        if (limit := fields.get(name)) is not None and limit < 1:
            raise BusinessError("catalog.limit_not_positive", field=name)
    starts: date | None = fields.get("starts_on")
    ends: date | None = fields.get("ends_on")
    if starts and ends and ends < starts:
        raise BusinessError("promo_code.ends_before_start", field="ends_on")
    return fields


def create_promo_amounts(promo: PromoCode, amounts: Mapping[str, int]) -> None:
    """What a fixed code takes off in each currency. Raises ``BusinessError`` unless each is above 0."""
    if any(amount < 1 for amount in amounts.values()):
        raise BusinessError("promo_code.amount_not_positive", field="amounts")
    known_codes = Currency.objects.filter(pk__in=amounts).values_list("pk", flat=True)
    if missing := amounts.keys() - set(known_codes):
        raise BusinessError(
            "promo_code.currency_unknown", currencies=", ".join(sorted(missing)), field="amounts"
        )
    PromoAmount.objects.bulk_create(
        PromoAmount(promo=promo, currency_id=code, amount=amount)
        for code, amount in amounts.items()
    )
