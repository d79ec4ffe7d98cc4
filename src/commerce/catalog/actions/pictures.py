"""The picture of a product: drawn anew, kept once, and gone when no product shows it."""

from django.db import transaction

from commerce.catalog.actions.editing import bump_shared_revision, update_with_audit
from commerce.catalog.models import Product, ProductPicture
from commerce.catalog.rules import PRODUCT_PICTURE_BOUNDS
from commerce.db.locks import lock_name
from commerce.kit.context import Context
from commerce.kit.pictures import render_picture

PICTURES_LOCK = "product pictures"
"""The name of the lock that lets one change of pictures through at a time."""


def set_product_picture(*, product: Product, content: bytes, ctx: Context) -> str:
    """Show this PNG, JPEG or WebP with the product in place of the one before; returns the name it is kept under.

    Raises ``BusinessError`` for a file that is no picture or is too large.
    """
    picture = render_picture(content, PRODUCT_PICTURE_BOUNDS)
    _show(product, picture.name, picture.png, ctx)
    return picture.name


def remove_product_picture(*, product: Product, ctx: Context) -> None:
    """Show the product without a picture."""
    _show(product, "", b"", ctx)


@transaction.atomic
def _show(product: Product, name: str, content: bytes, ctx: Context) -> None:
    lock_name(PICTURES_LOCK)  # or another would drop it before the product names it
    product.refresh_from_db()
    before = product.picture
    if name:
        ProductPicture.objects.get_or_create(pk=name, defaults={"content": content})
    bump_shared_revision()
    update_with_audit(product, "picture_set", {"picture": name}, ctx=ctx)
    drop_unused_picture(before)


def drop_unused_picture(name: str) -> None:
    """Forget a picture that no product shows any more."""
    if name and not Product.objects.filter(picture=name).exists():
        ProductPicture.objects.filter(pk=name).delete()
