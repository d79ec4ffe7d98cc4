"""What errors about amounts, countries and what people enter say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy as _n

ERRORS = {
    "amount.negative": _("Enter an amount of 0 or more."),
    "amount.not_a_number": _("Enter an amount such as 12.50."),
    "amount.not_positive": _("Enter an amount above 0."),
    "amount.too_large": _("This amount is too large."),
    "amount.too_precise": _n(
        "Use up to %(places)s decimal place for %(currency)s.",
        "Use up to %(places)s decimal places for %(currency)s.",
        "places",
    ),
    "country.unknown": _("%(code)s isn't a country code. Use a code such as DE."),
    "input.missing": _("This field is required."),
    "input.not_a_day": _("Enter a date such as 2030-01-31."),
    "input.not_a_decimal": _("Enter a number, such as 1.17."),
    "input.not_a_flag": _("Must be true or false."),
    "input.not_a_list": _("Must be a list."),
    "input.not_a_number": _("Enter a whole number such as 12."),
    "input.not_a_percentage": _("Enter a percentage from 0 to 100 with up to %(places)s decimals."),
    "input.not_amounts": _("Enter an amount and its currency, such as 5.00 EUR."),
    "input.not_an_email": _("Enter a valid email address."),
    "input.not_minor_units": _("Must be a whole number of minor units, such as 1250 for 12.50."),
    "input.not_text": _("Must be a string."),
    "input.number_of_lines": _("Enter from 1 to %(most)s."),
    "input.offer_changed": _("The prices or dates have changed. Check them and continue."),
    "input.out_of_range": _("Enter a number from %(least)s to %(most)s."),
    "input.too_long": _("Enter %(most)s characters or fewer."),
    "input.unknown_choice": _("Choose one of: %(known)s."),
}
