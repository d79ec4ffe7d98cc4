"""Templates of new zones for products that need other records than ``dns.template`` (dns.md 1)."""

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.catalog.models import Product
from commerce.dns.models import ZoneTemplate
from commerce.dns.servers.registry import zones_are_on
from commerce.dns.template import validate_template
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
