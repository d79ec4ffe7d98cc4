"""Finding what is in the catalog by what people type."""

from commerce.catalog.models import Currency, Product, ProductGroup, ServerGroup
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


def find_server_group(name: str) -> ServerGroup:
    """The server group with this name. Raises ``BusinessError``."""
    found = ServerGroup.objects.filter(name=name).first()
    if found is None:
        raise BusinessError("server_group.unknown", name=name)
    return found


def check_server_group(name: str) -> str:
    """The name of a server group that there is. Raises ``BusinessError``."""
    return find_server_group(name).name


def server_group_names() -> list[str]:
    """The names of all server groups."""
    return list(ServerGroup.objects.order_by("name").values_list("name", flat=True))


def hold_server_group(name: str) -> None:
    """Keep a group from being renamed or deleted until the transaction ends. Raises ``BusinessError`` if it is gone."""
    if name and not ServerGroup.objects.select_for_update().filter(name=name):
        raise BusinessError("server_group.unknown", name=name)


def find_currency(code: str) -> Currency:
    """The currency with this code. Raises ``BusinessError``."""
    found = Currency.objects.filter(pk=code.upper()).first()
    if found is None:
        raise BusinessError("currency.unknown", currency=code.upper())
    return found
