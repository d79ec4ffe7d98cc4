"""What errors about the nightly proof say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "proof.check_unknown": _("There is no check %(name)s. Checks: %(known)s."),
}
