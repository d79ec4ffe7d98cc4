"""What errors about the daily run say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "daily_run.in_progress": _(
        "Another daily run is in progress. It covers everything that is due."
    ),
    "daily_run.step_unknown": _("Step %(step)s not found. Available steps: %(known)s."),
}
