"""Filters of lists that rooms share."""

from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from commerce.backoffice.base.pages import Text
from commerce.backoffice.lists.filters import choice_filter
from commerce.catalog.models import Currency


def currency_filter(column: str = "currency") -> type[DropdownFilter]:
    """A choice among the currencies of the installation."""
    return choice_filter(column, _("Currency"), _codes, parameter="currency")


def yes_no_filter(column: str, title: Text) -> type[DropdownFilter]:
    """Yes or no."""
    return choice_filter(column, title, lambda: {True: _("Yes"), False: _("No")})


def _codes() -> dict[str, Text]:
    rows = Currency.objects.order_by("-is_default", "code")
    return {code: code for code in rows.values_list("code", flat=True)}
