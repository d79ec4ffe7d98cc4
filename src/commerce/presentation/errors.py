"""What errors about countries say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "country.unknown": _("%(code)s is not a country code such as DE."),
}
