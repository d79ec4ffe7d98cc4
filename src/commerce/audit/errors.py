"""What errors about moves and reasons say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "move.another_was_first": _("This %(noun)s was changed by somebody else just now."),
    "move.not_allowed": _("This %(noun)s is %(state)s; it cannot become %(to)s."),
    "reason.missing": _("Say why."),
    "reason.not_valid": _("Say why, in up to 500 characters."),
}
