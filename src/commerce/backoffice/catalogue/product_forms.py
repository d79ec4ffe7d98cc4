"""Forms about products and their groups, and what saving them does."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.actions import Done
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import page_of
from commerce.backoffice.money.fields import fill_from_record
from commerce.catalog.actions.products import (
    change_product,
    create_product,
    rename_product,
    set_product_slug,
    set_stock,
)
from commerce.catalog.models import Product, ProductGroup
from commerce.catalog.rules import ProductActivation, ProductType
from commerce.hosting.models import Server
from commerce.hosting.modules.registry import module_names
from commerce.kit.context import Context
from commerce.mail.mail_events import EVENT_WITH_PRODUCT_TEMPLATES
from commerce.mail.models import MailTemplate
from commerce.portal.base.form_fields import LineField, MultilineField, WholeNumberField
from commerce.presentation.labels import Text

type Typed = Mapping[str, Any]

TYPE_LABELS: Mapping[str, Text] = {
    ProductType.HOSTING: _lazy("Hosting"),
    ProductType.OTHER: _lazy("Other services"),
    ProductType.DOMAIN: _lazy("Domains"),
}
STATUS_TONES = {"active": "success", "hidden": "info", "retired": "neutral"}
ACTIVATION_LABELS: Mapping[str, Text] = {
    ProductActivation.MANUAL: _lazy("By staff"),
    ProductActivation.IMMEDIATE: _lazy("With the order"),
}
SETTINGS = (
    *("description", "features", "is_featured", "position", "group", "activation"),
    *("require_domain", "max_per_client", "tax_kind", "module", "package", "server_group"),
    "welcome_template",
)


class ProductForm(StaffForm):
    """What staff say of a product; its prices, stock and status have pages of their own."""

    name = LineField(label=_lazy("Name"), max_length=200)
    slug = LineField(
        label=_lazy("Slug"),
        max_length=200,
        required=False,
        help_text=_lazy("Its address in the store. Leave blank to make it from the name."),
    )
    group = forms.ModelChoiceField(
        label=_lazy("Group"), queryset=ProductGroup.objects.order_by("position", "pk")
    )
    type = forms.ChoiceField(label=_lazy("Type"))
    description = MultilineField(
        label=_lazy("Description"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_lazy("In Markdown."),
    )
    features = MultilineField(
        label=_lazy("Features"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_lazy("One per line, such as “Storage: 10 GB” or “Daily backups”."),
    )
    is_featured = forms.BooleanField(label=_lazy("Mark as most popular"), required=False)
    position = WholeNumberField(
        label=_lazy("Position in its group"), min_value=0, max_value=1_000_000, initial=0
    )
    activation = forms.ChoiceField(
        label=_lazy("Activation"),
        choices=list(ACTIVATION_LABELS.items()),
        help_text=_lazy("For products that no module provides."),
    )
    require_domain = forms.BooleanField(
        label=_lazy("Require a domain with each order"), required=False
    )
    max_per_client = WholeNumberField(
        label=_lazy("Maximum per client"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=_lazy("Active services of one client. Leave blank for no limit."),
    )
    tax_kind = forms.ChoiceField(
        label=_lazy("Tax kind"),
        required=False,
        choices=[("", _lazy("As its type")), *TYPE_LABELS.items()],
    )
    module = forms.ChoiceField(label=_lazy("Module"))
    package = LineField(label=_lazy("Package"), required=False, max_length=100)
    server_group = forms.ChoiceField(label=_lazy("Server group"), required=False)
    welcome_template = forms.ChoiceField(
        label=_lazy("Welcome email"),
        required=False,
        help_text=_lazy("Write a product's own with “Welcome email” on its page."),
    )

    def prepare(self) -> None:
        """Modules, groups of servers and mails that there are; what is stored of an existing product."""
        modules = list(module_names())
        mails = [(key, key) for key in welcome_mails()]
        choices: dict[str, list[tuple[str, Any]]] = {
            "module": [(name, name) for name in modules],
            "server_group": [
                ("", _lazy("Servers without a group")),
                *((name, name) for name in _server_groups(self.record)),
            ],
            "welcome_template": [("", _lazy("Default")), *mails],
            "type": [
                (kind, text) for kind, text in TYPE_LABELS.items() if kind != ProductType.DOMAIN
            ],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        if self.record:
            del self.fields["type"]
            fill_from_record(self)
            self.fields["slug"].required = True
            self.fields["slug"].help_text = _(
                "Its address in the store. The old one redirects to it."
            )


class StockForm(StaffForm):
    """How many units are left."""

    units = WholeNumberField(
        label=_lazy("Units left"),
        required=False,
        min_value=0,
        max_value=1_000_000_000,
        help_text=_lazy("Leave blank to sell without a limit."),
    )

    def prepare(self) -> None:
        """What is left now."""
        if self.record.stock_control:
            self.fields["units"].initial = self.record.stock.left


def _server_groups(product: Product | None) -> list[str]:
    """The groups that servers are in, and the one that the product has."""
    names = set(Server.objects.order_by().values_list("group", flat=True).distinct())
    return sorted((names | {product.server_group if product else ""}) - {""})


def welcome_mails() -> list[str]:
    """The keys of welcome mails that staff have written."""
    begin = f"{EVENT_WITH_PRODUCT_TEMPLATES}:"
    rows = MailTemplate.objects.filter(event__startswith=begin).order_by("event")
    names = rows.values_list("event", flat=True).distinct()
    return [name.removeprefix(begin) for name in names]


def add_product(_record: None, typed: Typed, ctx: Context) -> Done:
    """A new product; it is for sale once it has a price."""
    fields = {name: typed[name] for name in SETTINGS if name != "group"}
    made = create_product(
        group=typed["group"],
        name=typed["name"],
        slug=typed["slug"],
        kind=typed["type"],
        **fields,
        ctx=ctx,
    )
    return Done(_("The product was created. Give it a price to sell it."), page_of(made))


def save_product(product: Product, typed: Typed, ctx: Context) -> str:
    """All that the form has, at once."""
    rename_product(product=product, name=typed["name"], ctx=ctx)
    set_product_slug(product=product, slug=typed["slug"], ctx=ctx)
    change_product(product=product, **{name: typed[name] for name in SETTINGS}, ctx=ctx)
    return _("The product was saved.")


def save_stock(product: Product, typed: Typed, ctx: Context) -> str:
    """How many are left."""
    set_stock(product=product, units=typed["units"], ctx=ctx)
    return _("The stock was saved.")
