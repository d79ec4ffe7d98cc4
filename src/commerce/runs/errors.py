"""What errors about the daily run say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "daily_run.in_progress": _("Another daily run is going on; it does all that is due."),
    "daily_run.step_unknown": _("There is no step %(step)s. Steps: %(known)s."),
}
