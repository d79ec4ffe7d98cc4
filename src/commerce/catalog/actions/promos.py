"""Promo codes (catalog-and-orders.md 5). Their uses are written with the orders."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from operator import attrgetter
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import (
    audit_values,
    update_with_audit,
    without_none,
    without_unchanged,
)
from commerce.catalog.finding import all_products, find_product
from commerce.catalog.models import Currency, Product, PromoAmount, PromoCode
from commerce.catalog.rules import PromoCodeKind
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import (
    UNCHANGED,
    Day,
    Flag,
    Integer,
    Line,
    Percent,
    Text,
    UnchangedValue,
)
from commerce.kit.acts.lists import AmountsByCurrency, Many, References, WordList
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.presentation.labels import CYCLE_LABELS

RECURRING = Flag(_("Apply to every invoice, not just the first"))
PRODUCTS = References(
    _("Products"),
    about=_("Select none to apply to all products."),
    find=find_product,
    called=attrgetter("slug"),
    among=all_products,
)
CYCLES = Many(
    _("Billing cycles"),
    about=_("Select none to apply to all billing cycles."),
    labels=CYCLE_LABELS,
)
TLDS = WordList(
    _("TLDs"),
    about=_("Such as com, net. The code applies to domains only if their TLD is here."),
)
MAX_USES = Integer(_("Maximum uses"), least=1, most=1_000_000)
MAX_USES_PER_CLIENT = Integer(_("Maximum uses per client"), least=1, most=1_000_000)
FIRST_DAY = Day(_("First day"))
LAST_DAY = Day(_("Last day"))
NEW_CLIENTS_ONLY = Flag(_("New clients only"))
IS_ACTIVE = Flag(_("Active"))
NOTES = Text(_("Internal notes"), most=2000, least=0)


@act(
    "promo_code.new",
    None,
    label=_("New promo code"),
    submit=_("Create"),
    done=_("The promo code was created."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="promo add --code SPRING --percent 20 --products starter --ends-on 2030-05-31",
)
@transaction.atomic
def create_promo(
    *,
    code: Annotated[str, Line(_("Code"), most=50)],
    ctx: Context,
    percent: Annotated[
        int | None, Percent(_("Percentage off"), about=_("Or amounts below."))
    ] = None,
    amounts: Annotated[
        Mapping[str, int] | None,
        AmountsByCurrency(_("Amount off"), about=_("Such as 5.00 EUR.")),
    ] = None,
    recurring: Annotated[bool, RECURRING] = False,
    products: Annotated[Iterable[Product], PRODUCTS] = (),
    cycles: Annotated[Iterable[str], CYCLES] = (),
    tlds: Annotated[Iterable[str], TLDS] = (),
    max_uses: Annotated[int | None, MAX_USES] = None,
    max_uses_per_client: Annotated[int | None, MAX_USES_PER_CLIENT] = None,
    starts_on: Annotated[date | None, FIRST_DAY] = None,
    ends_on: Annotated[date | None, LAST_DAY] = None,
    new_clients_only: Annotated[bool, NEW_CLIENTS_ONLY] = False,
    is_active: Annotated[bool, IS_ACTIVE] = True,
    notes: Annotated[str, NOTES] = "",
) -> PromoCode:
    """A code that takes off ``percent`` basis points, or an amount (minor units) for each currency: one of the two.

    Raises ``BusinessError`` for a code that is taken or misspelt.
    """
    code = code.upper()
    if not re.fullmatch(r"[A-Z0-9_-]{1,50}", code):
        raise BusinessError("promo_code.code_not_valid", field="code")
    if PromoCode.objects.filter(code=code).exists():
        raise BusinessError("promo_code.exists", field="code")
    if bool(percent) == bool(amounts):
        raise BusinessError("promo_code.discount_not_valid", field="percent")
    fields: dict[str, Any] = {
        "recurring": recurring,
        "cycles": _uniform(cycles),
        "tlds": _uniform(tlds),
        "max_uses": max_uses,
        "max_uses_per_client": max_uses_per_client,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "new_clients_only": new_clients_only,
        "is_active": is_active,
        "notes": notes,
    }
    _check_days(starts_on, ends_on)
    kind = PromoCodeKind.PERCENT if percent else PromoCodeKind.FIXED
    promo = PromoCode.objects.create(code=code, kind=kind, percent=percent or 0, **fields)
    promo.products.set(products)
    create_promo_amounts(promo, amounts or {})
    write_audit_entry(
        ctx=ctx,
        action="promo_code.created",
        record=("promo_code", promo.pk),
        name=code,
        after=audit_values({"percent": percent or 0, "amounts": dict(amounts or {}), **fields}),
    )
    return promo


@act(
    "promo_code.edit",
    PromoCode,
    label=_("Edit"),
    intro=_("The discount itself can't be changed. Create another code for another discount."),
    done=_("The promo code was saved. Services that already use it keep it."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example='promo change SPRING --ends-on none --notes "Extended."',
)
@transaction.atomic
def change_promo(
    *,
    promo: PromoCode,
    ctx: Context,
    recurring: Annotated[bool | None, replace(RECURRING, edits="recurring")] = None,
    products: Annotated[Iterable[Product] | None, replace(PRODUCTS, edits="products")] = None,
    cycles: Annotated[Iterable[str] | None, replace(CYCLES, edits="cycles")] = None,
    tlds: Annotated[Iterable[str] | None, replace(TLDS, edits="tlds")] = None,
    max_uses: Annotated[
        int | UnchangedValue | None, replace(MAX_USES, edits="max_uses", or_none=True)
    ] = UNCHANGED,
    max_uses_per_client: Annotated[
        int | UnchangedValue | None,
        replace(MAX_USES_PER_CLIENT, edits="max_uses_per_client", or_none=True),
    ] = UNCHANGED,
    starts_on: Annotated[
        date | UnchangedValue | None, replace(FIRST_DAY, edits="starts_on", or_none=True)
    ] = UNCHANGED,
    ends_on: Annotated[
        date | UnchangedValue | None, replace(LAST_DAY, edits="ends_on", or_none=True)
    ] = UNCHANGED,
    new_clients_only: Annotated[
        bool | None, replace(NEW_CLIENTS_ONLY, edits="new_clients_only")
    ] = None,
    is_active: Annotated[bool | None, replace(IS_ACTIVE, edits="is_active")] = None,
    notes: Annotated[str | None, replace(NOTES, edits="notes")] = None,
) -> None:
    """What a code is for, when, how often, and whether it is on; services keep a recurring one all the same.

    What it takes off does not change: make another code.
    """
    PromoCode.objects.select_for_update().get(pk=promo.pk)
    promo.refresh_from_db()
    fields = without_none(
        recurring=recurring,
        cycles=None if cycles is None else _uniform(cycles),
        tlds=None if tlds is None else _uniform(tlds),
        new_clients_only=new_clients_only,
        is_active=is_active,
        notes=notes,
    ) | without_unchanged(
        max_uses=max_uses,
        max_uses_per_client=max_uses_per_client,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    _check_days(fields.get("starts_on", promo.starts_on), fields.get("ends_on", promo.ends_on))
    update_with_audit(promo, "changed", fields, ctx=ctx)
    if products is None:
        return
    before = set(promo.products.values_list("pk", flat=True))
    after = {product.pk for product in products}
    if before != after:
        promo.products.set(after)
        write_audit_entry(
            ctx=ctx,
            action="promo_code.products_set",
            record=("promo_code", promo.pk),
            name=promo.code,
            before={"products": sorted(before)},
            after={"products": sorted(after)},
        )


def _uniform(words: Iterable[str]) -> list[str]:
    return sorted({word.strip().lower().strip(".") for word in words})


def _check_days(starts_on: date | None, ends_on: date | None) -> None:
    if starts_on and ends_on and ends_on < starts_on:
        raise BusinessError("promo_code.ends_before_start", field="ends_on")


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
