"""`/admin/products` and `/admin/product-groups`: what is sold, and for how much."""

from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.catalog.price_grid import ProductPriceGrid, save_product_prices
from commerce.backoffice.catalog.product_extras import PICTURE, WELCOME_MAIL, ZONE_TEMPLATE
from commerce.backoffice.lists.columns import Column, LinkColumn, choice_column
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.money.columns import money_column, status_column
from commerce.catalog.actions.deletion import delete_product, delete_product_group
from commerce.catalog.actions.prices import set_price_blocked_reason
from commerce.catalog.actions.product_settings import change_product, create_product
from commerce.catalog.actions.products import (
    change_product_group,
    create_product_group,
    set_product_status,
    set_stock,
)
from commerce.catalog.labels import (
    ACTIVATION_LABELS,
    PRODUCT_STATUS_LABELS,
    PRODUCT_TYPE_LABELS,
)
from commerce.catalog.models import Price, Product, ProductGroup
from commerce.presentation.labels import CYCLE_LABELS

GRID_TEMPLATE = "backoffice/catalog/price_grid.html"
STATUS_TONES = {"active": "success", "hidden": "info", "retired": "neutral"}
_MANAGE = StaffPermission.PRODUCTS_MANAGE


def yes_no(value: Any) -> Any:
    """The words for true and false."""
    return _("Yes") if value else _("No")


def stock_text(product: Product) -> Any:
    """How many are left, if that is counted."""
    return product.stock.left if product.stock_control else _("Unlimited")


def price_columns() -> tuple[Column, ...]:
    """What a panel says of prices."""
    return (
        choice_column(_("Billing cycle"), "billing_cycle", lambda: CYCLE_LABELS),
        Column(_("Currency"), "currency_id"),
        money_column(_("Price"), "price"),
        money_column(_("Setup fee"), "setup_fee"),
    )


def _by_cycle(price: Price) -> tuple[str, int]:
    """Prices by currency, the shortest cycle first."""
    return price.currency_id, list(CYCLE_LABELS).index(price.billing_cycle)


def _status() -> Column:
    return status_column(PRODUCT_STATUS_LABELS, STATUS_TONES)


def _groups() -> dict[int, str]:
    return dict(ProductGroup.objects.order_by("position", "pk").values_list("pk", "name"))


class ProductAdmin(RecordAdmin):
    """Products, in the order of the store."""

    model = Product
    slug = "products"
    label = _("Products")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CATALOG
    list_display = (
        Column(_("Name"), "name"),
        LinkColumn(_("Group"), "group"),
        choice_column(_("Type"), "type", lambda: PRODUCT_TYPE_LABELS),
        _status(),
        Column(_("Stock"), stock_text),
        Column(_("Prices"), "price_count"),
    )
    ordering = ("group__position", "group_id", "position", "id")
    list_select_related = ("group", "stock")
    list_filter = (
        choice_filter("status", _("Status"), lambda: PRODUCT_STATUS_LABELS),
        choice_filter("type", _("Type"), lambda: PRODUCT_TYPE_LABELS),
        choice_filter("group", _("Group"), _groups),
    )
    search_fields = ("name", "slug")
    record_actions = (
        act_button(change_product),
        RecordAction(
            name="prices",
            label=_("Prices"),
            permission=_MANAGE,
            run=save_product_prices,
            form=ProductPriceGrid,
            blocked=set_price_blocked_reason,
            intro=lambda _product: _t(
                "Leave a price blank where the product isn't offered; 0 is free. Existing services"
                " keep their price until you update them."
            ),
            submit=_("Save changes"),
            template=GRID_TEMPLATE,
        ),
        act_button(set_product_status),
        act_button(set_stock),
        PICTURE,
        ZONE_TEMPLATE,
        WELCOME_MAIL,
        act_button(delete_product),
    )
    list_actions = (act_button(create_product, to=page_of),)
    record_fieldsets: ClassVar = (
        (
            _("Product"),
            (
                LinkColumn(_("Group"), "group"),
                choice_column(_("Type"), "type", lambda: PRODUCT_TYPE_LABELS),
                _status(),
                Column(_("Slug"), "slug"),
                Column(_("Position in its group"), "position"),
                Column(_("Most popular"), "is_featured", show=yes_no),
                Column(_("Description"), "description"),
                Column(_("Features"), "features"),
                Column(_("Image"), lambda product: bool(product.picture), show=yes_no),
            ),
        ),
        (
            _("Sale"),
            (
                Column(_("Stock"), stock_text),
                Column(_("Maximum per client"), "max_per_client"),
                Column(_("Requires a domain"), "require_domain", show=yes_no),
                choice_column(_("Tax kind"), "effective_tax_kind", lambda: PRODUCT_TYPE_LABELS),
            ),
        ),
        (
            _("Provisioning"),
            (
                choice_column(_("Activation"), "activation", lambda: ACTIVATION_LABELS),
                Column(_("Module"), "module"),
                Column(_("Package"), "package"),
                Column(_("Server group"), "server_group"),
                Column(_("Welcome email"), "welcome_template"),
            ),
        ),
    )
    panels = (
        Panel(
            title=_("Prices"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=price_columns(),
            rows=lambda product: sorted(product.prices.all(), key=_by_cycle),
            limit=200,
        ),
        Panel(
            title=_("Prices of client groups"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=(LinkColumn(_("Client group"), "group"), *price_columns()),
            rows=lambda product: product.group_prices.select_related("group").order_by(
                "group__name", "currency_id", "billing_cycle"
            ),
            limit=200,
        ),
        Panel(
            title=_("Configurable options"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=(Column(_("Name"), "name"),),
            rows=lambda product: product.option_groups.order_by("position", "pk"),
            limit=50,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request).annotate(price_count=Count("prices"))
        return rows.select_related("group", "stock")


class ProductGroupAdmin(RecordAdmin):
    """Groups, in the order of the store."""

    model = ProductGroup
    slug = "product-groups"
    label = _("Product groups")
    view_permission = StaffPermission.PRODUCTS_VIEW
    menu = MenuGroup.CATALOG
    list_display = (
        Column(_("Name"), "name"),
        Column(_("Slug"), "slug"),
        Column(_("Position in the store"), "position"),
        Column(_("Shown in the store"), "is_visible", show=yes_no),
        Column(_("Products"), "product_count"),
    )
    ordering = ("position", "id")
    search_fields = ("name", "slug")
    record_actions = (act_button(change_product_group), act_button(delete_product_group))
    list_actions = (act_button(create_product_group, to=page_of),)
    record_fieldsets: ClassVar = (
        (
            _("Group"),
            (
                Column(_("Slug"), "slug"),
                Column(_("Description"), "description"),
                Column(_("Position in the store"), "position"),
                Column(_("Shown in the store"), "is_visible", show=yes_no),
            ),
        ),
    )
    panels = (
        Panel(
            title=_("Products"),
            permission=StaffPermission.PRODUCTS_VIEW,
            columns=(Column(_("Name"), "name"), _status()),
            rows=lambda group: group.products.order_by("position", "pk"),
            limit=100,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = (
            super().get_queryset(request).annotate(product_count=Count("products"))
        )
        return rows
