"""Configurable options and what their values cost (catalog-and-orders.md 4).

What clients have chosen is copied to their services; no change here reaches it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction

from commerce.audit.actions import record
from commerce.catalog.actions.prices import check_key
from commerce.catalog.actions.products import known
from commerce.catalog.actions.shared import change, check_lengths
from commerce.catalog.models import Option, OptionGroup, OptionPrice, OptionValue, Product
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused

OPTION_FIELDS = {"name", "required", "minimum", "maximum", "position"}


@transaction.atomic
def create_option_group(
    *,
    name: str,
    at: datetime,
    actor: Actor,
    products: Iterable[Product] = (),
    position: int = 0,
) -> OptionGroup:
    """Options that some products share. Raises ``Refused`` when the name is taken."""
    if not name or OptionGroup.objects.filter(name=name).exists():
        raise Refused("An option group has this name already.", field="name")
    check_lengths(OptionGroup, {"name": name})
    group = OptionGroup.objects.create(name=name, position=position)
    record(
        at=at,
        actor=actor,
        action="optiongroup.created",
        record=("optiongroup", group.pk),
        name=name,
    )
    link_products(group=group, products=products, at=at, actor=actor)
    return group


@transaction.atomic
def change_option_group(*, group: OptionGroup, at: datetime, actor: Actor, **fields: Any) -> None:
    """Name and place in the list. Raises ``Refused`` for a name that is empty or taken."""
    known(fields, {"name", "position"})
    name = fields.get("name", group.name)
    if not name or OptionGroup.objects.filter(name=name).exclude(pk=group.pk).exists():
        raise Refused("An option group has this name already.", field="name")
    change(group, "changed", fields, at=at, actor=actor)


@transaction.atomic
def link_products(
    *, group: OptionGroup, products: Iterable[Product], at: datetime, actor: Actor
) -> None:
    """The products that offer these options, all of them: others no longer do."""
    before = set(group.products.values_list("pk", flat=True))
    after = {product.pk for product in products}
    if before == after:
        return
    group.products.set(after)
    record(
        at=at,
        actor=actor,
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
    at: datetime,
    actor: Actor,
    required: bool = True,
    minimum: int = 0,
    maximum: int = 100,
    position: int = 0,
) -> Option:
    """An option with its values in order; a checkbox and a quantity have exactly one, that which one of it costs.

    Raises ``Refused`` for a name that the group has, values that do not fit the kind, and a range that is none.
    """
    kind = Option.Type(kind)
    if not name or group.options.filter(name=name).exists():
        raise Refused("The group has an option of this name already.", field="name")
    check_lengths(Option, {"name": name})
    if not all(values) or not values or len(set(values)) != len(values):
        raise Refused("An option has values that differ.", field="values")
    for value in values:
        check_lengths(OptionValue, {"name": value})
    if kind in (Option.Type.CHECKBOX, Option.Type.QUANTITY) and len(values) != 1:
        raise Refused(f"A {kind} has exactly one value.", field="values")
    check_range(minimum, maximum)
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
    note(option, "created", at, actor, after={"type": str(kind), "values": list(values)})
    return option


@transaction.atomic
def change_option(*, option: Option, at: datetime, actor: Actor, **fields: Any) -> None:
    """Name, place, whether it must be chosen, and the range of a quantity."""
    known(fields, OPTION_FIELDS)
    check_range(fields.get("minimum", option.minimum), fields.get("maximum", option.maximum))
    name = fields.get("name", option.name)
    if not name or option.group.options.filter(name=name).exclude(pk=option.pk).exists():
        raise Refused("The group has an option of this name already.", field="name")
    change(option, "changed", fields, at=at, actor=actor)


@transaction.atomic
def remove_option(*, option: Option, at: datetime, actor: Actor) -> None:
    """Offer it no longer; services keep what they have of it."""
    note(option, "removed", at, actor)
    option.delete()


@transaction.atomic
def add_value(*, option: Option, name: str, at: datetime, actor: Actor) -> OptionValue:
    """A further value at the end. Raises ``Refused`` for a name that is there, and where one value is all."""
    if option.type in (Option.Type.CHECKBOX, Option.Type.QUANTITY):
        raise Refused(f"A {option.type} has exactly one value.", field="values")
    if not name or option.values.filter(name=name).exists():
        raise Refused("The option has this value already.", field="values")
    check_lengths(OptionValue, {"name": name})
    last = option.values.aggregate(last=models.Max("position"))["last"]
    value = OptionValue.objects.create(option=option, name=name, position=(last or 0) + 1)
    note(option, "value_added", at, actor, after={"value": name})
    return value


@transaction.atomic
def change_value(*, value: OptionValue, at: datetime, actor: Actor, **fields: Any) -> None:
    """Name and place; services keep the name that they were ordered with. Raises ``Refused`` for one that is taken."""
    known(fields, {"name", "position"})
    name = fields.get("name", value.name)
    if not name or value.option.values.filter(name=name).exclude(pk=value.pk).exists():
        raise Refused("The option has this value already.", field="values")
    change(value, "changed", fields, at=at, actor=actor)


@transaction.atomic
def remove_value(*, value: OptionValue, at: datetime, actor: Actor) -> None:
    """Offer a value no longer. Raises ``Refused`` for the last one: remove the option."""
    Option.objects.select_for_update(no_key=True).get(pk=value.option_id)
    if not value.option.values.exclude(pk=value.pk).exists():
        raise Refused("An option has at least one value.", field="values")
    note(value.option, "value_removed", at, actor, before={"value": value.name})
    value.delete()


@transaction.atomic
def set_option_price(
    *,
    value: OptionValue,
    currency_code: str,
    billing_cycle: str,
    price: int,
    at: datetime,
    actor: Actor,
    setup_fee: int = 0,
) -> None:
    """What a value adds to a unit in a currency and cycle, in minor units; a negative price takes off.

    Both 0 removes the row: it is free. Raises ``Refused`` for a negative setup fee.
    """
    check_key(currency_code, billing_cycle)
    if setup_fee < 0:
        raise Refused("A setup fee is not negative.", field="setup_fee")
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
    note(value.option, "price_set", at, actor, before=old, after={**names, **new})


def check_range(minimum: int, maximum: int) -> None:
    """Raises ``Refused`` for a range of a quantity that is none."""
    if not 0 <= minimum <= maximum:
        raise Refused("The smallest number is not above the largest.", field="minimum")


def note(
    option: Option,
    verb: str,
    at: datetime,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """The audit entry of a change to an option."""
    record(
        at=at,
        actor=actor,
        action=f"option.{verb}",
        record=("option", option.pk),
        name=option.name,
        before=before,
        after=after,
    )
