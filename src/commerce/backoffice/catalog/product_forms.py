"""The forms of a product's settings, with what only the floors above the catalog know."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.backoffice.base.acts import act_form
from commerce.catalog.actions.product_settings import change_product, create_product
from commerce.hosting.models import Server

STATUS_TONES = {"active": "success", "hidden": "info", "retired": "neutral"}


def _offer_server_groups(form: Any) -> None:
    """The groups that servers are in, and the one that the product has."""
    own = form.record.server_group if form.record else ""
    names = {own, *Server.objects.order_by().values_list("group", flat=True).distinct()} - {""}
    stated = form.fields["server_group"]
    form.fields["server_group"] = forms.ChoiceField(
        label=stated.label,
        required=False,
        initial=own,
        choices=[("", _("Servers without a group")), *((name, name) for name in sorted(names))],
    )


class NewProductForm(act_form(create_product)):  # type: ignore[misc]
    """A product with a server group of those that there are."""

    def prepare(self) -> None:
        super().prepare()
        _offer_server_groups(self)


class ProductForm(act_form(change_product)):  # type: ignore[misc]
    """The same of one that there is."""

    def prepare(self) -> None:
        super().prepare()
        _offer_server_groups(self)
