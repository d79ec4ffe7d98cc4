"""Forms of the shop take no price: a body that names one was not made by our pages (catalog-and-orders.md 5 and 9)."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

_PRICE = re.compile(
    r"(?:.*[_-])?(?:price|amount|total|subtotal|fee|discount|setup|recurring)(?:[_-].*)?", re.I
)


def names_a_price(names: Iterable[str], *, allowed: str = "") -> bool:
    """Whether one of these names of fields, except ``allowed``, claims a price."""
    return any(_PRICE.fullmatch(name) for name in names if name != allowed)


class TamperProofForm(forms.Form):
    """A form that is refused when a price was sent with it."""

    def clean(self) -> dict[str, Any]:
        if names_a_price(self.data):
            self.add_error(None, _("This form can't set prices. Reload the page and try again."))
        return super().clean() or self.cleaned_data
