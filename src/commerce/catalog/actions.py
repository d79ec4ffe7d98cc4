"""Everything that changes the catalogue: currencies, product groups, products, prices."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.catalog.models import (
    BillingCycle,
    Currency,
    Price,
    Product,
    ProductGroup,
    SharedRevision,
)
from commerce.catalog.rules import PRODUCT_MOVES, slug_of
from commerce.kit import money
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


def raise_shared_revision() -> None:
    """Call it with each write to shared data that the API shows: a product's name, a server's hostname."""
    if not SharedRevision.objects.filter(pk=1).update(number=F("number") + 1):
        SharedRevision.objects.create(pk=1, number=2)


@transaction.atomic
def lay_first_rows() -> None:
    """What an installation starts with: the row of the shared revision, USD (default) and EUR. Keeps what is there."""
    SharedRevision.objects.get_or_create(pk=1)
    if not Currency.objects.exists():
        for code, name, sign in (("USD", "US dollar", "$"), ("EUR", "Euro", "€")):
            Currency.objects.create(
                code=code,
                exponent=money.exponent(code),
                name=name,
                prefix=sign,
                is_default=code == "USD",
            )


@transaction.atomic
def create_currency(
    *, code: str, name: str, at: datetime, actor: Actor, prefix: str = "", suffix: str = ""
) -> Currency:
    """A further active currency, with the exponent of ISO 4217. Raises ``Refused`` for a code that is known or none."""
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise Refused("A currency has an ISO 4217 code such as EUR.", field="code")
    if Currency.objects.filter(pk=code).exists():
        raise Refused(f"{code} exists already.", field="code")
    currency = Currency.objects.create(
        code=code, exponent=money.exponent(code), name=name, prefix=prefix, suffix=suffix
    )
    record(at=at, actor=actor, action="currency.created", record=("currency", None), name=code)
    return currency


@transaction.atomic
def create_group(
    *, name: str, at: datetime, actor: Actor, description: str = "", position: int = 0
) -> ProductGroup:
    """A group of products that the store lists together. Raises ``Refused`` when its address is taken."""
    if ProductGroup.objects.filter(slug=slug_of(name)).exists():
        raise Refused("A product group has this address already.", field="name")
    group = ProductGroup.objects.create(
        name=name, slug=slug_of(name), description=description, position=position
    )
    record(
        at=at,
        actor=actor,
        action="productgroup.created",
        record=("productgroup", group.pk),
        name=name,
    )
    return group


@transaction.atomic
def create_product(
    *,
    group: ProductGroup,
    name: str,
    at: datetime,
    actor: Actor,
    kind: str = Product.Type.HOSTING,
    description: str = "",
    position: int = 0,
) -> Product:
    """A new active product; it can be ordered once it has a price. Raises ``Refused`` when its address is taken."""
    if Product.objects.filter(slug=slug_of(name)).exists():
        raise Refused("A product has this address already.", field="name")
    raise_shared_revision()
    product = Product.objects.create(
        group=group,
        name=name,
        slug=slug_of(name),
        type=Product.Type(kind),
        description=description,
        position=position,
        changed_at=at,
    )
    record(at=at, actor=actor, action="product.created", record=("product", product.pk), name=name)
    return product


@transaction.atomic
def rename_product(*, product: Product, name: str, at: datetime, actor: Actor) -> None:
    """A new name, shown for every service of the product from now on; its address and issued documents stay."""
    product.refresh_from_db()
    if product.name == name:
        return
    before = product.name
    raise_shared_revision()
    Product.objects.filter(pk=product.pk).update(name=name, changed_at=at)
    record(
        at=at,
        actor=actor,
        action="product.renamed",
        record=("product", product.pk),
        name=name,
        before={"name": before},
        after={"name": name},
    )
    product.refresh_from_db()


@transaction.atomic
def set_price(
    *,
    product: Product,
    currency_code: str,
    billing_cycle: str,
    price: int,
    at: datetime,
    actor: Actor,
    setup_fee: int = 0,
) -> Price:
    """Offer a product in a currency and billing cycle, in minor units; services that exist keep their own price."""
    if price < 0 or setup_fee < 0:
        raise Refused("A price is not negative.", field="price")
    if billing_cycle not in BillingCycle.values:
        raise Refused(f"{billing_cycle} is not a billing cycle.", field="billing_cycle")
    key: dict[str, Any] = {
        "product": product,
        "currency_id": currency_code,
        "billing_cycle": billing_cycle,
    }
    old = Price.objects.select_for_update().filter(**key).first()
    new = {"price": price, "setup_fee": setup_fee}
    row, _ = Price.objects.update_or_create(**key, defaults=new)
    record(
        at=at,
        actor=actor,
        action="price.set",
        record=("product", product.pk),
        name=product.name,
        before={"price": old.price, "setup_fee": old.setup_fee} if old else {},
        after={"currency": currency_code, "billing_cycle": billing_cycle, **new},
    )
    return row


@transaction.atomic
def move_product(*, product: Product, to: str, at: datetime, actor: Actor) -> None:
    """Hide a product (by link only), retire it (no new orders), or offer it again. Raises ``Moved`` if not allowed."""
    raise_shared_revision()
    move(product, to, allowed=PRODUCT_MOVES, at=at, actor=actor, client_id=None)
