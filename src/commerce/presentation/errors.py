"""What errors about amounts and countries say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as _n

ERRORS = {
    "amount.not_a_number": _("Enter an amount such as 12.50."),
    "amount.too_large": _("This amount is too large."),
    "amount.too_precise": _n(
        "Use up to %(places)s decimal place for %(currency)s.",
        "Use up to %(places)s decimal places for %(currency)s.",
        "places",
    ),
    "country.unknown": _("%(code)s isn't a country code. Use a code such as DE."),
}
