"""Templates of new zones for products that need other records than ``dns.template`` (dns.md 1)."""

from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.models import Product
from commerce.dns.models import ZoneTemplate
from commerce.dns.servers.registry import zones_are_on
from commerce.dns.template import validate_template
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Text
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.kit.text import clean_text


def product_template_blocked_reason(product: Product, ctx: Context) -> StateConflict | None:
    """Why a product needs no template: there are no zones."""
    return None if zones_are_on() else StateConflict("dns.off")


@transaction.atomic
def set_product_template(*, product: Product, text: str, ctx: Context) -> None:
    """New zones of the product's services are made from this text. Raises ``BusinessError`` for one that fits none,
    ``StateConflict`` while there are no zones.
    """
    if blocked := product_template_blocked_reason(product, ctx):
        raise blocked
    text = clean_text(text)
    validate_template(text)
    former = ZoneTemplate.objects.filter(product=product).first()
    ZoneTemplate.objects.update_or_create(product=product, defaults={"text": text})
    _record(product, former.text if former else None, text, ctx)


@transaction.atomic
def remove_product_template(*, product: Product, ctx: Context) -> None:
    """New zones of the product's services are made from ``dns.template`` again. Raises ``StateConflict`` while there
    are no zones.
    """
    if blocked := product_template_blocked_reason(product, ctx):
        raise blocked
    if former := ZoneTemplate.objects.filter(product=product).first():
        former.delete()
        _record(product, former.text, None, ctx)


def own_template_text(product: Product) -> str:
    """The template of a product; empty if it has none of its own."""
    own = ZoneTemplate.objects.filter(product=product).first()
    return own.text if own else ""


@act(
    "product.zone_template",
    Product,
    label=_("DNS template"),
    intro=_("For new zones of domains that services of this product use."),
    submit=_("Save changes"),
    done=_("Template saved. Existing zones don't change."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=product_template_blocked_reason,
)
def save_product_template(
    *,
    product: Product,
    text: Annotated[
        str,
        Text(
            _("Template"),
            about=_("Blank uses the template in the settings."),
            most=20_000,
            least=0,
            proposed=lambda product, _at: own_template_text(product),
        ),
    ],
    ctx: Context,
) -> None:
    """``set_product_template``, or ``remove_product_template`` where nothing is left of it."""
    if text:
        set_product_template(product=product, text=text, ctx=ctx)
    else:
        remove_product_template(product=product, ctx=ctx)


def _record(product: Product, before: str | None, after: str | None, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action="product.zone_template_set",
        record=("product", product.pk),
        name=product.name,
        before={"zone_template": before},
        after={"zone_template": after},
        staff_only=True,
    )
