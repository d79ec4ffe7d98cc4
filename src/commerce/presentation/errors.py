"""What errors about countries say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "country.unknown": _("%(code)s is no country of ISO 3166-1; give a code such as US."),
}
