"""What errors about jobs say to a person: the text of each code."""

from django.utils.translation import gettext_lazy as _

ERRORS = {
    "job.not_droppable": _(
        "This job can't be discarded: it may have taken effect already. Once it has failed, check that, "
        "then mark it as done."
    ),
    "job.taken": _("Another worker is running this job."),
}
