"""Configurable options and what their values cost (catalog-and-orders.md 4).

What clients have chosen is copied to their services; no change here reaches it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models, transaction

from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import check_lengths, update_with_audit
from commerce.catalog.actions.prices import check_price_key
from commerce.catalog.actions.products import check_field_names
from commerce.catalog.models import Option, OptionGroup, OptionPrice, OptionValue, Product
from commerce.catalog.rules import SINGLE_VALUE_TYPES, OptionType
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

OPTION_FIELDS = {"name", "required", "minimum", "maximum", "position"}


@transaction.atomic
def create_option_group(
    *,
    name: str,
    ctx: Context,
    products: Iterable[Product] = (),
    position: int = 0,
) -> OptionGroup:
    """Options that some products share. Raises ``BusinessError`` when the name is taken."""
    if not name or OptionGroup.objects.filter(name=name).exists():
        raise BusinessError("option_group.name_taken", field="name")
    check_lengths(OptionGroup, {"name": name})
    group = OptionGroup.objects.create(name=name, position=position)
    write_audit_entry(
        ctx=ctx,
        action="optiongroup.created",
        record=("optiongroup", group.pk),
        name=name,
    )
    set_option_group_products(group=group, products=products, ctx=ctx)
    return group


@transaction.atomic
def change_option_group(*, group: OptionGroup, ctx: Context, **fields: Any) -> None:
    """Name and place in the list. Raises ``BusinessError`` for a name that is empty or taken."""
    check_field_names(fields, {"name", "position"})
    name = fields.get("name", group.name)
    if not name or OptionGroup.objects.filter(name=name).exclude(pk=group.pk).exists():
        raise BusinessError("option_group.name_taken", field="name")
    update_with_audit(group, "changed", fields, ctx=ctx)


@transaction.atomic
def set_option_group_products(
    *, group: OptionGroup, products: Iterable[Product], ctx: Context
) -> None:
    """The products that offer these options, all of them: others no longer do."""
    before = set(group.products.values_list("pk", flat=True))
    after = {product.pk for product in products}
    if before == after:
        return
    group.products.set(after)
    write_audit_entry(
        ctx=ctx,
        action="optiongroup.products_set",
        record=("optiongroup", group.pk),
        name=group.name,
        before={"products": sorted(before)},
        after={"products": sorted(after)},
    )


@transaction.atomic
def create_option(
    *,
    group: OptionGroup,
    name: str,
    kind: str,
    values: Sequence[str],
    ctx: Context,
    required: bool = True,
    minimum: int = 0,
    maximum: int = 100,
    position: int = 0,
) -> Option:
    """An option with its values in order; a checkbox and a quantity have exactly one, that which one of it costs.

    Raises ``BusinessError`` for a name that the group has, values that do not fit the kind, and a range that is none.
    """
    kind = OptionType(kind)
    if not name or group.options.filter(name=name).exists():
        raise BusinessError("option.name_taken", field="name")
    check_lengths(Option, {"name": name})
    if not all(values) or not values or len(set(values)) != len(values):
        raise BusinessError("option.values_not_distinct", field="values")
    for value in values:
        check_lengths(OptionValue, {"name": value})
    if kind in SINGLE_VALUE_TYPES and len(values) != 1:
        raise BusinessError("option.one_value_only", field="values")
    check_quantity_range(minimum, maximum)
    option = Option.objects.create(
        group=group,
        name=name,
        type=kind,
        required=required,
        minimum=minimum,
        maximum=maximum,
        position=position,
    )
    OptionValue.objects.bulk_create(
        OptionValue(option=option, name=value, position=n) for n, value in enumerate(values)
    )
    audit_option_change(option, "created", ctx, after={"type": str(kind), "values": list(values)})
    return option


@transaction.atomic
def change_option(*, option: Option, ctx: Context, **fields: Any) -> None:
    """Name, place, whether it must be chosen, and the range of a quantity."""
    check_field_names(fields, OPTION_FIELDS)
    check_quantity_range(
        fields.get("minimum", option.minimum), fields.get("maximum", option.maximum)
    )
    name = fields.get("name", option.name)
    if not name or option.group.options.filter(name=name).exclude(pk=option.pk).exists():
        raise BusinessError("option.name_taken", field="name")
    update_with_audit(option, "changed", fields, ctx=ctx)


@transaction.atomic
def remove_option(*, option: Option, ctx: Context) -> None:
    """Offer it no longer; services keep what they have of it."""
    audit_option_change(option, "removed", ctx)
    option.delete()


def add_option_value_blocked_reason(option: Option, ctx: Context) -> StateConflict | None:
    """Why an option takes no further value."""
    has_one = option.type in SINGLE_VALUE_TYPES
    return StateConflict("option.one_value_only") if has_one else None


@transaction.atomic
def add_option_value(*, option: Option, name: str, ctx: Context) -> OptionValue:
    """A further value at the end. Raises ``BusinessError`` for a name that is there, ``StateConflict`` where one value
    is all.
    """
    if blocked := add_option_value_blocked_reason(option, ctx):
        raise blocked
    if not name or option.values.filter(name=name).exists():
        raise BusinessError("option.value_taken", field="values")
    check_lengths(OptionValue, {"name": name})
    last = option.values.aggregate(last=models.Max("position"))["last"]
    value = OptionValue.objects.create(option=option, name=name, position=(last or 0) + 1)
    audit_option_change(option, "value_added", ctx, after={"value": name})
    return value


@transaction.atomic
def change_option_value(*, value: OptionValue, ctx: Context, **fields: Any) -> None:
    """Name and place; services keep the name that they were ordered with. Raises ``BusinessError`` for one that is
    taken.
    """
    check_field_names(fields, {"name", "position"})
    name = fields.get("name", value.name)
    if not name or value.option.values.filter(name=name).exclude(pk=value.pk).exists():
        raise BusinessError("option.value_taken", field="values")
    update_with_audit(value, "changed", fields, ctx=ctx)


def remove_option_value_blocked_reason(value: OptionValue, ctx: Context) -> StateConflict | None:
    """Why a value stays: an option needs one."""
    others = value.option.values.exclude(pk=value.pk)
    return None if others.exists() else StateConflict("option.last_value")


@transaction.atomic
def remove_option_value(*, value: OptionValue, ctx: Context) -> None:
    """Offer a value no longer. Raises ``StateConflict`` for the last one: remove the option."""
    lock(value.option)
    if blocked := remove_option_value_blocked_reason(value, ctx):
        raise blocked
    audit_option_change(value.option, "value_removed", ctx, before={"value": value.name})
    value.delete()


@transaction.atomic
def set_option_price(
    *,
    value: OptionValue,
    currency_code: str,
    billing_cycle: str,
    price: int,
    ctx: Context,
    setup_fee: int = 0,
) -> None:
    """What a value adds to a unit in a currency and cycle, in minor units; a negative price takes off.

    Both 0 removes the row: it is free. Raises ``BusinessError`` for a negative setup fee.
    """
    check_price_key(currency_code, billing_cycle)
    if setup_fee < 0:
        raise BusinessError("price.setup_fee_negative", field="setup_fee")
    key: dict[str, Any] = {"value": value, "currency_id": currency_code}
    key["billing_cycle"] = billing_cycle
    rows = OptionPrice.objects.select_for_update().filter(**key)
    old = rows.values("price", "setup_fee").first()
    new = {"price": price, "setup_fee": setup_fee}
    if price or setup_fee:
        OptionPrice.objects.update_or_create(**key, defaults=new)
    else:
        rows.delete()
    names = {"value": value.name, "currency": currency_code, "billing_cycle": billing_cycle}
    audit_option_change(value.option, "price_set", ctx, before=old, after={**names, **new})


def check_quantity_range(minimum: int, maximum: int) -> None:
    """Raises ``BusinessError`` for a range of a quantity that is none."""
    if not 0 <= minimum <= maximum:
        raise BusinessError("option.range_not_valid", field="minimum")


def audit_option_change(
    option: Option,
    verb: str,
    ctx: Context,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """The audit entry of a change to an option."""
    write_audit_entry(
        ctx=ctx,
        action=f"option.{verb}",
        record=("option", option.pk),
        name=option.name,
        before=before,
        after=after,
    )
