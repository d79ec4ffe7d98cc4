"""Form fields of the staff area for what people type of money: amounts, clients, invoices."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from commerce.accounts.finding import find_client
from commerce.accounts.models import Client
from commerce.backoffice.base.forms import StaffForm
from commerce.billing.invoices.finding import find_invoice
from commerce.billing.models import Invoice
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.portal.base.form_fields import LineField, with_decimal_point
from commerce.presentation.formats import number_signs


def amount_as_typed(amount: int, currency_code: str) -> str:
    """An amount as the reader types it: without currency and signs of thousands, with their decimal sign."""
    decimal, _thousands = number_signs()
    return f"{Money(amount, currency_code).decimal():f}".replace(".", decimal)


def asked_for(form: forms.Form, name: str) -> str:
    """What the address of a form's page fills in: ``/admin/invoices/new?client=7``."""
    request: HttpRequest | None = getattr(form, "request", None)
    return request.GET.get(name, "") if request else ""


def fill_from_record(form: StaffForm) -> None:
    """The stored values of a record in those fields of its form that have the name of one."""
    for name, field in form.fields.items():
        if hasattr(form.record, name):
            field.initial = getattr(form.record, name)


class MinorUnitsField(forms.Field):
    """An amount as the reader's locale writes it, in minor units of a currency; blank is None.

    Decimals that the currency does not have are refused. ``least`` is the lowest amount; None for any.
    """

    def __init__(self, currency_code: str, *, least: int | None = 0, **options: Any) -> None:
        self.currency_code, self.least = currency_code, least
        attrs = {"inputmode": "decimal", "autocomplete": "off", "maxlength": 30}
        super().__init__(widget=forms.TextInput(attrs=attrs), **options)

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            amount = parse_amount(with_decimal_point(text), self.currency_code)
        except BusinessError as error:
            raise ValidationError(str(error), code=error.code) from error
        if self.least is not None and amount < self.least:
            least = amount_as_typed(self.least, self.currency_code)
            raise ValidationError(_("Enter at least %(least)s.") % {"least": least}, code="least")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return amount_as_typed(value, self.currency_code) if isinstance(value, int) else value


class ClientField(LineField):
    """A client by ID or billing email."""

    def clean(self, value: Any) -> Client | None:
        return _found(find_client, super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return str(value.pk) if isinstance(value, Client) else value


class InvoiceField(LineField):
    """An issued invoice by number, payment reference or ID."""

    def clean(self, value: Any) -> Invoice | None:
        return _found(find_invoice, super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Invoice) else value


def _found[Row](find: Callable[[str], Row], text: str) -> Row | None:
    try:
        return find(text) if text else None
    except BusinessError as error:
        raise ValidationError(str(error), code=error.code) from error
