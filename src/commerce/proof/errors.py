"""What errors about the nightly proof say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "proof.check_unknown": _("Check %(name)s not found. Available checks: %(known)s."),
}
