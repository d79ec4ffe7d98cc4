"""What errors about jobs say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "job.taken": _("Another worker is running this job."),
}
