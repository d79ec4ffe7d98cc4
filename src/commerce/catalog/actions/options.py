"""Configurable options and what their values cost (catalog-and-orders.md 4).

What clients have chosen is copied to their services; no change here reaches it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Annotated, Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import POSITION, update_with_audit, without_none
from commerce.catalog.actions.prices import check_price_key
from commerce.catalog.finding import all_products, find_product
from commerce.catalog.labels import OPTION_TYPE_LABELS
from commerce.catalog.models import Option, OptionGroup, OptionPrice, OptionValue, Product
from commerce.catalog.rules import SINGLE_VALUE_TYPES, OptionType
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Flag, Integer, Line
from commerce.kit.acts.lists import Lines, References
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

NAME = Line(_("Name"), most=100)
PRODUCTS = References(
    _("Products"), find=find_product, called=attrgetter("slug"), among=all_products
)
VALUES = Lines(
    _("Values"),
    about=_("One per line. Checkboxes and quantities have a single value, which names one unit."),
    most=100,
)
REQUIRED = Flag(_("Clients must choose a value"))
MINIMUM = Integer(_("Minimum quantity"), most=1_000_000)
MAXIMUM = Integer(_("Maximum quantity"), most=1_000_000)


def _is_quantity(option: Option) -> bool:
    return option.type == OptionType.QUANTITY


@act(
    "option_group.new",
    None,
    label=_("New group"),
    submit=_("Create"),
    done=_("The group was created."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="option add-group --name Extras --products starter",
)
@transaction.atomic
def create_option_group(
    *,
    name: Annotated[str, NAME],
    ctx: Context,
    position: Annotated[int, POSITION] = 0,
    products: Annotated[Iterable[Product], PRODUCTS] = (),
) -> OptionGroup:
    """Options that some products share. Raises ``BusinessError`` when the name is taken."""
    if OptionGroup.objects.filter(name=name).exists():
        raise BusinessError("option_group.name_taken", field="name")
    group = OptionGroup.objects.create(name=name, position=position)
    write_audit_entry(
        ctx=ctx,
        action="option_group.created",
        record=("option_group", group.pk),
        name=name,
    )
    set_option_group_products(group=group, products=products, ctx=ctx)
    return group


@act(
    "option_group.edit",
    OptionGroup,
    label=_("Edit"),
    done=_("The group was saved. Existing services keep their options."),
    staff=StaffPermission.PRODUCTS_MANAGE,
)
@transaction.atomic
def change_option_group(
    *,
    group: OptionGroup,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    position: Annotated[int | None, replace(POSITION, edits="position")] = None,
    products: Annotated[Iterable[Product] | None, replace(PRODUCTS, edits="products")] = None,
) -> None:
    """Name, place in the list, and the products that offer it. Raises ``BusinessError`` for a name that is taken."""
    if name and OptionGroup.objects.filter(name=name).exclude(pk=group.pk).exists():
        raise BusinessError("option_group.name_taken", field="name")
    update_with_audit(group, "changed", without_none(name=name, position=position), ctx=ctx)
    if products is not None:
        set_option_group_products(group=group, products=products, ctx=ctx)


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
        action="option_group.products_set",
        record=("option_group", group.pk),
        name=group.name,
        before={"products": sorted(before)},
        after={"products": sorted(after)},
    )


@act(
    "option_group.add_option",
    OptionGroup,
    label=_("Add option"),
    done=_("The option was created."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example='option add Extras --name Memory --values "4 GB" --values "8 GB"',
)
@transaction.atomic
def create_option(
    *,
    group: OptionGroup,
    name: Annotated[str, NAME],
    kind: Annotated[str, Choice(_("Type"), labels=OPTION_TYPE_LABELS)] = OptionType.DROPDOWN,
    values: Annotated[Sequence[str], VALUES],
    ctx: Context,
    required: Annotated[bool, REQUIRED] = True,
    minimum: Annotated[int, MINIMUM] = 0,
    maximum: Annotated[int, MAXIMUM] = 100,
    position: Annotated[int, POSITION] = 0,
) -> Option:
    """An option with its values in order; a checkbox and a quantity have exactly one, that which one of it costs.

    Raises ``BusinessError`` for a name that the group has, values that do not fit the kind, and a range that is none.
    """
    if group.options.filter(name=name).exists():
        raise BusinessError("option.name_taken", field="name")
    if not values or len(set(values)) != len(values):
        raise BusinessError("option.values_not_distinct", field="values")
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


@act(
    "option.edit",
    Option,
    label=_("Edit"),
    done=_("The option was saved. Existing services don't change."),
    staff=StaffPermission.PRODUCTS_MANAGE,
)
@transaction.atomic
def change_option(
    *,
    option: Option,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    required: Annotated[bool | None, replace(REQUIRED, edits="required")] = None,
    minimum: Annotated[int | None, replace(MINIMUM, edits="minimum", asked_if=_is_quantity)] = None,
    maximum: Annotated[int | None, replace(MAXIMUM, edits="maximum", asked_if=_is_quantity)] = None,
    position: Annotated[int | None, replace(POSITION, edits="position")] = None,
) -> None:
    """Name, place, whether it must be chosen, and the range of a quantity. Raises ``BusinessError``."""
    fields = without_none(
        name=name, required=required, minimum=minimum, maximum=maximum, position=position
    )
    check_quantity_range(
        fields.get("minimum", option.minimum), fields.get("maximum", option.maximum)
    )
    if name and option.group.options.filter(name=name).exclude(pk=option.pk).exists():
        raise BusinessError("option.name_taken", field="name")
    update_with_audit(option, "changed", fields, ctx=ctx)


@act(
    "option.delete",
    Option,
    label=_("Delete"),
    intro=_("Its values and prices are deleted too. Existing services don't change."),
    done=_("%(name)s was deleted."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    is_danger=True,
)
@transaction.atomic
def remove_option(*, option: Option, ctx: Context) -> None:
    """Offer it no longer; services keep what they have of it."""
    audit_option_change(option, "removed", ctx)
    option.delete()


def add_option_value_blocked_reason(option: Option, ctx: Context) -> StateConflict | None:
    """Why an option takes no further value."""
    has_one = option.type in SINGLE_VALUE_TYPES
    return StateConflict("option.one_value_only") if has_one else None


@act(
    "option.add_value",
    Option,
    label=_("Add value"),
    done=_("The value was added. It is free until it has a price."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=add_option_value_blocked_reason,
)
@transaction.atomic
def add_option_value(*, option: Option, name: Annotated[str, NAME], ctx: Context) -> OptionValue:
    """A further value at the end. Raises ``BusinessError`` for a name that is there, ``StateConflict`` where one value
    is all.
    """
    if blocked := add_option_value_blocked_reason(option, ctx):
        raise blocked
    if option.values.filter(name=name).exists():
        raise BusinessError("option.value_taken", field="name")
    last = option.values.aggregate(last=models.Max("position"))["last"]
    value = OptionValue.objects.create(option=option, name=name, position=(last or 0) + 1)
    audit_option_change(option, "value_added", ctx, after={"value": name})
    return value


@act(
    "option_value.edit",
    OptionValue,
    label=_("Edit"),
    done=_("The value was saved. Existing services keep the old name."),
    staff=StaffPermission.PRODUCTS_MANAGE,
)
@transaction.atomic
def change_option_value(
    *,
    value: OptionValue,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    position: Annotated[int | None, replace(POSITION, edits="position")] = None,
) -> None:
    """Name and place; services keep the name that they were ordered with. Raises ``BusinessError`` for one that is
    taken.
    """
    if name and value.option.values.filter(name=name).exclude(pk=value.pk).exists():
        raise BusinessError("option.value_taken", field="name")
    update_with_audit(value, "changed", without_none(name=name, position=position), ctx=ctx)


def remove_option_value_blocked_reason(value: OptionValue, ctx: Context) -> StateConflict | None:
    """Why a value stays: an option needs one."""
    others = value.option.values.exclude(pk=value.pk)
    return None if others.exists() else StateConflict("option.last_value")


@act(
    "option_value.delete",
    OptionValue,
    label=_("Delete"),
    done=_("%(name)s was deleted."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=remove_option_value_blocked_reason,
    is_danger=True,
)
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
