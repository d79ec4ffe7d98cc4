"""What errors about questions, answers and texts for consumers say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "consumer_consent.missing": _("Check this box so that we can begin right away."),
    "withdrawal_instruction.unknown_placeholder": _("Only these placeholders work: %(known)s."),
}
