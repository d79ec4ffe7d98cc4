"""Finding what is in the catalog by what people type."""

from commerce.catalog.models import Currency, Product, ProductGroup
from commerce.kit.errors import BusinessError


def find_product(slug: str) -> Product:
    """The product with this address, retired or not. Raises ``BusinessError``."""
    found = Product.objects.filter(slug=slug).select_related("group").first()
    if found is None:
        raise BusinessError("product.unknown", slug=slug)
    return found


def all_products() -> list[Product]:
    """Every product, in the order of the store."""
    return list(Product.objects.in_order())


def find_product_group(slug: str) -> ProductGroup:
    """The product group with this address. Raises ``BusinessError``."""
    found = ProductGroup.objects.filter(slug=slug).first()
    if found is None:
        raise BusinessError("product_group.unknown", slug=slug)
    return found


def all_product_groups() -> list[ProductGroup]:
    """Every product group, in the order of the store."""
    return list(ProductGroup.objects.order_by("position", "pk"))


def find_currency(code: str) -> Currency:
    """The currency with this code. Raises ``BusinessError``."""
    found = Currency.objects.filter(pk=code.upper()).first()
    if found is None:
        raise BusinessError("currency.unknown", currency=code.upper())
    return found
