"""`/admin/orders/new`: for whom an order or a quote is put together, a client or a caller who is none yet."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.locale import enabled_languages
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import page_of
from commerce.catalog.actions.client_details import sold_currencies
from commerce.kit.context import Context
from commerce.orders.sales_quotes.actions.drafts import (
    draft_quote_for_caller,
    draft_quote_for_client,
)
from commerce.portal.base.form_fields import CountryField, LineField, PlainEmailField
from commerce.site_settings.current import get_setting

type Data = Mapping[str, Any]


class ClientChoiceForm(StaffForm):
    """A client, or the name, email and country of somebody new."""

    fieldsets = (
        (_lazy("Client"), ("client",)),
        (_lazy("New caller"), ("name", "email", "country", "currency_code", "locale")),
    )

    client = LineField(label=_lazy("Client ID or billing email"), max_length=254, required=False)
    name = LineField(label=_lazy("Name"), max_length=200, required=False)
    email = PlainEmailField(label=_lazy("Email"), max_length=254, required=False)
    country = CountryField(required=False)
    currency_code = forms.ChoiceField(label=_lazy("Currency"), required=False)
    locale = forms.ChoiceField(label=_lazy("Language"), required=False)

    def prepare(self) -> None:
        names = dict(settings.LANGUAGES)
        self.initial["country"] = get_setting("company.country")
        self.initial["locale"] = get_setting("locale.default")
        self.set_choices("currency_code", [(code, code) for code in sold_currencies()])
        self.set_choices("locale", [(code, names[code]) for code in enabled_languages()])

    def clean_client(self) -> Client | None:
        typed = self.cleaned_data["client"]
        if not typed:
            return None
        rows = Client.objects.filter(email__iexact=typed)
        if typed.isascii() and typed.isdecimal() and len(typed) < 19:
            rows = Client.objects.filter(pk=int(typed))
        found = list(rows.order_by("pk")[:2])
        if not found:
            raise forms.ValidationError(_("No client has this ID or billing email."))
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several clients have this billing email. Enter the ID of one.")
            )
        return found[0]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and values["client"] is None:
            for name in ("name", "email", "country", "currency_code"):
                if not values[name]:
                    self.add_error(name, _("Enter this, or choose a client."))
        return values


def _draft(_record: None, data: Data, ctx: Context) -> Done:
    if data["client"] is not None:
        quote = draft_quote_for_client(client=data["client"], ctx=ctx)
    else:
        quote = draft_quote_for_caller(
            name=data["name"],
            email=data["email"],
            country=data["country"],
            locale=data["locale"],
            currency_code=data["currency_code"],
            ctx=ctx,
        )
    return Done(_("Add what they want to order."), page_of(quote))


CHOOSE_CLIENT = RecordAction(
    name="new",
    label=_lazy("New order"),
    permission=StaffPermission.ORDERS_MANAGE,
    form=ClientChoiceForm,
    submit=_lazy("Continue"),
    run=_draft,
)
NEW_ORDER = act_button(draft_quote_for_client, to=page_of)
"""Of a client."""
