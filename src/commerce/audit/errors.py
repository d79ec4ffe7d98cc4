"""What errors about moves and reasons say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "move.another_was_first": _("Someone else just changed this. Reload and try again."),
    "move.not_allowed": _("The status can't change from %(state)s to %(to)s."),
    "reason.missing": _("Enter a reason."),
    "reason.not_valid": _("Enter a reason of up to 500 characters."),
}
